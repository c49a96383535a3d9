-- Sets whether announcements of the member's level-ups ping them. Outcome: {"ping"}. The same
-- interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_announce_ping(p_interaction VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_ping BOOLEAN) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
BEGIN
	PERFORM besace_member_lock(p_user, p_username, p_seen_ms);
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;
	UPDATE users SET announce_ping = p_ping, updated_at = now() AT TIME ZONE 'utc'
		WHERE user_id = p_user AND announce_ping <> p_ping;
	v_outcome := jsonb_build_object('ping', p_ping);
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
