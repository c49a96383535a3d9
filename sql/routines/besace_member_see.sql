-- First contact from a read: creates the member, or refreshes the username, without waiting for
-- anybody who is changing that member: then the name is refreshed the next time. P_USERNAME NULL:
-- the member was not seen just now, and nothing is done. Returns true, to stand in a condition.
CREATE OR REPLACE FUNCTION besace_member_see(
	p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM users WHERE guild_id = p_guild AND user_id = p_user;
	IF NOT FOUND THEN
		IF p_username IS NOT NULL THEN
			PERFORM besace_member_create(p_guild, p_user, p_username, p_seen_ms);
		END IF;
		RETURN true;
	END IF;
	PERFORM FROM users WHERE guild_id = p_guild AND user_id = p_user
		AND username <> p_username AND name_seen_ms <= p_seen_ms
		FOR NO KEY UPDATE SKIP LOCKED;
	IF FOUND THEN
		UPDATE users SET username = p_username, name_seen_ms = p_seen_ms,
			updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user;
	END IF;
	RETURN true;
END
$$;

-- The same, and returns the member's XP.
CREATE OR REPLACE FUNCTION besace_member_seen_xp(
	p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT) RETURNS INTEGER
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM besace_member_see(p_guild, p_user, p_username, p_seen_ms);
	RETURN coalesce((SELECT xp FROM users WHERE guild_id = p_guild AND user_id = p_user), 0);
END
$$;

-- The same for a member and the member who asks for them, who may be the same; in the order of ids.
CREATE OR REPLACE FUNCTION besace_members_see(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_asker VARCHAR, p_askername VARCHAR, p_seen_ms BIGINT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	IF p_asker < p_user THEN
		PERFORM besace_member_see(p_guild, p_asker, p_askername, p_seen_ms);
	END IF;
	PERFORM besace_member_see(p_guild, p_user, p_username, p_seen_ms);
	IF p_asker > p_user THEN
		PERFORM besace_member_see(p_guild, p_asker, p_askername, p_seen_ms);
	END IF;
END
$$;

-- Whether a member exists under the name just seen, or a later one.
CREATE OR REPLACE FUNCTION besace_member_is_current(
	p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM users WHERE guild_id = p_guild AND user_id = p_user
		AND (username = p_username OR name_seen_ms > p_seen_ms));
END
$$;
