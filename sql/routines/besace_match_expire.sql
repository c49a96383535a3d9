-- Ends the matches P_MATCHES of one guild, each as its expiry says, and queues the edits of their
-- messages. Their rows are locked. Returns how many it has ended.
--
-- Waits for no member: a match of somebody whose row is locked is left as it is, and so is the
-- second match of a member. That also rules out deadlocks with presses, which lock members before
-- their match.
CREATE OR REPLACE FUNCTION besace_matches_expire_locked(
	p_guild VARCHAR, p_matches besace_matches[]) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_matches VARCHAR[]; -- whose stakes are in escrow, beside v_players
	v_players VARCHAR[];
	v_users VARCHAR[];
	v_free besace_matches[];
	v_count INTEGER;
BEGIN
	-- OFFSET 0: each match is looked up by its key. Without it a guild with many open matches would
	-- have all of them read for each batch, until the table has been analyzed with them in it.
	SELECT array_agg(e.match_id), array_agg(e.user_id) INTO v_matches, v_players
	FROM unnest(p_matches) AS m CROSS JOIN LATERAL (
		SELECT match_id, user_id FROM besace_escrow
		WHERE guild_id = p_guild AND match_id = m.match_id OFFSET 0) e;
	SELECT array_agg(l.user_id) INTO v_users FROM (
		SELECT user_id FROM users WHERE guild_id = p_guild AND user_id = ANY (v_players)
		ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED) l;
	SELECT array_agg(m) INTO v_free FROM unnest(p_matches) AS m WHERE m.match_id IN (
		SELECT t.match_id FROM (
			SELECT e.match_id, e.user_id,
				row_number() OVER (PARTITION BY e.user_id ORDER BY e.match_id) AS turn
			FROM unnest(v_matches, v_players) AS e (match_id, user_id)) t
		LEFT JOIN unnest(v_users) AS l (user_id) ON l.user_id = t.user_id
		GROUP BY t.match_id HAVING bool_and(t.turn = 1 AND l.user_id IS NOT NULL));
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
DECLARE
	m besace_matches;
BEGIN
	SELECT * INTO m FROM besace_matches WHERE guild_id = p_guild AND match_id = p_match
		AND expires_at <= now() AT TIME ZONE 'utc' FOR UPDATE;
	RETURN CASE WHEN FOUND THEN besace_matches_expire_locked(p_guild, ARRAY[m]) ELSE 0 END;
END
$$;
