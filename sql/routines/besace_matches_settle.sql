-- Paying the players of matches that end. The rows of all of them are locked.

-- Ends P_MATCHES, of which nobody plays two, for their players, each as its expiry says; a stake of
-- which that says nothing goes back. Uses up multipliers, writes ledger and history, gives items, XP
-- and what levels bring. Each member's row is changed once. An expiry is a list of
--
--	user
--	credit       gross; a balance that is full takes what it can hold
--	result       as in game_history; absent: the stake goes back without a match's being played
--	boost        what an active multiplier multiplies for a win; see besace_match_credit
--	xp, opponent, item, proof: absent when there is none; xp is that of the rules, which the guild's
--	             settings may change
--
-- Returns for each match the elements of two lists of JSON in the order of seats: its stakes as
-- besace_match_view has them, and what besace_match_paid says.
--
-- Each step is one statement for all players. Lists of values go from one to the next: a list of JSON
-- objects would be read anew by each, which took longer than what they do. The planner cannot know how
-- long they are, and is held to the keys. Rows that refer to members are written before the members'
-- rows change: looking at a row that is locked is cheap, at a new version it writes.
CREATE OR REPLACE FUNCTION besace_matches_settle(p_guild VARCHAR, p_matches besace_matches[])
RETURNS TABLE (match_id VARCHAR, winner VARCHAR, escrow TEXT, ends TEXT)
LANGUAGE plpgsql
SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
	v_settings besace_settings;
	v_day DATE;
	v_player INTEGER;
	v_match besace_matches;
	-- One element for each player:
	v_ids VARCHAR[];
	v_games VARCHAR[];
	v_channels VARCHAR[];
	v_users VARCHAR[];
	v_stakes INTEGER[];
	v_ends JSONB[];
	v_results VARCHAR[];
	v_paid INTEGER[];
	v_xp INTEGER[];
	v_multipliers INTEGER[];
	v_left INTEGER[]; -- games of the multiplier
	v_rooms INTEGER[]; -- in the balance, afterwards
	v_levels INTEGER[];
	v_rewarded INTEGER[];
	v_levels_then INTEGER[];
	v_gains JSONB[];
