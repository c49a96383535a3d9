-- Ends the matches P_MATCHES of one guild, each as its expiry says, and queues the edits of their
-- messages. Their rows are locked. Returns how many it has ended.
--
-- Waits for no member: a match of somebody whose row is locked is left as it is, and so is the
-- second match of a member. That also rules out deadlocks with presses, which lock members before
-- their match.
CREATE OR REPLACE FUNCTION besace_matches_expire_locked(
	p_guild VARCHAR, p_matches VARCHAR[]) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_users VARCHAR[];
	v_free besace_matches[];
	v_count INTEGER;
BEGIN
	SELECT array_agg(l.user_id) INTO v_users FROM (
		SELECT user_id FROM users WHERE guild_id = p_guild AND user_id IN (
			SELECT user_id FROM besace_escrow
			WHERE guild_id = p_guild AND match_id = ANY (p_matches))
		ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED) l;
	SELECT array_agg(m) INTO v_free FROM besace_matches m JOIN (
		SELECT t.match_id FROM (
			SELECT e.match_id, e.user_id,
				row_number() OVER (PARTITION BY e.user_id ORDER BY e.match_id) AS turn
			FROM besace_escrow e
			WHERE e.guild_id = p_guild AND e.match_id = ANY (p_matches)) t
		LEFT JOIN unnest(v_users) AS l (user_id) ON l.user_id = t.user_id
		GROUP BY t.match_id HAVING bool_and(t.turn = 1 AND l.user_id IS NOT NULL)) f
		ON m.guild_id = p_guild AND m.match_id = f.match_id;
	IF v_free IS NULL THEN
		RETURN 0;
	END IF;
	INSERT INTO besace_match_edits (guild_id, match_id, outcome, language, application_id,
		token, token_until, channel_id, message_id)
	SELECT m.guild_id, m.match_id, e.outcome, m.language, m.application_id, m.token,
		m.token_until, m.channel_id, m.message_id
	FROM besace_matches_end(p_guild, v_free, 'expired') e
	JOIN unnest(v_free) AS m ON m.match_id = e.match_id;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;

-- The same for the match P_MATCH alone, if it has expired: for a member who wants its place. Waits
-- for whoever is changing or ending that match, holding nothing.
CREATE OR REPLACE FUNCTION besace_match_expire(p_guild VARCHAR, p_match VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_matches WHERE guild_id = p_guild AND match_id = p_match
		AND expires_at <= now() AT TIME ZONE 'utc' FOR UPDATE;
	RETURN CASE WHEN FOUND
		THEN besace_matches_expire_locked(p_guild, ARRAY[p_match]) ELSE 0 END;
END
$$;
