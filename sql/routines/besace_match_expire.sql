-- Ends the matches P_MATCHES of one guild, each as its expiry says, and queues the edits of their
-- messages, as far as there is a way to edit them. Their rows are locked. Returns how many it has ended.
--
-- Waits for no member: a match of somebody whose row is locked is left as it is. That also rules out
-- deadlocks with presses, which lock members before their match. A member's second match is ended after
-- the first, by statements of its own; the fifth is left for the next time.
CREATE OR REPLACE FUNCTION besace_matches_expire_locked(
	p_guild VARCHAR, p_matches besace_matches[]) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_seats VARCHAR[]; -- matches whose stakes are in escrow, beside v_players
	v_players VARCHAR[];
	v_users VARCHAR[];
	v_ids VARCHAR[]; -- matches that end in this turn
	v_left VARCHAR[]; -- that are left for the next ones
	v_free besace_matches[];
	v_count INTEGER := 0;
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
BEGIN
	-- OFFSET 0: each match is looked up by its key. Without it a guild with many open matches would
	-- have all of them read for each batch, until the table has been analyzed with them in it.
	SELECT array_agg(e.match_id), array_agg(e.user_id) INTO v_seats, v_players
	FROM unnest(p_matches) AS m CROSS JOIN LATERAL (
		SELECT match_id, user_id FROM besace_escrow
		WHERE guild_id = p_guild AND match_id = m.match_id OFFSET 0) e;
	SELECT array_agg(l.user_id) INTO v_users FROM (
		SELECT user_id FROM users WHERE guild_id = p_guild AND user_id = ANY (v_players)
		ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED) l;
	SELECT array_agg(w.match_id) INTO v_left FROM (
		SELECT e.match_id FROM unnest(v_seats, v_players) AS e (match_id, user_id)
		LEFT JOIN unnest(v_users) AS l (user_id) ON l.user_id = e.user_id
		GROUP BY e.match_id HAVING count(*) = count(l.user_id)) w;
	FOR v_turn IN 1..4 LOOP
		SELECT array_agg(t.match_id) FILTER (WHERE t.is_first),
			array_agg(t.match_id) FILTER (WHERE NOT t.is_first)
		INTO v_ids, v_left FROM (
			SELECT n.match_id, bool_and(n.turn = 1) AS is_first FROM (
				SELECT e.match_id, row_number() OVER (
					PARTITION BY e.user_id ORDER BY e.match_id) AS turn
				FROM unnest(v_seats, v_players) AS e (match_id, user_id)
				JOIN unnest(v_left) AS l (match_id) ON l.match_id = e.match_id) n
			GROUP BY n.match_id) t;
		EXIT WHEN v_ids IS NULL;
		SELECT array_agg(m) INTO v_free
		FROM unnest(p_matches) AS m JOIN unnest(v_ids) AS i (match_id) ON i.match_id = m.match_id;
		INSERT INTO besace_match_edits (guild_id, match_id, outcome, language, application_id,
			token, token_until, channel_id, message_id, try_at)
		SELECT m.guild_id, m.match_id, e.outcome, m.language, m.application_id, m.token,
			m.token_until, m.channel_id, m.message_id,
			CASE WHEN m.application_id IS NOT NULL AND m.token_until > v_now
				OR m.channel_id IS NOT NULL AND m.message_id IS NOT NULL
				THEN v_now ELSE 'infinity' END
		FROM besace_matches_end(p_guild, v_free, 'expired') e
		JOIN unnest(v_free) AS m ON m.match_id = e.match_id;
		v_count := v_count + cardinality(v_free);
	END LOOP;
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
