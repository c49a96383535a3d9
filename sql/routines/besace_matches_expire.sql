-- Ends up to P_MAX matches that have expired, of all guilds, as besace_matches_expire_locked does.
-- Returns how many. Waits for nobody: a row that is locked is left for the next time.
CREATE OR REPLACE FUNCTION besace_matches_expire(p_max INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_count INTEGER := 0;
	v_found BOOLEAN := false;
	v_guild VARCHAR;
	v_matches VARCHAR[];
BEGIN
	FOR v_guild, v_matches IN
		SELECT d.guild_id, array_agg(d.match_id) FROM (
			SELECT guild_id, match_id FROM besace_matches
			WHERE expires_at <= now() AT TIME ZONE 'utc'
			ORDER BY expires_at LIMIT p_max FOR UPDATE SKIP LOCKED) d
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
