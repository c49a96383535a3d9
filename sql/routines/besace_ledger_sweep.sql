-- Summarising old movements: those of a member that are older than the operator keeps them become one
-- `opening` row of what they add up to, in the same transaction, so that the ledger explains every LC
-- at every moment.

-- Whether P_USER has movements of before P_BEFORE other than one opening: any two, of which none or
-- one is a summary already.
CREATE OR REPLACE FUNCTION besace_ledger_is_old(p_guild VARCHAR, p_user VARCHAR, p_before TIMESTAMP)
RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT count(*) > 1 OR coalesce(bool_or(transaction_type <> 'opening'), false) FROM (
		(SELECT transaction_type FROM transactions WHERE guild_id = p_guild
			AND from_user_id = p_user AND created_at < p_before ORDER BY created_at LIMIT 2)
		UNION ALL
		(SELECT transaction_type FROM transactions WHERE guild_id = p_guild
			AND to_user_id = p_user AND created_at < p_before ORDER BY created_at LIMIT 2)) t);
END
$$;

-- Which of P_ENTRIES may go now: whatever another transaction holds waits for the next pass, so that
-- nobody waits for a sweep, nor a sweep for anybody. Stakes of open games stay, and nothing goes whose
-- members are not all free to get a row.
CREATE OR REPLACE FUNCTION besace_ledger_free(p_guild VARCHAR, p_entries INTEGER[])
RETURNS INTEGER[]
LANGUAGE plpgsql AS $$
DECLARE
	v_members VARCHAR[];
	v_acts INTEGER[];
BEGIN
	v_members := ARRAY(SELECT u.user_id FROM users u WHERE u.guild_id = p_guild
		AND u.user_id IN (SELECT m.user_id FROM transactions t,
				LATERAL (VALUES (t.from_user_id), (t.to_user_id)) AS m (user_id)
			WHERE t.guild_id = p_guild AND t.id = ANY (p_entries))
		FOR KEY SHARE SKIP LOCKED);
	v_acts := ARRAY(SELECT a.transaction_id FROM besace_audit a
		WHERE a.guild_id = p_guild AND a.transaction_id = ANY (p_entries) FOR UPDATE SKIP LOCKED);
	RETURN ARRAY(SELECT t.id FROM transactions t
		WHERE t.guild_id = p_guild AND t.id = ANY (p_entries)
			AND (t.from_user_id IS NULL OR t.from_user_id = ANY (v_members))
			AND (t.to_user_id IS NULL OR t.to_user_id = ANY (v_members))
			AND (t.transaction_type <> 'admin_adjust' OR t.id = ANY (v_acts)
				OR NOT EXISTS (SELECT FROM besace_audit a
					WHERE a.guild_id = p_guild AND a.transaction_id = t.id))
			AND NOT EXISTS (SELECT FROM besace_escrow e
				WHERE e.guild_id = p_guild AND e.match_id = t.match_id)
		FOR UPDATE OF t SKIP LOCKED);
END
$$;

