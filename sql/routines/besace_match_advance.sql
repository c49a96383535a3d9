-- Brings a locked match to its next version, or to its end, as P_ACT of besace_match_press says.
-- Returns its view, or its outcome when it is over.
CREATE OR REPLACE FUNCTION besace_match_advance(
	m besace_matches, p_user VARCHAR, p_act JSONB) RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
	v_stake INTEGER := coalesce((p_act #>> '{join,stake}')::integer, m.stake);
BEGIN
	m.version := m.version + 1;
	m.state := coalesce(p_act ->> 'state', m.state);
	m.facts := coalesce(p_act -> 'facts', m.facts);
	m.expiry := coalesce(p_act -> 'ends', p_act -> 'expiry', m.expiry);
	m.accepted := m.accepted OR p_act ? 'accepted';
	IF p_act ? 'expires_s' THEN
		m.expires_at := v_now + (p_act ->> 'expires_s')::integer * interval '1 second';
	END IF;
	IF p_act #> '{message,token}' IS NOT NULL THEN
		m.token := p_act #>> '{message,token}';
		m.token_until := v_now + interval '14 minutes';
	END IF;
	m.application_id := coalesce(p_act #>> '{message,application}', m.application_id);
	m.message_id := coalesce(p_act #>> '{message,message}', m.message_id);
	IF p_act ? 'ends' THEN
		IF p_act ? 'join' THEN
			PERFORM besace_escrow_seat(
				m.guild_id, p_user, m.game_type, m.match_id, v_stake);
		END IF;
		RETURN besace_match_end(m, (p_act ->> 'why')::varchar,
			CASE WHEN p_act ? 'join' THEN p_user END);
	END IF;
	IF p_act ? 'join' THEN
		PERFORM besace_escrow_take(m.guild_id, p_user, m.game_type, m.match_id, v_stake);
	END IF;
	UPDATE besace_matches SET version = m.version, state = m.state, facts = m.facts,
		expiry = m.expiry, accepted = m.accepted, expires_at = m.expires_at, token = m.token,
		token_until = m.token_until, application_id = m.application_id,
		message_id = m.message_id
		WHERE guild_id = m.guild_id AND match_id = m.match_id;
	RETURN besace_match_view(m);
END
$$;
