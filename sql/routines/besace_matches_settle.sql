-- Ends games for their players: pays, uses up multipliers, writes ledger and history, gives items
-- and XP. P_ENDS is a list of {"game", "kind", "user", "opponent", "stake", "result", "credit",
-- "boost", "xp", "item"}, in which nobody stands twice; the rows of all its members are locked.
--
-- RESULT is as in game_history; NULL gives the stake back without a game's having been played.
-- BOOST is what an active multiplier multiplies for a win, as in include/besace/domain/game.h:
-- "credit", "gain" or NULL. A balance that is full takes what it can hold. P_CHANNEL and P_LOCALE
-- are those of besace_xp_add.
--
-- Returns a list of {"game", "user", "result", "stake", "paid", "multiplier", "games_left", "xp"}.
CREATE OR REPLACE FUNCTION besace_games_settle(
	p_ends JSONB, p_channel VARCHAR, p_locale VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_seats JSONB;
	v_users VARCHAR[];
	v_xp BIGINT[];
BEGIN
	WITH ends AS (
		SELECT e.game, e.kind, e."user" AS user_id, e.opponent, e.stake, e.result, e.credit,
			e.boost, coalesce(e.xp, 0) AS xp, e.item, u.balance,
			m.multiplier_value AS multiplier, m.games_remaining - 1 AS games_left,
			CASE e.boost WHEN 'credit' THEN e.credit * coalesce(m.multiplier_value, 1)
				WHEN 'gain' THEN
					e.stake + (e.credit - e.stake) * coalesce(m.multiplier_value, 1)
				ELSE e.credit END AS owed
		FROM jsonb_to_recordset(p_ends) AS e (game VARCHAR, kind VARCHAR, "user" VARCHAR,
			opponent VARCHAR, stake INTEGER, result VARCHAR, credit BIGINT, boost VARCHAR,
			xp INTEGER, item VARCHAR)
		JOIN users u ON u.user_id = e."user"
		LEFT JOIN active_multipliers m ON m.user_id = e."user" AND m.games_remaining > 0
			AND e.result = 'win' AND e.boost IS NOT NULL
	), paid AS MATERIALIZED (
		SELECT *, least(owed, 2147483647 - balance)::integer AS amount FROM ends
	), used AS (
		UPDATE active_multipliers m SET games_remaining = m.games_remaining - 1
		FROM paid p WHERE m.user_id = p.user_id AND p.games_left > 0
			AND m.games_remaining > 0
	), used_up AS (
		DELETE FROM active_multipliers m USING paid p
		WHERE m.user_id = p.user_id AND p.games_left = 0
	), money AS (
		UPDATE users u SET balance = u.balance + p.amount,
			updated_at = now() AT TIME ZONE 'utc'
		FROM paid p WHERE u.user_id = p.user_id AND p.amount > 0
	), ledger AS (
		INSERT INTO transactions
			(to_user_id, amount, transaction_type, description, game_id)
		SELECT user_id, amount, CASE WHEN result = 'win' THEN 'game_win' ELSE 'refund' END,
			kind || ' ' || game, game
		FROM paid WHERE amount > 0 ORDER BY game, user_id
	), history AS (
		INSERT INTO game_history (game_type, player_id, opponent_id, bet_amount, result,
			winnings, created_at, game_id)
		SELECT kind, user_id, opponent, stake, result, amount, now() AT TIME ZONE 'utc', game
		FROM paid WHERE result IS NOT NULL ORDER BY game, user_id
	), bags AS (
		INSERT INTO user_inventory AS bag (user_id, item_type, quantity)
		SELECT user_id, item, 1 FROM paid WHERE item IS NOT NULL ORDER BY user_id
		ON CONFLICT (user_id, item_type) DO UPDATE SET
			quantity = least(bag.quantity::bigint + 1, 2147483647),
			updated_at = now() AT TIME ZONE 'utc'
	)
	SELECT jsonb_agg(jsonb_build_object('game', game, 'user', user_id, 'result', result,
			'stake', stake, 'paid', amount, 'multiplier', multiplier,
			'games_left', games_left, 'xp', xp)),
		array_agg(user_id) FILTER (WHERE xp > 0), array_agg(xp) FILTER (WHERE xp > 0)
	INTO v_seats, v_users, v_xp FROM paid;
	IF v_users IS NOT NULL THEN
		PERFORM besace_xp_add(v_users, v_xp, p_channel, p_locale);
	END IF;
	RETURN coalesce(v_seats, '[]');
END
$$;
