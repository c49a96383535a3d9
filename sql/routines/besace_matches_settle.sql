-- Paying the players of matches that end. The rows of all of them are locked.

-- What each of P_ENDS brings: a list as besace_matches_settle takes it, with "paid", "multiplier",
-- "games_left", "balance", "xp_was", "level_was" and "level_rewarded" added.
CREATE OR REPLACE FUNCTION besace_matches_payouts(p_guild VARCHAR, p_ends JSONB, p_staking VARCHAR)
RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	-- Which rows are wanted, said a second time: of a JSON list the planner thinks that it is long,
	-- and would read all members.
	v_users VARCHAR[] := ARRAY(SELECT e ->> 'user' FROM jsonb_array_elements(p_ends) AS e);
	v_settings besace_settings;
BEGIN
	SELECT * INTO v_settings FROM besace_settings WHERE guild_id = p_guild;
	RETURN (SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('paid', least(2147483647 - p.balance,
		besace_match_credit(p.boost, p.stake, p.credit, p.multiplier)))) FROM (
		SELECT e.match, e.game_type, e."user", e.opponent, e.stake, e.result, e.credit,
			e.boost, e.item, e.proof, e.channel,
			besace_game_xp(v_settings, u.user_id, e.result, e.xp, e.channel) AS xp, m.multiplier_value AS multiplier,
			m.games_remaining - 1 AS games_left, u.xp AS xp_was, u.level AS level_was,
			u.level_rewarded, u.balance - CASE WHEN e."user" = p_staking
				THEN e.stake ELSE 0 END AS balance
		FROM jsonb_to_recordset(p_ends) AS e (match VARCHAR, game_type VARCHAR, "user" VARCHAR,
			opponent VARCHAR, stake INTEGER, result VARCHAR, credit BIGINT, boost VARCHAR,
			xp INTEGER, item VARCHAR, proof JSONB, channel VARCHAR)
		JOIN users u ON u.guild_id = p_guild AND u.user_id = e."user"
			AND u.user_id = ANY (v_users)
		LEFT JOIN active_multipliers m ON m.guild_id = p_guild AND m.user_id = e."user"
			AND m.user_id = ANY (v_users) AND m.games_remaining > 0 AND e.result = 'win' AND e.boost IS NOT NULL) p);
END
$$;

-- Ends matches for their players: uses up multipliers, writes ledger and history, gives items, XP
-- and what levels bring. Each member's row is changed once. P_ENDS is a list, in which nobody stands
-- twice, of
--
--	match, game_type, stake: what was played, and for how much
--	user
--	credit       gross; a balance that is full takes what it can hold
--	result       as in game_history; null: the stake goes back without a match's being played
--	boost        what an active multiplier multiplies for a win; see besace_match_credit
--	xp, opponent, item, proof: null when there is none; xp is that of the rules, which the guild's
--	             settings may change
--	channel      where it was played; null: not known
--
-- P_STAKING is the member of P_ENDS whose stake has not been taken yet: it is taken here.
--
-- Returns a list of {"match", "user", "result", "stake", "paid", "multiplier", "games_left", "xp",
-- "level_up"}; "level_up" is null or what besace_level_reward returned.
CREATE OR REPLACE FUNCTION besace_matches_settle(
	p_guild VARCHAR, p_ends JSONB, p_staking VARCHAR DEFAULT NULL) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_payouts JSONB := besace_matches_payouts(p_guild, p_ends, p_staking);
	v_users VARCHAR[] := ARRAY(SELECT e ->> 'user' FROM jsonb_array_elements(p_ends) AS e);
	v_ends JSONB;
	v_day DATE := besace_day(coalesce((SELECT time_zone FROM besace_settings
		WHERE guild_id = p_guild), 'Europe/Paris'), now());
