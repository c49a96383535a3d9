-- Keeps the roles of P_GUILD, an array of [id, position, permissions, managed], and Besace's highest
-- of them (NULL: not known). Rewards that Discord refused are tried again if their role has changed;
-- all of them, if Besace's own has or a role that changed may manage roles, for Besace may have it.
CREATE OR REPLACE FUNCTION besace_guild_roles_keep(p_guild VARCHAR, p_own VARCHAR, p_roles JSONB)
RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_own VARCHAR;
	v_changed VARCHAR[];
	v_all BOOLEAN;
BEGIN
	INSERT INTO besace_guilds (guild_id) VALUES (p_guild) ON CONFLICT DO NOTHING;
	SELECT own_role_id INTO v_own FROM besace_guilds
		WHERE guild_id = p_guild FOR NO KEY UPDATE;
	WITH told AS (
		SELECT p_guild AS guild_id, (r ->> 0)::varchar AS role_id,
			(r ->> 1)::integer AS position, (r ->> 2)::varchar AS permissions,
			(r ->> 3)::boolean AS managed
		FROM jsonb_array_elements(p_roles) AS r
	), gone AS (
		DELETE FROM besace_guild_roles k WHERE k.guild_id = p_guild
			AND NOT EXISTS (SELECT FROM told t WHERE t.role_id = k.role_id)
	), kept AS (
		INSERT INTO besace_guild_roles AS k
			(guild_id, role_id, position, permissions, managed)
		SELECT guild_id, role_id, position, permissions, managed FROM told
		ON CONFLICT (guild_id, role_id) DO UPDATE SET position = excluded.position,
			permissions = excluded.permissions, managed = excluded.managed
		WHERE (k.position, k.permissions, k.managed)
			<> (excluded.position, excluded.permissions, excluded.managed)
		RETURNING role_id, permissions
	)
	SELECT array_agg(role_id), bool_or(role_id = p_own
		OR permissions::numeric % 536870912 >= 268435456 -- Manage Roles
		OR permissions::numeric % 16 >= 8) -- Administrator
	INTO v_changed, v_all FROM kept;
	UPDATE besace_guilds SET own_role_id = p_own, updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND own_role_id IS DISTINCT FROM p_own;
	IF v_all OR v_own IS DISTINCT FROM p_own THEN
		PERFORM besace_rewards_retry(p_guild, NULL);
	ELSIF v_changed IS NOT NULL THEN
		PERFORM besace_rewards_retry(p_guild, v_changed);
	END IF;
END
$$;
