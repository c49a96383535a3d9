-- Why P_ROLE may not be given as a reward, by the roles that the guild is known to have: 'everyone',
-- 'managed', 'above' (not below Besace's highest), 'setter' (not below P_SETTER, the highest role of who
-- chose it; NULL: not asked), 'dangerous'. NULL: nothing speaks against it, or
-- nothing is known. domain/role.h judges a role that is chosen; permissions and positions may have
-- changed since. A test holds the two together.
CREATE OR REPLACE FUNCTION besace_role_fault(
	p_guild VARCHAR, p_role VARCHAR, p_setter VARCHAR DEFAULT NULL) RETURNS VARCHAR
LANGUAGE plpgsql STABLE AS $$
DECLARE
	r besace_guild_roles;
	v_own besace_guild_roles;
	v_setter besace_guild_roles;
BEGIN
	IF p_role = p_guild THEN
		RETURN 'everyone';
	END IF;
	SELECT * INTO r FROM besace_guild_roles WHERE guild_id = p_guild AND role_id = p_role;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	SELECT o.* INTO v_own FROM besace_guilds g JOIN besace_guild_roles o
		ON o.guild_id = g.guild_id AND o.role_id = g.own_role_id WHERE g.guild_id = p_guild;
	SELECT * INTO v_setter FROM besace_guild_roles WHERE guild_id = p_guild AND role_id = p_setter;
	RETURN CASE
		WHEN r.managed THEN 'managed'
		WHEN r.permissions::numeric > 9223372036854775807
			OR r.permissions::bigint & besace_role_dangers() <> 0 THEN 'dangerous'
		-- Of two in the same position the one with the lower id is the higher one.
		WHEN v_own.position < r.position OR v_own.position = r.position
			AND v_own.role_id::numeric >= r.role_id::numeric THEN 'above'
		WHEN v_setter.position < r.position OR v_setter.position = r.position
			AND v_setter.role_id::numeric >= r.role_id::numeric THEN 'setter' END;
END
$$;

-- The permissions that no reward may bring: Administrator, Manage Server, Roles, Channels, Webhooks,
-- Messages, Threads and Expressions, Kick, Ban, Moderate Members, Mention Everyone.
CREATE OR REPLACE FUNCTION besace_role_dangers() RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT 1118570684478
$$;
