-- Up to P_MAX matches that have expired, the first to expire first, each locked; those that are locked
-- are left out, those that are set aside, and those of guilds that removed Besace, where nothing is paid.
-- Read in the order of their index alone: the job that asks plans this while nothing has expired, and
-- would else read all open matches for each batch later.
CREATE OR REPLACE FUNCTION besace_matches_expired(p_max INTEGER) RETURNS SETOF besace_matches
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
	RETURN QUERY SELECT * FROM besace_matches m WHERE m.expires_at <= now() AT TIME ZONE 'utc'
		AND (m.retry_at IS NULL OR m.retry_at <= now() AT TIME ZONE 'utc')
		AND (SELECT g.removed_at FROM besace_guilds g WHERE g.guild_id = m.guild_id) IS NULL
		ORDER BY m.expires_at LIMIT p_max FOR UPDATE SKIP LOCKED;
END
$$;

-- Ends up to P_MAX matches that have expired, of all guilds, as besace_matches_expire_locked does.
-- Returns how many. Waits for nobody: a row that is locked is left for the next time.
CREATE OR REPLACE FUNCTION besace_matches_expire(p_max INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_count INTEGER := 0;
	v_found BOOLEAN := false;
	v_guild VARCHAR;
	v_matches besace_matches[];
BEGIN
	FOR v_guild, v_matches IN
		SELECT d.guild_id, array_agg(d) FROM besace_matches_expired(p_max) AS d
		GROUP BY d.guild_id ORDER BY d.guild_id
	LOOP
		v_found := true;
		v_count := v_count + besace_matches_expire_locked(v_guild, v_matches);
	END LOOP;
	IF NOT v_found THEN
		DELETE FROM besace_match_edits e USING (
			SELECT guild_id, match_id FROM besace_match_edits
			WHERE ended_at < now() AT TIME ZONE 'utc' - interval '1 day'
			ORDER BY ended_at LIMIT p_max FOR UPDATE SKIP LOCKED) old
		WHERE e.guild_id = old.guild_id AND e.match_id = old.match_id;
	END IF;
	RETURN v_count;
END
$$;

-- The same one by one, after a failure of all together: one that cannot be ended is set aside, for a
-- while that doubles each time, at most P_SECONDS, and the others go on. Returns those that have ended,
-- and with FAILURES and WHY those that are set aside.
--
-- When the statement's time is over, what has ended by then stays, and the rest is left for the next
-- call; a match that has taken all of that time by itself is set aside. It is no match's fault that the
-- server lacks memory or disk.
CREATE OR REPLACE FUNCTION besace_matches_expire_singly(p_max INTEGER, p_seconds INTEGER)
RETURNS TABLE (guild_id VARCHAR, match_id VARCHAR, failures INTEGER, why VARCHAR)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	m besace_matches;
	v_is_first BOOLEAN := true;
	v_is_over BOOLEAN := false;
BEGIN
	FOR m IN SELECT * FROM besace_matches_expired(p_max) LOOP
		guild_id := m.guild_id;
		match_id := m.match_id;
		failures := 0;
		why := NULL;
		BEGIN
			CONTINUE WHEN besace_matches_expire_locked(m.guild_id, ARRAY[m]) = 0;
		EXCEPTION
		WHEN insufficient_resources THEN
			RAISE;
		WHEN query_canceled THEN
			why := SQLERRM;
			v_is_over := true;
		WHEN OTHERS THEN
			why := SQLERRM;
		END;
		EXIT WHEN v_is_over AND NOT v_is_first;
		IF why IS NOT NULL THEN
			UPDATE besace_matches d SET failures = d.failures + 1,
				retry_at = now() AT TIME ZONE 'utc'
					+ least(10 * 2 ^ least(d.failures, 20), p_seconds) * interval '1 second'
			WHERE d.guild_id = m.guild_id AND d.match_id = m.match_id
			RETURNING d.failures INTO failures;
		END IF;
		RETURN NEXT;
		EXIT WHEN v_is_over;
		v_is_first := false;
	END LOOP;
END
$$;
