-- Ends up to P_MOST games that are due, each as its lapse says, and queues the edit of its message.
-- Returns how many.
--
-- Waits for nobody: a game or a member that somebody else is changing is left for the next time,
-- and so is the second game of a member. That also rules out deadlocks with presses, which lock
-- members before their game.
CREATE OR REPLACE FUNCTION besace_games_expire(p_most INTEGER, p_channel VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_due VARCHAR[];
	v_users VARCHAR[];
	v_count INTEGER;
BEGIN
	SELECT array_agg(d.game_id) INTO v_due FROM (
		SELECT game_id FROM besace_games WHERE due_at <= now() AT TIME ZONE 'utc'
		ORDER BY due_at LIMIT p_most FOR UPDATE SKIP LOCKED) d;
	IF v_due IS NULL THEN
		DELETE FROM besace_game_edits WHERE game_id IN (
			SELECT game_id FROM besace_game_edits
			WHERE ended_at < now() AT TIME ZONE 'utc' - interval '1 day'
			ORDER BY ended_at LIMIT p_most FOR UPDATE SKIP LOCKED);
		RETURN 0;
	END IF;
	SELECT array_agg(l.user_id) INTO v_users FROM (
		SELECT user_id FROM users WHERE user_id IN (
			SELECT user_id FROM besace_game_seats WHERE game_id = ANY (v_due))
		ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED) l;
	SELECT array_agg(r.game_id) INTO v_due FROM (
		SELECT t.game_id FROM (
			SELECT s.game_id, s.user_id,
				row_number() OVER (PARTITION BY s.user_id ORDER BY s.game_id) AS turn
			FROM besace_game_seats s WHERE s.game_id = ANY (v_due)) t
		LEFT JOIN unnest(v_users) AS l (user_id) ON l.user_id = t.user_id
		GROUP BY t.game_id HAVING bool_and(t.turn = 1 AND l.user_id IS NOT NULL)) r;
	IF v_due IS NULL THEN
		RETURN 0;
	END IF;
	INSERT INTO besace_game_edits (game_id, outcome, language, application_id, token,
		token_until, channel_id, message_id)
	SELECT game_id, outcome, language, application_id, token, token_until, channel_id, message_id
	FROM besace_games_close(v_due, 'lapse', p_channel);
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;
