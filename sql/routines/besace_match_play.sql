-- A play that is over at once, drawn from the member's seeds: besace_match_open for the machine and
-- the wheel, which are played most. The same is done with each row changed once and without a
-- match's row in between.
--
-- P_CHANNEL is where it is played, for the rest of that see besace_place_see. P_PLAYS is a list of {"facts", "ends"}, the first one drawn with the nonce P_FIRST_NONCE
-- of the two seeds; P_NEW_SEEDS: they are the member's unless they have some. Outcome as that of
-- besace_match_open.
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
	v_outcome := besace_stake_refusal(p_guild, p_user, p_game_type, p_stake, p_channel);
	IF v_outcome IS NOT NULL THEN
		v_outcome := v_outcome || jsonb_build_object('balance', v_me.balance);
	ELSIF v_me.balance < p_stake THEN
		v_outcome := jsonb_build_object(
			'done', false, 'refusal', 'balance', 'balance', v_me.balance);
	ELSIF v_me.balance - p_stake + p_max_credit > 2147483647 THEN
		v_outcome := jsonb_build_object(
			'done', false, 'refusal', 'balance_full', 'balance', v_me.balance);
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
		v_outcome := besace_match_pay(p_guild, p_user, p_interaction, p_game_type, p_stake,
			p_channel, v_play -> 'ends' -> 0, v_me.balance, v_me.xp, v_me.level, v_me.level_rewarded);
		v_outcome := jsonb_build_object('done', true, 'balance', v_outcome -> 'balance',
			'match', jsonb_build_object('id', p_interaction, 'game_type', p_game_type,
				'owner', p_user, 'opponent', NULL, 'accepted', true,
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

-- What besace_matches_settle does, for the only player of a match whose stake is taken in the same
-- moment; the last four are columns of the member's row. Returns the end with the "balance"
-- afterwards.
CREATE OR REPLACE FUNCTION besace_match_pay(p_guild VARCHAR, p_user VARCHAR, p_match VARCHAR,
	p_game_type VARCHAR, p_stake INTEGER, p_channel VARCHAR, p_end JSONB, p_balance INTEGER, p_xp INTEGER,
	p_level INTEGER, p_level_rewarded INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_result VARCHAR := p_end ->> 'result';
	v_settings besace_settings;
	v_day DATE;
	v_xp INTEGER;
	v_note TEXT := p_game_type || ' ' || p_match;
	v_balance INTEGER := p_balance - p_stake;
	v_multiplier active_multipliers;
	v_paid INTEGER;
	v_xp_then INTEGER;
	v_level_up JSONB;
BEGIN
	PERFORM besace_json_keys(
		'json_match_payout', p_end, '{user,credit}', '{result,boost,xp,opponent,item}');
	SELECT * INTO v_settings FROM besace_settings WHERE guild_id = p_guild;
	v_day := besace_day(coalesce(v_settings.time_zone, 'Europe/Paris'), now());
	v_xp := besace_game_xp(
		v_settings, p_user, v_result, (p_end ->> 'xp')::integer, p_channel);
	v_xp_then := least(p_xp::bigint + v_xp, 2147483647);
	IF v_result = 'win' AND p_end ? 'boost' THEN
		SELECT * INTO v_multiplier FROM active_multipliers
			WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0;
	END IF;
	v_paid := least(2147483647 - v_balance, besace_match_credit(p_end ->> 'boost', p_stake,
		(p_end ->> 'credit')::bigint, v_multiplier.multiplier_value));
	v_balance := v_balance + v_paid;
	IF v_paid > 0 THEN
		INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount,
			transaction_type, description, match_id)
			VALUES (p_guild, p_user, NULL, p_stake, 'bet', v_note, p_match),
				(p_guild, NULL, p_user, v_paid, CASE WHEN v_result = 'win'
					THEN 'game_win' ELSE 'refund' END, v_note, p_match);
	ELSE
		INSERT INTO transactions
			(guild_id, from_user_id, amount, transaction_type, description, match_id)
			VALUES (p_guild, p_user, p_stake, 'bet', v_note, p_match);
	END IF;
	IF besace_level(v_xp_then) > p_level THEN
		v_level_up := besace_level_reward(p_guild, p_user, p_level, p_level_rewarded,
			besace_level(v_xp_then), 2147483647 - v_balance, p_channel);
		v_balance := v_balance + coalesce((v_level_up ->> 'lc')::integer, 0);
	END IF;
	UPDATE users SET balance = v_balance, xp = v_xp_then, updated_at = now() AT TIME ZONE 'utc',
			xp_today = besace_xp_today(xp_day, xp_today, v_day, v_xp),
			xp_eve = besace_xp_eve(xp_day, xp_today, xp_eve, v_day, v_xp, 0),
			xp_day = greatest(xp_day, v_day), place_id = coalesce(p_channel, place_id),
			level_rewarded = greatest(level_rewarded, (v_level_up ->> 'level')::integer)
		WHERE guild_id = p_guild AND user_id = p_user;
	INSERT INTO game_history
		(guild_id, game_type, player_id, bet_amount, result, winnings, match_id)
		VALUES (p_guild, p_game_type, p_user, p_stake, v_result, v_paid, p_match);
	IF v_multiplier.games_remaining > 1 THEN
		UPDATE active_multipliers SET games_remaining = games_remaining - 1
			WHERE guild_id = p_guild AND id = v_multiplier.id;
	ELSIF v_multiplier.id IS NOT NULL THEN
		DELETE FROM active_multipliers WHERE guild_id = p_guild AND id = v_multiplier.id;
	END IF;
	IF p_end ? 'item' THEN
		INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
			VALUES (p_guild, p_user, p_end ->> 'item', 1)
			ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
				quantity = least(bag.quantity::bigint + 1, 2147483647),
				updated_at = now() AT TIME ZONE 'utc';
	END IF;
	RETURN jsonb_build_object('user', p_user, 'result', v_result, 'stake', p_stake,
		'paid', v_paid, 'multiplier', v_multiplier.multiplier_value,
		'games_left', v_multiplier.games_remaining - 1, 'xp', v_xp,
		'level_up', v_level_up, 'balance', v_balance);
END
$$;