-- Summarises the oldest P_ROWS movements of P_USER of before P_BEFORE. What goes is also somebody
-- else's when it was a gift: they get a row of their own for it, which their turn puts to the rest. The
-- row is dated as the latest of those it stands for. Acts of administrators stay written down, without
-- their movement. What an import alone brought stays the import's, so that it is taken back with it.
-- Returns how many movements went.
CREATE OR REPLACE FUNCTION besace_ledger_summarise(p_guild VARCHAR, p_user VARCHAR,
	p_before TIMESTAMP, p_rows INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_entries INTEGER[];
	v_imports BIGINT[] := ARRAY(SELECT import_id FROM besace_imports WHERE guild_id = p_guild);
BEGIN
	v_entries := besace_ledger_free(p_guild, ARRAY(SELECT id FROM (
		(SELECT id, created_at FROM transactions WHERE guild_id = p_guild
			AND from_user_id = p_user AND created_at < p_before
			ORDER BY created_at, id LIMIT p_rows)
		UNION ALL
		(SELECT id, created_at FROM transactions WHERE guild_id = p_guild
			AND to_user_id = p_user AND created_at < p_before
			ORDER BY created_at, id LIMIT p_rows)) t
		ORDER BY created_at, id LIMIT p_rows));
	UPDATE besace_audit SET transaction_id = NULL
		WHERE guild_id = p_guild AND transaction_id = ANY (v_entries);
	WITH gone AS (
		DELETE FROM transactions WHERE guild_id = p_guild AND id = ANY (v_entries)
		RETURNING id, from_user_id, to_user_id, amount::bigint AS amount, created_at, import_id
	), parts AS (
		SELECT id, to_user_id AS user_id, amount, created_at, import_id FROM gone
			WHERE to_user_id IS NOT NULL
		UNION ALL
		SELECT id, from_user_id, -amount, created_at, import_id FROM gone
			WHERE from_user_id IS NOT NULL
	), batches AS (
		SELECT p.user_id, p.amount, p.created_at, coalesce(p.import_id, (
			SELECT c.import_id FROM besace_import_changes c WHERE c.guild_id = p_guild
				AND c.import_id = ANY (v_imports) AND c.user_id = p.user_id
				AND p.id = ANY (c.entries))) AS import_id
		FROM parts p
	), nets AS (
		SELECT user_id, sum(amount)::bigint AS net, max(created_at) AS at,
			CASE WHEN count(*) = count(import_id) AND min(import_id) = max(import_id)
				THEN min(import_id) END AS import_id
		FROM batches GROUP BY user_id
	)
	-- More than an INTEGER holds takes several rows.
	INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,
		description, created_at, import_id)
	SELECT p_guild, CASE WHEN n.net < 0 THEN n.user_id END, CASE WHEN n.net > 0 THEN n.user_id END,
		least(abs(n.net) - part * 2147483647, 2147483647)::integer, 'opening', 'summary', n.at,
		n.import_id
	FROM nets n CROSS JOIN LATERAL generate_series(0, (abs(n.net) - 1) / 2147483647) AS part
	WHERE n.net <> 0 ORDER BY n.user_id;
	RETURN cardinality(v_entries);
END
$$;

-- One piece of the sweep: looks at P_MEMBERS members at most, and takes about P_ROWS movements of more
-- than P_DAYS days ago. Returns whether there is more to do at once. A pass that took long is followed by
-- the next after a while, so that walking through a million members costs next to nothing.
CREATE OR REPLACE FUNCTION besace_ledger_sweep(p_days INTEGER, p_members INTEGER, p_rows INTEGER)
RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_sweep besace_ledger_sweep;
	v_now TIMESTAMP := clock_timestamp() AT TIME ZONE 'utc';
	v_member RECORD;
	v_seen INTEGER := 0;
	v_taken INTEGER;
	v_rows INTEGER := 0;
BEGIN
	SELECT * INTO v_sweep FROM besace_ledger_sweep FOR UPDATE SKIP LOCKED;
	IF NOT FOUND OR v_now < v_sweep.ended_at
			+ least(50 * (v_sweep.ended_at - v_sweep.began_at), interval '1 day') THEN
		RETURN false; -- another replica is at it, or it was done a moment ago
	END IF;
	IF v_sweep.ended_at IS NOT NULL THEN
		v_sweep.at_guild := '';
		v_sweep.at_user := '';
		v_sweep.began_at := v_now;
		-- Limits of a day look at the movements of one, which may have 25 hours.
		v_sweep.before := v_now - make_interval(days => p_days, hours => 1);
	END IF;
	FOR v_member IN SELECT u.guild_id, u.user_id FROM users u
		WHERE (u.guild_id, u.user_id) > (v_sweep.at_guild, v_sweep.at_user)
		ORDER BY u.guild_id, u.user_id LIMIT p_members
	LOOP
		v_seen := v_seen + 1;
		IF besace_ledger_is_old(v_member.guild_id, v_member.user_id, v_sweep.before) THEN
			v_taken := besace_ledger_summarise(
				v_member.guild_id, v_member.user_id, v_sweep.before, p_rows);
			v_rows := v_rows + v_taken;
			EXIT WHEN v_taken = p_rows; -- who has more is looked at again
		END IF;
		v_sweep.at_guild := v_member.guild_id;
		v_sweep.at_user := v_member.user_id;
		EXIT WHEN v_rows >= p_rows;
	END LOOP;
	UPDATE besace_ledger_sweep SET before = v_sweep.before, began_at = v_sweep.began_at,
		at_guild = CASE WHEN v_seen = 0 THEN '' ELSE v_sweep.at_guild END,
		at_user = CASE WHEN v_seen = 0 THEN '' ELSE v_sweep.at_user END,
		ended_at = CASE WHEN v_seen = 0 THEN clock_timestamp() AT TIME ZONE 'utc' END;
	RETURN v_seen > 0;
END
$$;
