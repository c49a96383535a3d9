-- Locks a member's row until the end of the transaction and returns the balance; creates the
-- member on first contact; refreshes the username unless it was seen later than P_SEEN_MS.
-- Every routine that changes something of a member calls this first: it is what makes the changes
-- of one member happen one after the other, and receipts safe to look up before acting.
CREATE OR REPLACE FUNCTION besace_member_lock(
	p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_balance INTEGER;
	v_username VARCHAR;
	v_seen_ms BIGINT;
BEGIN
	LOOP
		SELECT balance, username, name_seen_ms INTO v_balance, v_username, v_seen_ms
			FROM users WHERE user_id = p_user FOR NO KEY UPDATE;
		EXIT WHEN FOUND;
		INSERT INTO users (user_id, username, name_seen_ms)
			VALUES (p_user, p_username, p_seen_ms) ON CONFLICT DO NOTHING;
	END LOOP;
	IF v_username <> p_username AND v_seen_ms <= p_seen_ms THEN
		UPDATE users SET username = p_username, name_seen_ms = p_seen_ms,
			updated_at = now() AT TIME ZONE 'utc' WHERE user_id = p_user;
	END IF;
	RETURN v_balance;
END
$$;
