-- Ends open games as their lapse says and removes them. Their rows and those of all their players
-- are locked; no member plays two of them. P_WHY is told in the outcomes, for their messages.
-- Returns for each game its outcome, its view with {"over": true, "why", "ends"}, and where its
-- message is.
--
-- A seat that the lapse does not speak of is a stake that goes back.
CREATE OR REPLACE FUNCTION besace_games_close(
	p_games VARCHAR[], p_why VARCHAR, p_channel VARCHAR)
RETURNS TABLE (game_id VARCHAR, outcome JSONB, language VARCHAR, application_id VARCHAR,
	token VARCHAR, token_until TIMESTAMP, channel_id VARCHAR, message_id VARCHAR)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_language VARCHAR;
	v_list JSONB;
	v_ends JSONB := '[]';
BEGIN
	FOR v_language, v_list IN
		SELECT g.language, jsonb_agg(coalesce(e.value,
			jsonb_build_object('user', s.user_id, 'credit', s.stake))
			|| jsonb_build_object('game', g.game_id, 'kind', g.kind, 'stake', s.stake))
		FROM besace_games g JOIN besace_game_seats s ON s.game_id = g.game_id
		LEFT JOIN LATERAL (SELECT l.value FROM jsonb_array_elements(g.lapse) AS l (value)
			WHERE l.value ->> 'user' = s.user_id) e ON true
		WHERE g.game_id = ANY (p_games) GROUP BY g.language
	LOOP
		v_ends := v_ends || besace_games_settle(v_list, p_channel, v_language);
	END LOOP;
	RETURN QUERY
	SELECT g.game_id, besace_game_view(g) || jsonb_build_object(
		'over', true, 'why', p_why, 'ends', coalesce(e.list, '[]')),
		g.language, g.application_id, g.token, g.token_until, g.channel_id, g.message_id
	FROM besace_games g LEFT JOIN (
		SELECT value ->> 'game' AS game, jsonb_agg(value) AS list
		FROM jsonb_array_elements(v_ends) GROUP BY 1) e ON e.game = g.game_id
	WHERE g.game_id = ANY (p_games);
	DELETE FROM besace_games g WHERE g.game_id = ANY (p_games);
END
$$;
