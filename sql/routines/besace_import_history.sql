-- The history that comes with an import. Ledger rows that come in change what the ledger explains,
-- so the batch's opening row of each member makes up for them in the same transaction: at every
-- moment 25 plus what came in minus what went out is the balance.

-- Moves P_NETS, what ledger rows that came with the batch brought P_USERS (nobody twice), out of
-- their opening rows of the batch.
CREATE OR REPLACE FUNCTION besace_import_openings_move(p_guild VARCHAR, p_import BIGINT,
	p_users VARCHAR[], p_nets BIGINT[]) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_import_changes c
		WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (p_users)
		ORDER BY c.user_id FOR UPDATE;
	WITH moved AS MATERIALIZED (
		SELECT n.user_id, c.entries, n.net FROM unnest(p_users, p_nets) AS n (user_id, net)
		JOIN besace_import_changes c ON c.guild_id = p_guild AND c.import_id = p_import
			AND c.user_id = n.user_id
		WHERE n.net <> 0
	), gone AS (
		DELETE FROM transactions t USING (
			SELECT e AS id FROM moved, unnest(entries) AS e) m
		WHERE t.guild_id = p_guild AND t.id = m.id AND t.transaction_type = 'opening'
		RETURNING t.id, t.from_user_id, t.to_user_id, t.amount, t.description, t.created_at
	), left_over AS (
		SELECT m.user_id, coalesce(sum(CASE WHEN g.to_user_id = m.user_id THEN g.amount::bigint
			ELSE -g.amount::bigint END) FILTER (WHERE g.id IS NOT NULL), 0) - m.net AS amount,
			array_agg(g.id) FILTER (WHERE g.id IS NOT NULL) AS old
		FROM moved m LEFT JOIN gone g ON m.user_id IN (g.from_user_id, g.to_user_id)
		GROUP BY m.user_id, m.net
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
	UPDATE besace_import_changes c
	SET entries = nullif(ARRAY(SELECT e FROM unnest(c.entries) AS e
			WHERE l.old IS NULL OR e <> ALL (l.old))
		|| ARRAY(SELECT o.id FROM opening o WHERE o.user_id = l.user_id), '{}')
	FROM left_over l
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = l.user_id;
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
	RETURN v_rows;
END
$$;
