-- The history that comes with an import. Ledger rows that come in change what the ledger explains,
-- so the batch's opening row of each member makes up for them in the same transaction: at every
-- moment 25 plus what came in minus what went out is the balance.

-- Moves P_NETS, what ledger rows that came with the batch brought P_USERS (nobody twice), out of
-- their opening rows of the batch. Rows are looked up one by one: a slice of history is about members
-- from anywhere in the batch, and the guild may be new to the planner, which would read all of it.
CREATE OR REPLACE FUNCTION besace_import_openings_move(p_guild VARCHAR, p_import BIGINT,
	p_users VARCHAR[], p_nets BIGINT[]) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM (SELECT user_id FROM unnest(p_users) AS user_id ORDER BY user_id) n
		CROSS JOIN LATERAL (SELECT FROM besace_import_changes WHERE guild_id = p_guild
			AND import_id = p_import AND user_id = n.user_id FOR UPDATE) c;
	WITH moved AS MATERIALIZED (
		SELECT n.user_id, c.at, c.entries, n.net FROM unnest(p_users, p_nets) AS n (user_id, net)
		CROSS JOIN LATERAL (SELECT ctid AS at, entries FROM besace_import_changes
			WHERE guild_id = p_guild AND import_id = p_import AND user_id = n.user_id
			OFFSET 0) c
		WHERE n.net <> 0
	), old AS MATERIALIZED (
		SELECT e.id FROM moved CROSS JOIN LATERAL unnest(entries) AS e (id)
	), gone AS (
		-- The bounds keep to a part of the ledger whatever the planner thinks of the guild.
		DELETE FROM transactions WHERE guild_id = p_guild
			AND id >= (SELECT min(id) FROM old) AND id <= (SELECT max(id) FROM old)
			AND id = ANY (ARRAY(SELECT id FROM old)) AND transaction_type = 'opening'
		RETURNING id, coalesce(to_user_id, from_user_id) AS user_id,
			CASE WHEN to_user_id IS NULL THEN -amount::bigint ELSE amount END AS amount
	), left_over AS MATERIALIZED (
		SELECT m.user_id, m.at, coalesce(g.amount, 0) - m.net AS amount, m.entries, g.old
		FROM moved m LEFT JOIN (SELECT user_id, sum(amount)::bigint AS amount,
				array_agg(id) AS old FROM gone GROUP BY user_id) g ON g.user_id = m.user_id
	), opening AS (
		-- More than an INTEGER holds takes several rows.
		INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount,
			transaction_type, description)
		SELECT p_guild, CASE WHEN l.amount < 0 THEN l.user_id END,
			CASE WHEN l.amount > 0 THEN l.user_id END,
			least(abs(l.amount) - part * 2147483647, 2147483647)::integer, 'opening',
			format('import %s', p_import)
		FROM left_over l CROSS JOIN LATERAL
			generate_series(0, (abs(l.amount) - 1) / 2147483647) AS part
		WHERE l.amount <> 0
		RETURNING id, coalesce(from_user_id, to_user_id) AS user_id
	)
	UPDATE besace_import_changes c SET entries = l.entries
	FROM (SELECT l.at, nullif(ARRAY(SELECT e FROM unnest(l.entries) AS e
			WHERE l.old IS NULL OR e <> ALL (l.old)) || coalesce(o.ids, '{}'), '{}') AS entries
		FROM left_over l LEFT JOIN (SELECT user_id, array_agg(id) AS ids FROM opening
			GROUP BY user_id) o ON o.user_id = l.user_id) l
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.ctid = l.at;
END
$$;

-- Imports the next P_MAX rows of besace_staged_ledger, whose members are all imported. Returns how
-- many rows; 0: none was left.
CREATE OR REPLACE FUNCTION besace_import_ledger(p_guild VARCHAR, p_import BIGINT, p_max INTEGER)
RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_after BIGINT;
	v_last BIGINT;
	v_rows INTEGER;
	v_users VARCHAR[];
	v_nets BIGINT[];
	v_whole BOOLEAN;
BEGIN
	SELECT ledger_at, is_whole INTO v_after, v_whole FROM besace_imports WHERE guild_id = p_guild
		AND import_id = p_import AND state = 'applying' FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'import % is not under way', p_import;
	END IF;
	PERFORM besace_import_forget(p_guild, '');
	SELECT max(line), count(*) INTO v_last, v_rows FROM (
		SELECT line FROM besace_staged_ledger WHERE line > v_after
		ORDER BY line LIMIT p_max) s;
	IF v_rows = 0 THEN
		RETURN 0;
	END IF;
	INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,
		description, created_at, import_id, match_id)
	SELECT p_guild, from_user_id, to_user_id, amount, transaction_type, description,
		coalesce(created_at, clock_timestamp() AT TIME ZONE 'utc'), p_import,
		CASE WHEN v_whole THEN match_id END
	FROM besace_staged_ledger WHERE line > v_after AND line <= v_last ORDER BY line;
	SELECT array_agg(user_id), array_agg(net) INTO v_users, v_nets FROM (
		SELECT user_id, sum(net) AS net FROM (
			SELECT to_user_id AS user_id, amount::bigint AS net FROM besace_staged_ledger
			WHERE line > v_after AND line <= v_last AND to_user_id IS NOT NULL
			UNION ALL
			SELECT from_user_id, -amount::bigint FROM besace_staged_ledger
			WHERE line > v_after AND line <= v_last AND from_user_id IS NOT NULL) parts
		GROUP BY user_id) nets;
	PERFORM besace_import_openings_move(p_guild, p_import, v_users, v_nets);
	UPDATE besace_imports SET ledger_at = v_last
		WHERE guild_id = p_guild AND import_id = p_import;
	PERFORM besace_import_forgot(p_guild);
	RETURN v_rows;
END
$$;

-- Imports the next P_MAX rows of besace_staged_matches. Returns how many rows; 0: none was left.
CREATE OR REPLACE FUNCTION besace_import_matches(p_guild VARCHAR, p_import BIGINT, p_max INTEGER)
RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_after BIGINT;
	v_last BIGINT;
	v_rows INTEGER;
	v_whole BOOLEAN;
BEGIN
	SELECT matches_at, is_whole INTO v_after, v_whole FROM besace_imports WHERE guild_id = p_guild
		AND import_id = p_import AND state = 'applying' FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'import % is not under way', p_import;
	END IF;
	PERFORM besace_import_forget(p_guild, '');
	SELECT max(line), count(*) INTO v_last, v_rows FROM (
		SELECT line FROM besace_staged_matches WHERE line > v_after
		ORDER BY line LIMIT p_max) s;
	IF v_rows = 0 THEN
		RETURN 0;
	END IF;
	INSERT INTO game_history (guild_id, game_type, player_id, opponent_id, bet_amount, result,
		winnings, created_at, import_id, match_id)
	SELECT p_guild, game_type, player_id, opponent_id, bet_amount, result, winnings,
		coalesce(created_at, clock_timestamp() AT TIME ZONE 'utc'), p_import,
		CASE WHEN v_whole THEN match_id END
	FROM besace_staged_matches WHERE line > v_after AND line <= v_last ORDER BY line;
	UPDATE besace_imports SET matches_at = v_last
		WHERE guild_id = p_guild AND import_id = p_import;
	PERFORM besace_import_forgot(p_guild);
	RETURN v_rows;
END
$$;