BEGIN
	PERFORM besace_many_members(true);
	INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,
		description, match_id)
	SELECT p_guild, l.payer, l.payee, l.amount, l.type, p.game_type || ' ' || p.match, p.match
	FROM jsonb_to_recordset(v_payouts) AS p (match VARCHAR, game_type VARCHAR, "user" VARCHAR,
		stake INTEGER, result VARCHAR, paid INTEGER)
	CROSS JOIN LATERAL (VALUES
		(1, p."user", NULL, 'bet',
			CASE WHEN p."user" = p_staking THEN p.stake ELSE 0 END),
		(2, NULL, p."user", CASE WHEN p.result = 'win' THEN 'game_win' ELSE 'refund' END,
			p.paid)) AS l (turn, payer, payee, type, amount)
	WHERE l.amount > 0 ORDER BY p.match, p."user", l.turn;

	-- Before the member's row is changed: what levels bring goes into the same change.
	SELECT jsonb_agg(p || jsonb_build_object('level_up', besace_level_reward(p_guild,
		(p ->> 'user')::varchar, (p ->> 'level_was')::integer,
		(p ->> 'level_rewarded')::integer, besace_level(least(2147483647,
			(p ->> 'xp_was')::bigint + (p ->> 'xp')::bigint)::integer),
		2147483647 - (p ->> 'balance')::integer - (p ->> 'paid')::integer,
		p ->> 'channel')))
	INTO v_payouts FROM jsonb_array_elements(v_payouts) AS p;

	WITH payouts AS MATERIALIZED (
		SELECT * FROM jsonb_to_recordset(v_payouts) AS p (match VARCHAR, game_type VARCHAR,
			"user" VARCHAR, opponent VARCHAR, stake INTEGER, result VARCHAR, paid INTEGER,
			item VARCHAR, proof JSONB, xp INTEGER, multiplier INTEGER, games_left INTEGER,
			level_up JSONB, channel VARCHAR)
	), members AS (
		UPDATE users u SET updated_at = now() AT TIME ZONE 'utc',
			xp = least(u.xp::bigint + p.xp, 2147483647),
			balance = u.balance + p.paid + coalesce((p.level_up ->> 'lc')::integer, 0)
				- CASE WHEN p."user" = p_staking THEN p.stake ELSE 0 END,
			xp_today = besace_xp_today(u.xp_day, u.xp_today, v_day, p.xp),
			xp_eve = besace_xp_eve(u.xp_day, u.xp_today, u.xp_eve, v_day, p.xp, 0),
			xp_day = greatest(u.xp_day, v_day),
			place_id = coalesce(p.channel, u.place_id),
			level_rewarded = greatest(
				u.level_rewarded, (p.level_up ->> 'level')::integer)
		FROM payouts p WHERE u.guild_id = p_guild AND u.user_id = p."user"
			AND u.user_id = ANY (v_users) AND (p.paid > 0 OR p.xp > 0 OR p."user" = p_staking)
	), used AS (
		UPDATE active_multipliers m SET games_remaining = m.games_remaining - 1
		FROM payouts p WHERE m.guild_id = p_guild AND m.user_id = p."user"
			AND m.user_id = ANY (v_users) AND p.games_left > 0 AND m.games_remaining > 0
	), used_up AS (
		DELETE FROM active_multipliers m USING payouts p
		WHERE m.guild_id = p_guild AND m.user_id = p."user"
			AND m.user_id = ANY (v_users) AND p.games_left = 0
	), history AS (
		INSERT INTO game_history (guild_id, game_type, player_id, opponent_id, bet_amount,
			result, winnings, match_id, proof)
		SELECT p_guild, game_type, "user", opponent, stake, result, paid, match, proof
		FROM payouts WHERE result IS NOT NULL ORDER BY match, "user"
	), bags AS (
		INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
		SELECT p_guild, "user", item, 1 FROM payouts WHERE item IS NOT NULL ORDER BY "user"
		ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
			quantity = least(bag.quantity::bigint + 1, 2147483647),
			updated_at = now() AT TIME ZONE 'utc'
	)
	SELECT jsonb_agg(jsonb_build_object('match', match, 'user', "user", 'result', result,
		'stake', stake, 'paid', paid, 'multiplier', multiplier, 'games_left', games_left,
		'xp', xp, 'level_up', level_up)) INTO v_ends FROM payouts;
	RETURN coalesce(v_ends, '[]');
END
$$;
