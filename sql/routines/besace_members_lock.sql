-- Locks two members, who may be one, as besace_member_lock does: in the order of their ids, so
-- that two changes of the same two members never wait for each other in a circle. Returns the
-- balances in the order of the arguments. A username that is NULL is not refreshed, and its member
-- must exist.
CREATE OR REPLACE FUNCTION besace_members_lock(p_user VARCHAR, p_username VARCHAR,
	p_other VARCHAR, p_othername VARCHAR, p_seen_ms BIGINT,
	OUT v_balance INTEGER, OUT v_other INTEGER)
LANGUAGE plpgsql AS $$
BEGIN
	IF p_user <= p_other THEN
		v_balance := besace_member_lock(p_user, p_username, p_seen_ms);
	END IF;
	v_other := besace_member_lock(p_other, p_othername, p_seen_ms);
	IF p_user > p_other THEN
		v_balance := besace_member_lock(p_user, p_username, p_seen_ms);
	END IF;
END
$$;
