-- What a press does to an open game, decided from its version P_VERSION. P_ACT is one of
--
--	{"refusal"}  only recorded
--	{"state", "facts", "lapse"} the game goes on. With "due_s", its time begins anew; with
--	             "accepted", the challenge is; with {"join": {"most", "stake"}}, the member takes the
--	             next seat, for STAKE or, without one, for the stake of the game
--	{"ends", "why"} it is over; see besace_games_settle for the list, besace_games_close for WHY.
--	             With "state", "facts" and "join" as above
--
-- and any of
--	afresh       true: it is not about this game but about its place, see "again" below
--	message      {"application", "token", "message"}: of a press whose answer updates the message.
--	             Alone, it changes nothing of the game: the press shows it as it is
--	reply        becomes part of the outcome
--
-- Outcome: {"done": true, "balance", "game"} or {"done": false, "refusal", "balance"} with the
-- refusals ended (there is no such game, or it is due) and those of besace_game_refusal.
-- {"again": true}: the game has gone on, or "afresh" and it has ended; look again. The same
-- interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_game_press(p_interaction VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_game VARCHAR, p_version INTEGER, p_act JSONB,
	p_channel VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
	v_user VARCHAR;
	v_game besace_games;
BEGIN
	-- A game that ends pays all its players: all are locked, in the order of ids.
	FOR v_user IN SELECT p_user UNION SELECT user_id FROM besace_game_seats
		WHERE game_id = p_game AND p_act ? 'ends' ORDER BY 1
	LOOP
		IF v_user = p_user THEN
			PERFORM besace_member_lock(p_user, p_username, p_seen_ms);
		ELSE
			PERFORM FROM users WHERE user_id = v_user FOR NO KEY UPDATE;
		END IF;
	END LOOP;
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;

	SELECT * INTO v_game FROM besace_games WHERE game_id = p_game FOR UPDATE;
	IF NOT FOUND OR v_game.due_at <= now() AT TIME ZONE 'utc' THEN
		IF p_act ? 'afresh' THEN
			RETURN jsonb_build_object('again', true);
		END IF;
		-- A message that could not be edited is brought up to date now.
		DELETE FROM besace_game_edits WHERE game_id = p_game AND try_at = 'infinity'
			RETURNING jsonb_build_object('done', true, 'game', outcome) INTO v_outcome;
		v_outcome := coalesce(
			v_outcome, jsonb_build_object('done', false, 'refusal', 'ended'));
	ELSIF v_game.version <> p_version THEN
		RETURN jsonb_build_object('again', true);
	ELSIF p_act ? 'refusal' THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', p_act -> 'refusal');
	ELSIF p_act ? 'join' THEN
		v_outcome := besace_game_refusal(p_user, v_game.kind,
			coalesce((p_act #>> '{join,stake}')::integer, v_game.stake),
			(p_act #>> '{join,most}')::integer);
	END IF;
	IF v_outcome IS NULL THEN
		v_outcome := jsonb_build_object('done', true, 'game',
			besace_game_go_on(v_game, p_user, p_act, p_channel))
			|| coalesce(p_act -> 'reply', '{}');
	END IF;

	v_outcome := v_outcome || jsonb_build_object('balance',
		(SELECT balance FROM users WHERE user_id = p_user));
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
