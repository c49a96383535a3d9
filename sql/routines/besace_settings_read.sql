-- Reading settings.

-- The whole state of a guild: {"version", "settings": what is not the default, "states": {role:
-- [state, code]} of the rewards that Discord refuses, "roles": [[id, position, permissions, managed],
-- …], "roles_told": by the shim, "name", "own_role", "owner", "gone": [id, …] of what is set and was
-- deleted, "follower": whose message follows a run of roles, "page_token", "announce_channel": the
-- operator's default, "announce_refused": the channel of announcements, when Discord refused the latest}.
CREATE OR REPLACE FUNCTION besace_settings_read(p_guild VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_settings JSONB := besace_settings_changed(p_guild);
	s besace_settings;
	g besace_guilds;
BEGIN
	SELECT * INTO g FROM besace_guilds WHERE guild_id = p_guild;
	SELECT * INTO s FROM besace_settings WHERE guild_id = p_guild;
	RETURN jsonb_build_object('version', coalesce((SELECT version FROM besace_settings
			WHERE guild_id = p_guild), 0),
		'settings', v_settings,
		'states', coalesce((SELECT jsonb_object_agg(role_id, jsonb_build_array(state, code))
			FROM besace_rewards WHERE guild_id = p_guild AND state <> 'active'), '{}'),
		'roles', coalesce((SELECT jsonb_agg(jsonb_build_array(role_id, position, permissions,
				managed) ORDER BY position DESC, role_id)
			FROM besace_guild_roles WHERE guild_id = p_guild), '[]'),
		'roles_told', coalesce(g.roles_told, false), 'name', g.name,
		'own_role', g.own_role_id, 'owner', g.owner_id,
		'gone', coalesce((SELECT jsonb_agg(object_id ORDER BY object_id)
			FROM besace_guild_deletions d WHERE d.guild_id = p_guild
				AND v_settings::text ~ ('\m' || d.object_id || '\M')), '[]'),
		'follower', (SELECT actor_id FROM besace_role_runs
			WHERE guild_id = p_guild AND follow_at IS NOT NULL),
		'page_token', (SELECT page_token FROM besace_pages
			WHERE guild_id = p_guild AND NOT is_name),
		'announce_channel', besace_announce_channel(p_guild),
		'announce_refused', (SELECT o.channel_id FROM (
			SELECT channel_id, outcome FROM besace_outbox WHERE guild_id = p_guild
				AND outcome IN ('sent', 'refused')
				AND channel_id = besace_announce_place(p_guild, s, NULL)
			ORDER BY id DESC LIMIT 1) o WHERE o.outcome = 'refused'));
END
$$;

-- Whether one of P_ROLES may do in P_GUILD what needs Manage Server.
CREATE OR REPLACE FUNCTION besace_settings_access(p_guild VARCHAR, p_roles VARCHAR[])
RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT access_roles && p_roles FROM besace_settings
		WHERE guild_id = p_guild), false);
END
$$;

-- What comes back when the change P_AUDIT is undone, with all that was changed together with it: keys
-- and the values from before; nothing when there is no such change.
CREATE OR REPLACE FUNCTION besace_settings_change(p_guild VARCHAR, p_audit BIGINT)
RETURNS TABLE (key VARCHAR, old JSONB)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT a.setting, a.old FROM besace_settings_audit a
	WHERE a.guild_id = p_guild AND a.change_id = (SELECT c.change_id
		FROM besace_settings_audit c WHERE c.guild_id = p_guild AND c.id = p_audit)
	ORDER BY a.id;
END
$$;

-- The P_COUNT changes before P_BEFORE, newest first. Imports and their undos are among them, under
-- the key "import", with what besace_imports_told says of them as NEW.
CREATE OR REPLACE FUNCTION besace_settings_history(
	p_guild VARCHAR, p_before BIGINT, p_count INTEGER, p_days INTEGER)
RETURNS TABLE (audit BIGINT, change_id BIGINT, key VARCHAR, old JSONB, new JSONB,
	actor VARCHAR, actor_name VARCHAR, at_s BIGINT, undone BOOLEAN, can_undo BOOLEAN)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	v_settings JSONB := besace_settings_changed(p_guild);
BEGIN
	RETURN QUERY (SELECT a.id, a.change_id, a.setting, a.old, a.new,
		nullif(a.actor_id, '0')::varchar, u.username, -- '0' is who was erased
		floor(extract(epoch FROM a.created_at))::bigint, a.undone_by IS NOT NULL,
		a.undone_by IS NULL AND a.new = coalesce(v_settings -> a.setting, 'null')
			AND a.created_at >= now() AT TIME ZONE 'utc' - p_days * interval '1 day'
	FROM besace_settings_audit a
	LEFT JOIN users u ON u.guild_id = a.guild_id AND u.user_id = a.actor_id
	WHERE a.guild_id = p_guild AND (p_before = 0 OR a.id < p_before)
	ORDER BY a.id DESC LIMIT p_count)
	UNION ALL
	SELECT i.change_id, 0, 'import', 'null', i.import, nullif(i.actor, '0')::varchar,
		i.actor_name, i.at_s, false, false
	FROM besace_imports_told(p_guild) i WHERE p_before = 0 OR i.change_id < p_before
	ORDER BY 1 DESC LIMIT p_count;
END
$$;
