-- A play that is over at once, drawn from the member's seeds: besace_match_open for the machine and
-- the wheel, which are played most. The same is done with each row changed once and without a
-- match's row in between.
--
-- P_CHANNEL is where it is played, for the rest of that see besace_place_see; for P_ROLES see
-- besace_roles_see. P_PLAYS is a list of
-- {"facts", "ends"}, the first one drawn with the nonce P_FIRST_NONCE of the two seeds; P_NEW_SEEDS:
-- they are the member's unless they have some. Outcome as that of besace_match_open.
CREATE OR REPLACE FUNCTION besace_match_play(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_game_type VARCHAR, p_stake INTEGER,
	p_max_credit BIGINT, p_channel VARCHAR, p_parent VARCHAR, p_category VARCHAR, p_server_seed VARCHAR, p_client_seed VARCHAR, p_first_nonce BIGINT,
	p_new_seeds BOOLEAN, p_plays JSONB, p_roles TEXT DEFAULT NULL) RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_is_current BOOLEAN;
	v_balance INTEGER;
	v_xp INTEGER;
	v_level INTEGER;
	v_rewarded INTEGER;
	v_has_settings BOOLEAN;
	v_is_held BOOLEAN := false;
	v_bounds INTEGER[];
	v_nonce BIGINT;
	v_play JSONB;
	v_end TEXT[];
	v_is_right BOOLEAN;
	v_refusal JSONB;
	v_outcome JSON;
BEGIN
	-- Games have no settings in a guild that has none. What is not of the member need not be read behind
	-- their lock.
	LOOP
		SELECT balance, xp, level, level_rewarded, username = p_username OR name_seen_ms > p_seen_ms,
			EXISTS (SELECT FROM besace_settings WHERE guild_id = p_guild)
		INTO v_balance, v_xp, v_level, v_rewarded, v_is_current, v_has_settings
		FROM users WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
		EXIT WHEN v_is_current OR p_username IS NULL;
		PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	END LOOP;
	PERFORM FROM besace_receipts
		WHERE guild_id = p_guild AND user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN besace_receipt(p_guild, p_user, p_interaction, 'match');
	END IF;

	IF NOT v_has_settings THEN
		PERFORM FROM besace_loss_limits WHERE guild_id = p_guild AND user_id = p_user;
		v_is_held := FOUND;
	END IF;
	-- A game with a state can be open: a natural is over at once while a blackjack may be.
	IF NOT v_is_held AND p_plays #> '{0,state}' IS NOT NULL THEN
		PERFORM FROM besace_escrow
			WHERE guild_id = p_guild AND user_id = p_user AND game_type = p_game_type;
		v_is_held := FOUND;
	END IF;
	v_bounds := besace_game_bounds(p_game_type);
	IF v_has_settings THEN
		PERFORM besace_place_see(p_guild, p_channel, p_parent, p_category);
	END IF;
	IF v_has_settings OR v_is_held OR p_stake < v_bounds[1] OR p_stake > v_bounds[2]
			OR v_balance < p_stake OR v_balance - p_stake + p_max_credit > 2147483647 THEN
		v_refusal := besace_escrow_refusal(p_guild, p_user, v_balance, p_game_type, p_stake,
			p_max_credit, p_channel);
		IF v_refusal IS NOT NULL THEN
			RETURN besace_end(p_guild, p_user, p_interaction, 'match',
				v_refusal || jsonb_build_object('balance', v_balance));
		END IF;
	END IF;

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
	IF v_has_settings THEN
		PERFORM besace_pause_begin(p_guild, p_user, p_game_type);
		PERFORM besace_roles_see(p_guild, p_user, p_seen_ms, p_roles);
	END IF;
	v_play := p_plays -> (v_nonce - p_first_nonce)::integer;
	v_is_right := besace_json_keys('json_match_play_over', v_play, '{facts,ends}', '{state}');
	v_is_right := besace_match_ends_keys(v_play -> 'ends');
	v_end := besace_match_pay(p_guild, p_user, p_interaction, p_game_type, p_stake, false, p_channel,
		v_play #> '{ends,0}', v_balance, v_xp, v_level, v_rewarded, v_has_settings);
	v_outcome := concat('{"done":true,"balance":', v_end[1], ',"match":{"id":"', p_interaction,
		'","game_type":"', p_game_type, '","owner":"', p_user, '","opponent":null,"channel":',
		coalesce('"' || p_channel || '"', 'null'), ',"accepted":true,"stake":', p_stake,
		',"version":1,"state":', coalesce(v_play -> 'state', '""'), ',"facts":', v_play -> 'facts',
		',"expires_at":0,"expired":true,"escrow":[{"user":"', p_user, '","stake":', p_stake,
		'}],"why":"played","ends":[', v_end[2], ']}}');
	INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome)
		VALUES (p_guild, p_user, p_interaction, 'match', v_outcome);
	RETURN v_outcome;
END
$$;
