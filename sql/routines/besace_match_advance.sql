-- Brings a locked game to its next version, or to its end, as P_ACT of besace_game_press says.
-- Returns its view, or its outcome when it is over.
CREATE OR REPLACE FUNCTION besace_game_go_on(
	p_game besace_games, p_user VARCHAR, p_act JSONB, p_channel VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_view JSONB;
BEGIN
	IF p_act ? 'join' THEN
		PERFORM besace_game_sit(p_user, p_game.kind, p_game.game_id, count(*)::integer,
			coalesce((p_act #>> '{join,stake}')::integer, p_game.stake))
		FROM besace_game_seats WHERE game_id = p_game.game_id;
	END IF;
	UPDATE besace_games g SET version = version + 1,
		state = coalesce(p_act ->> 'state', state),
		facts = coalesce(p_act -> 'facts', facts),
		lapse = coalesce(p_act -> 'ends', p_act -> 'lapse', lapse),
		accepted = accepted OR p_act ? 'accepted',
		due_at = CASE WHEN p_act ? 'due_s' THEN now() AT TIME ZONE 'utc'
			+ (p_act ->> 'due_s')::integer * interval '1 second' ELSE due_at END,
		application_id = coalesce(p_act #>> '{message,application}', application_id),
		token = coalesce(p_act #>> '{message,token}', token),
		token_until = CASE WHEN p_act #> '{message,token}' IS NULL THEN token_until
			ELSE now() AT TIME ZONE 'utc' + interval '14 minutes' END,
		message_id = coalesce(p_act #>> '{message,message}', message_id)
		WHERE game_id = p_game.game_id
		RETURNING besace_game_view(g) INTO v_view;
	IF p_act ? 'ends' THEN
		SELECT outcome INTO v_view FROM besace_games_close(
			ARRAY[p_game.game_id], p_act ->> 'why', p_channel);
	END IF;
	RETURN v_view;
END
$$;
