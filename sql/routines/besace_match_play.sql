-- A play that is over at once, drawn from the member's seeds: besace_match_open for the machine and
-- the wheel, which are played most. The same is done with each row changed once and without a
-- match's row in between.
--
-- P_CHANNEL is where it is played, for the rest of that see besace_place_see. P_PLAYS is a list of
-- {"facts", "ends"}, the first one drawn with the nonce P_FIRST_NONCE of the two seeds; P_NEW_SEEDS:
-- they are the member's unless they have some. Outcome as that of besace_match_open.
CREATE OR REPLACE FUNCTION besace_match_play(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_game_type VARCHAR, p_stake INTEGER,
	p_max_credit BIGINT, p_channel VARCHAR, p_parent VARCHAR, p_category VARCHAR, p_server_seed VARCHAR, p_client_seed VARCHAR, p_first_nonce BIGINT,
	p_new_seeds BOOLEAN, p_plays JSONB) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_outcome JSONB;
	v_nonce BIGINT;
	v_play JSONB;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'match');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	PERFORM besace_place_see(p_guild, p_channel, p_parent, p_category);
	-- A natural is over at once while a blackjack may be open.
	v_outcome := besace_escrow_refusal(p_guild, p_user, v_me.balance, p_game_type, p_stake,
		p_max_credit, p_channel);
	IF v_outcome IS NOT NULL THEN
		v_outcome := v_outcome || jsonb_build_object('balance', v_me.balance);
	ELSE
		IF p_new_seeds THEN
			INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)
				VALUES (p_guild, p_user, p_server_seed, p_client_seed)
				ON CONFLICT DO NOTHING;
		END IF;
		UPDATE besace_seeds SET nonce = nonce + 1
			WHERE guild_id = p_guild AND user_id = p_user
				AND server_seed = p_server_seed AND client_seed = p_client_seed
				AND nonce >= p_first_nonce
				AND nonce < p_first_nonce + jsonb_array_length(p_plays)
			RETURNING nonce - 1 INTO v_nonce;
		IF NOT FOUND THEN
			RETURN jsonb_build_object('again', true);
		END IF;
		v_play := p_plays -> (v_nonce - p_first_nonce)::integer;
		PERFORM besace_json_keys('json_match_play_over', v_play, '{facts,ends}', '{state}');
		PERFORM besace_pause_begin(p_guild, p_user, p_game_type);
		PERFORM besace_match_ends_keys(v_play -> 'ends');
		v_outcome := besace_match_pay(p_guild, p_user, p_interaction, p_game_type, p_stake,
			false, p_channel, v_play -> 'ends' -> 0, v_me.balance, v_me.xp, v_me.level, v_me.level_rewarded);
		v_outcome := jsonb_build_object('done', true, 'balance', v_outcome -> 'balance',
			'match', jsonb_build_object('id', p_interaction, 'game_type', p_game_type,
				'owner', p_user, 'opponent', NULL, 'channel', p_channel, 'accepted', true,
				'stake', p_stake, 'version', 1, 'state', coalesce(v_play -> 'state', '""'),
				'facts', v_play -> 'facts', 'expires_at', 0, 'expired', true,
				'escrow', jsonb_build_array(
					jsonb_build_object('user', p_user, 'stake', p_stake)),
				'why', 'played',
				'ends', jsonb_build_array(v_outcome - 'balance')));
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'match', v_outcome);
END
$$;
