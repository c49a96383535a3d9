-- Takes a member's stake and opens a game, or plays it at once. P_OPEN is {"refusal"}, which is
-- only recorded, or:
--
--	kind, stake
--	most         the most that this game can credit: there must be room for it in the balance
--	opponent     {"id", "name"} of a challenge
--	channel, language, application, token: where its message is and who reads it
--	seeds        {"server", "member", "first"}: the member's seeds that plays are drawn from, the
--	             first one for the counter FIRST; only of games of the casino
--	plays        a list, of which the counter chooses one (else there is one only):
--	             {"state", "facts", "lapse", "due_s"} stays open, or
--	             {"facts", "state", "ends"} is over, ENDS being a list of one
--
-- Outcome: {"done": true, "balance", "game"} or {"done": false, "refusal", "balance"} with the
-- refusals playing, balance and purse_full. {"again": true}: a seed was changed, the counter has
-- left the list, or the channel has a table; look again. The same interaction again returns its
-- first outcome.
CREATE OR REPLACE FUNCTION besace_game_open(p_interaction VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_open JSONB, p_channel VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
	v_stake INTEGER := (p_open ->> 'stake')::integer;
	v_kind VARCHAR := p_open ->> 'kind';
	v_play JSONB;
	v_game JSONB;
	v_counter BIGINT;
	v_opponent VARCHAR := p_open #>> '{opponent,id}';
BEGIN
	IF v_opponent IS NULL THEN
		PERFORM besace_member_lock(p_user, p_username, p_seen_ms);
	ELSE
		PERFORM besace_members_lock(p_user, p_username,
			v_opponent, p_open #>> '{opponent,name}', p_seen_ms);
	END IF;
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;

	v_outcome := CASE WHEN p_open ? 'refusal'
		THEN jsonb_build_object('done', false, 'refusal', p_open -> 'refusal')
		ELSE besace_game_refusal(p_user, v_kind, v_stake, (p_open ->> 'most')::integer) END;
	IF v_outcome IS NULL THEN
		IF p_open ? 'seeds' THEN
			SELECT counter INTO v_counter FROM besace_seeds WHERE user_id = p_user
				AND server_seed = p_open #>> '{seeds,server}'
				AND member_seed = p_open #>> '{seeds,member}';
			v_play := p_open -> 'plays'
				-> (v_counter - (p_open #>> '{seeds,first}')::bigint)::integer;
		ELSE
			v_play := p_open -> 'plays' -> 0;
		END IF;
		IF v_play IS NULL OR v_counter < (p_open #>> '{seeds,first}')::bigint THEN
			RETURN jsonb_build_object('again', true);
		END IF;
		IF NOT v_play ? 'ends' THEN
			INSERT INTO besace_games (game_id, kind, owner_id, opponent_id, accepted, stake,
				state, facts, lapse, due_at, channel_id, language, application_id,
				token, token_until)
			SELECT p_interaction, v_kind, p_user, v_opponent, v_opponent IS NULL, v_stake,
				v_play ->> 'state', v_play -> 'facts', v_play -> 'lapse',
				n.now + (v_play ->> 'due_s')::integer * interval '1 second',
				p_open ->> 'channel', p_open ->> 'language', p_open ->> 'application',
				p_open ->> 'token', n.now + interval '14 minutes'
			FROM (VALUES (now() AT TIME ZONE 'utc')) AS n (now)
			ON CONFLICT DO NOTHING;
			IF NOT FOUND THEN
				RETURN jsonb_build_object('again', true);
			END IF;
			PERFORM besace_game_sit(p_user, v_kind, p_interaction, 0, v_stake);
			SELECT besace_game_view(g) INTO v_game FROM besace_games g
				WHERE game_id = p_interaction;
		ELSE
			PERFORM besace_game_stake(p_user, v_kind, p_interaction, v_stake);
			v_game := jsonb_build_object('id', p_interaction, 'kind', v_kind, 'owner', p_user,
				'stake', v_stake, 'accepted', true, 'version', 1,
				'state', coalesce(v_play ->> 'state', ''), 'facts', v_play -> 'facts',
				'seats', jsonb_build_array(p_user), 'over', true, 'why', 'played',
				'ends', besace_games_settle(jsonb_build_array(v_play #> '{ends,0}'
					|| jsonb_build_object('game', p_interaction, 'kind', v_kind,
						'stake', v_stake)),
					p_channel, p_open ->> 'language'));
		END IF;
		UPDATE besace_seeds SET counter = counter + 1
			WHERE user_id = p_user AND v_counter IS NOT NULL;
		v_outcome := jsonb_build_object('done', true, 'game', v_game);
	END IF;

	v_outcome := v_outcome || jsonb_build_object('balance',
		(SELECT balance FROM users WHERE user_id = p_user));
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
