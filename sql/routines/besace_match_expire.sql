-- Ends the games P_DUE, each as its lapse says, and queues the edits of their messages. Their rows
-- are locked. Returns how many it has ended.
--
-- Waits for no member: a game of somebody whom somebody else is changing is left as it is, and so
-- is the second game of a member. That also rules out deadlocks with presses, which lock members
-- before their game.
CREATE OR REPLACE FUNCTION besace_games_lapse(p_due VARCHAR[], p_channel VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_users VARCHAR[];
	v_free VARCHAR[];
	v_count INTEGER;
BEGIN
	SELECT array_agg(l.user_id) INTO v_users FROM (
		SELECT user_id FROM users WHERE user_id IN (
			SELECT user_id FROM besace_game_seats WHERE game_id = ANY (p_due))
		ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED) l;
	SELECT array_agg(r.game_id) INTO v_free FROM (
		SELECT t.game_id FROM (
			SELECT s.game_id, s.user_id,
				row_number() OVER (PARTITION BY s.user_id ORDER BY s.game_id) AS turn
			FROM besace_game_seats s WHERE s.game_id = ANY (p_due)) t
		LEFT JOIN unnest(v_users) AS l (user_id) ON l.user_id = t.user_id
		GROUP BY t.game_id HAVING bool_and(t.turn = 1 AND l.user_id IS NOT NULL)) r;
	IF v_free IS NULL THEN
		RETURN 0;
	END IF;
	INSERT INTO besace_game_edits (game_id, outcome, language, application_id, token,
		token_until, channel_id, message_id)
	SELECT game_id, outcome, language, application_id, token, token_until, channel_id, message_id
	FROM besace_games_close(v_free, 'lapse', p_channel);
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;

-- The same for the game P_GAME alone, if its time is up: for somebody who wants its place. Waits
-- for whoever is changing or ending that game, holding nothing.
CREATE OR REPLACE FUNCTION besace_game_lapse(p_game VARCHAR, p_channel VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_games WHERE game_id = p_game AND due_at <= now() AT TIME ZONE 'utc'
		FOR UPDATE;
	RETURN CASE WHEN FOUND THEN besace_games_lapse(ARRAY[p_game], p_channel) ELSE 0 END;
END
$$;