BEGIN
	SELECT * INTO v_settings FROM besace_settings WHERE guild_id = p_guild;
	v_day := besace_day(coalesce(v_settings.time_zone, 'Europe/Paris'), now());
	PERFORM besace_many_members(true);

	SELECT array_agg(p.match_id), array_agg(p.game_type), array_agg(p.channel_id),
		array_agg(p.user_id), array_agg(p.stake), array_agg(p.value), array_agg(p.result),
		array_agg(p.paid), array_agg(p.xp), array_agg(p.multiplier_value),
		array_agg(p.games_remaining - 1), array_agg(p.room - p.paid), array_agg(p.level),
		array_agg(p.level_rewarded),
		array_agg(besace_level(least(2147483647, p.xp_was::bigint + p.xp)::integer))
	INTO v_ids, v_games, v_channels, v_users, v_stakes, v_ends, v_results, v_paid, v_xp,
		v_multipliers, v_left, v_rooms, v_levels, v_rewarded, v_levels_then
	FROM (
		SELECT s.*, t.multiplier_value, t.games_remaining,
			least(s.room, besace_match_credit(s.value ->> 'boost', s.stake,
				(s.value ->> 'credit')::bigint, t.multiplier_value)) AS paid,
			besace_game_xp(v_settings, s.user_id, s.result, (s.value ->> 'xp')::integer,
				s.channel_id) AS xp
		FROM (
			SELECT m.match_id, m.game_type, m.channel_id, e.user_id, e.stake, x.value,
				x.value ->> 'result' AS result, 2147483647 - u.balance AS room,
				u.xp AS xp_was, u.level, u.level_rewarded
			FROM unnest(p_matches) AS m
			CROSS JOIN LATERAL (SELECT user_id, seat, stake FROM besace_escrow
				WHERE guild_id = p_guild AND match_id = m.match_id ORDER BY seat
				OFFSET 0) e
			CROSS JOIN LATERAL (SELECT balance, xp, level, level_rewarded FROM users
				WHERE guild_id = p_guild AND user_id = e.user_id OFFSET 0) u
			CROSS JOIN LATERAL (SELECT coalesce((
				SELECT l.value FROM jsonb_array_elements(m.expiry) AS l (value)
				WHERE l.value ->> 'user' = e.user_id), jsonb_build_object(
				'user', e.user_id, 'credit', e.stake)) AS value OFFSET 0) x OFFSET 0) s
		LEFT JOIN LATERAL (SELECT multiplier_value, games_remaining FROM active_multipliers
			WHERE s.result = 'win' AND s.value ? 'boost' AND guild_id = p_guild
				AND user_id = s.user_id AND games_remaining > 0 OFFSET 0) t ON true OFFSET 0) p;

	INSERT INTO game_history (guild_id, game_type, player_id, opponent_id, bet_amount,
		result, winnings, match_id, proof)
	SELECT p_guild, p.game_type, p.user_id, p.value ->> 'opponent', p.stake, p.result, p.paid,
		p.match_id, p.value -> 'proof'
	FROM unnest(v_ids, v_games, v_users, v_stakes, v_ends, v_results, v_paid)
		AS p (match_id, game_type, user_id, stake, value, result, paid)
	WHERE p.result IS NOT NULL;

	INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, description, match_id)
	SELECT p_guild, p.user_id, p.paid,
		CASE WHEN p.result = 'win' THEN 'game_win' ELSE 'refund' END,
		p.game_type || ' ' || p.match_id, p.match_id
	FROM unnest(v_ids, v_games, v_users, v_results, v_paid)
		AS p (match_id, game_type, user_id, result, paid)
	WHERE p.paid > 0;

	v_gains := array_fill(NULL::jsonb, ARRAY[cardinality(v_ids)]);
	FOR v_player IN SELECT p.player FROM unnest(v_levels, v_levels_then) WITH ORDINALITY
		AS p (level, level_then, player) WHERE p.level_then > p.level
	LOOP
		v_gains[v_player] := besace_level_reward(p_guild, v_users[v_player],
			v_levels[v_player], v_rewarded[v_player], v_levels_then[v_player],
			v_rooms[v_player], v_channels[v_player]);
	END LOOP;

	UPDATE users u SET updated_at = now() AT TIME ZONE 'utc',
		xp = least(u.xp::bigint + p.xp, 2147483647),
		balance = u.balance + p.paid + coalesce((p.gain ->> 'lc')::integer, 0),
		xp_today = besace_xp_today(u.xp_day, u.xp_today, v_day, p.xp),
		xp_eve = besace_xp_eve(u.xp_day, u.xp_today, u.xp_eve, v_day, p.xp, 0),
		xp_day = greatest(u.xp_day, v_day),
		place_id = coalesce(p.channel_id, u.place_id),
		level_rewarded = greatest(u.level_rewarded, (p.gain ->> 'level')::integer)
	FROM unnest(v_users, v_paid, v_xp, v_channels, v_gains)
		AS p (user_id, paid, xp, channel_id, gain)
	WHERE u.guild_id = p_guild AND u.user_id = p.user_id AND u.user_id = ANY (v_users)
		AND (p.paid > 0 OR p.xp > 0);

	UPDATE active_multipliers m SET games_remaining = p.games_left
	FROM unnest(v_users, v_left) AS p (user_id, games_left)
	WHERE m.guild_id = p_guild AND m.user_id = p.user_id AND m.games_remaining > 0
		AND p.games_left > 0;
	DELETE FROM active_multipliers m USING unnest(v_users, v_left) AS p (user_id, games_left)
	WHERE m.guild_id = p_guild AND m.user_id = p.user_id AND m.games_remaining > 0
		AND p.games_left = 0;
	INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
	SELECT p_guild, p.user_id, p.value ->> 'item', 1
	FROM unnest(v_users, v_ends) AS p (user_id, value) WHERE p.value ? 'item'
	ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
		quantity = least(bag.quantity::bigint + 1, 2147483647),
		updated_at = now() AT TIME ZONE 'utc';

	-- One by one, by its key: joined with the list, it is read whole by a plan made while it was short.
	FOREACH v_match IN ARRAY p_matches LOOP
		DELETE FROM besace_matches m
		WHERE m.guild_id = p_guild AND m.match_id = v_match.match_id;
	END LOOP;
	RETURN QUERY
	SELECT p.match_id, (max(p.user_id) FILTER (WHERE p.result = 'win'))::varchar,
		string_agg(concat('{"user":"', p.user_id, '","stake":', p.stake, '}'), ',' ORDER BY p.player),
		string_agg(besace_match_paid(p.user_id, p.result, p.stake, p.paid, p.multiplier, p.games_left,
			p.xp, p.gain), ',' ORDER BY p.player)
	FROM unnest(v_ids, v_users, v_stakes, v_results, v_paid, v_multipliers, v_left, v_xp,
		v_gains) WITH ORDINALITY AS p (match_id, user_id, stake, result, paid, multiplier,
		games_left, xp, gain, player)
	GROUP BY p.match_id;
END
$$;
