-- What the readings of a member have in common: P_USER is the member, P_ASKER the member who asks, the
-- same or another. Both are created on first contact, in the same round trip: the common case, in
-- which both are known by their names, writes nothing. No row when P_USERNAME is NULL (the member
-- was not seen just now) and there is no such member.

CREATE OR REPLACE FUNCTION besace_profile(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_asker VARCHAR, p_askername VARCHAR, p_seen_ms BIGINT)
RETURNS TABLE (balance INTEGER, xp INTEGER)
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT besace_member_is_current(p_guild, p_user, p_username, p_seen_ms)
		OR NOT besace_member_is_current(p_guild, p_asker, p_askername, p_seen_ms)
	THEN
		PERFORM besace_members_see(
			p_guild, p_user, p_username, p_asker, p_askername, p_seen_ms);
	END IF;
	RETURN QUERY
	SELECT u.balance::integer, u.xp::integer FROM users u WHERE u.guild_id = p_guild AND u.user_id = p_user;
END
$$;

-- The same as an array: balance, XP, and 1 when the member was created by it, else 0. NULL: there is no such
-- member.
CREATE OR REPLACE FUNCTION besace_profile_seen(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_asker VARCHAR, p_askername VARCHAR, p_seen_ms BIGINT) RETURNS INTEGER[]
LANGUAGE plpgsql AS $$
DECLARE
	v_is_new BOOLEAN := NOT EXISTS (SELECT FROM users WHERE guild_id = p_guild AND user_id = p_user);
BEGIN
	RETURN (SELECT ARRAY[p.balance, p.xp, v_is_new::integer] FROM besace_profile(
		p_guild, p_user, p_username, p_asker, p_askername, p_seen_ms) p);
END
$$;
