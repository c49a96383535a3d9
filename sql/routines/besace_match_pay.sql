-- What besace_matches_settle does, for one player of a single match.
--
-- P_TAKEN: the stake is in escrow; else it is taken here. P_DRAWS: so many draws from the member's seeds
-- it took. P_OPPONENT to P_PROOF are an element of an expiry, see besace_matches_settle. P_BALANCE and what
-- follows it is what the caller has read behind the lock: columns of the member's row, and whether the
-- guild has settings. Returns the balance afterwards, and the end as JSON.
CREATE OR REPLACE FUNCTION besace_match_pay(p_guild VARCHAR, p_user VARCHAR, p_match VARCHAR,
	p_game_type VARCHAR, p_stake INTEGER, p_taken BOOLEAN, p_draws INTEGER, p_channel VARCHAR,
	p_opponent VARCHAR, p_result VARCHAR, p_credit BIGINT, p_xp INTEGER, p_boost VARCHAR,
	p_item VARCHAR, p_proof JSONB, p_balance INTEGER, p_xp_was INTEGER, p_level INTEGER,
	p_level_rewarded INTEGER, p_has_settings BOOLEAN) RETURNS TEXT[]
LANGUAGE plpgsql AS $$
DECLARE
	v_settings besace_settings;
	v_zone VARCHAR;
	v_day DATE;
	v_xp INTEGER := coalesce(p_xp, 0);
	v_xp_then INTEGER;
	v_multiplier INTEGER;
	v_games INTEGER;
	v_balance INTEGER := CASE WHEN p_taken THEN p_balance ELSE p_balance - p_stake END;
	v_paid INTEGER;
	v_level_up JSONB;
BEGIN
	IF p_has_settings THEN
		SELECT * INTO v_settings FROM besace_settings WHERE guild_id = p_guild;
		v_zone := v_settings.time_zone;
		v_xp := besace_game_xp(v_settings, p_user, p_result, p_xp, p_channel);
	END IF;
	v_day := besace_day(besace_time_zone(v_zone), now());
	v_xp_then := least(p_xp_was::bigint + v_xp, 2147483647);
	IF p_result = 'win' AND p_boost IS NOT NULL THEN
		SELECT multiplier_value, games_remaining INTO v_multiplier, v_games
			FROM active_multipliers
			WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0;
	END IF;
	v_paid := least(2147483647 - v_balance, besace_match_credit(
		p_boost, p_stake, p_credit, v_multiplier));
	v_balance := v_balance + v_paid;
	-- The ledger and the history first: their foreign keys find the row locked already.
	IF v_paid > 0 AND NOT p_taken THEN
		INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,
			description, match_id)
		VALUES (p_guild, p_user, NULL, p_stake, 'bet', p_game_type || ' ' || p_match, p_match),
			(p_guild, NULL, p_user, v_paid,
				CASE WHEN p_result = 'win' THEN 'game_win' ELSE 'refund' END,
				p_game_type || ' ' || p_match, p_match);
	ELSIF v_paid > 0 THEN
		INSERT INTO transactions
			(guild_id, to_user_id, amount, transaction_type, description, match_id)
		VALUES (p_guild, p_user, v_paid,
			CASE WHEN p_result = 'win' THEN 'game_win' ELSE 'refund' END,
			p_game_type || ' ' || p_match, p_match);
	ELSIF NOT p_taken THEN
		INSERT INTO transactions
			(guild_id, from_user_id, amount, transaction_type, description, match_id)
		VALUES (p_guild, p_user, p_stake, 'bet', p_game_type || ' ' || p_match, p_match);
	END IF;
	IF p_result IS NOT NULL THEN
		INSERT INTO game_history (guild_id, game_type, player_id, opponent_id, bet_amount,
			result, winnings, match_id, proof)
		VALUES (p_guild, p_game_type, p_user, p_opponent, p_stake, p_result,
			v_paid, p_match, p_proof);
	END IF;
	IF besace_level_starts(p_level + 1) <= v_xp_then THEN
		v_level_up := besace_level_reward(p_guild, p_user, p_level, p_level_rewarded,
			besace_level(v_xp_then), 2147483647 - v_balance, p_channel);
		v_balance := v_balance + coalesce((v_level_up ->> 'lc')::integer, 0);
	END IF;
	IF NOT p_taken OR v_paid > 0 OR v_xp > 0 THEN
		UPDATE users SET balance = v_balance, xp = v_xp_then, nonce = nonce + p_draws,
			updated_at = now() AT TIME ZONE 'utc',
			xp_today = besace_xp_today(xp_day, xp_today, v_day, v_xp),
			xp_eve = besace_xp_eve(xp_day, xp_today, xp_eve, v_day, v_xp, 0),
			xp_day = greatest(xp_day, v_day), place_id = coalesce(p_channel, place_id),
			level_rewarded = greatest(level_rewarded, (v_level_up ->> 'level')::integer)
		WHERE guild_id = p_guild AND user_id = p_user;
	END IF;
	IF v_multiplier IS NOT NULL AND v_games > 1 THEN
		UPDATE active_multipliers SET games_remaining = games_remaining - 1
			WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0;
	ELSIF v_multiplier IS NOT NULL THEN
		DELETE FROM active_multipliers
			WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0;
	END IF;
	IF p_item IS NOT NULL THEN
		INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
			VALUES (p_guild, p_user, p_item, 1)
			ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
				quantity = least(bag.quantity::bigint + 1, 2147483647),
				updated_at = now() AT TIME ZONE 'utc';
	END IF;
	RETURN ARRAY[v_balance::text, besace_match_paid(
		p_user, p_result, p_stake, v_paid, v_multiplier, v_games - 1, v_xp, v_level_up)];
END
$$;

-- What a player got, as JSON: their result (null: none was counted), the multiplier that was active, if any,
-- with the games that it still has, and "level_up", null or what besace_level_reward returned. Becomes part
-- of the statement that calls it.
CREATE OR REPLACE FUNCTION besace_match_paid(p_user VARCHAR, p_result VARCHAR, p_stake INTEGER,
	p_paid INTEGER, p_multiplier INTEGER, p_games_left INTEGER, p_xp INTEGER, p_level_up JSONB) RETURNS TEXT
LANGUAGE sql STABLE AS $$
	SELECT concat('{"user":"', p_user, '","result":', coalesce('"' || p_result || '"', 'null'),
		',"stake":', p_stake, ',"paid":', p_paid, ',"multiplier":', coalesce(p_multiplier::text, 'null'),
		',"games_left":', coalesce(p_games_left::text, 'null'), ',"xp":', p_xp,
		',"level_up":', coalesce(p_level_up::text, 'null'), '}')
$$;

-- The XP that a level starts at.
CREATE OR REPLACE FUNCTION besace_level_starts(p_level INTEGER) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT 50::bigint * p_level * (p_level - 1)
$$;
