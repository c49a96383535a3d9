-- Changing settings. Keys and values are those of besace_settings_audit; the program has checked
-- that each value is within its range. Whatever refuses a change refuses the whole of it.

-- Everything in P_GUILD that is not the default: an object of keys and values.
CREATE OR REPLACE FUNCTION besace_settings_changed(p_guild VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT jsonb_strip_nulls(to_jsonb(s) - besace_settings_own_columns())
			FROM besace_settings s WHERE s.guild_id = p_guild), '{}')
		|| coalesce((SELECT jsonb_object_agg(g.game_type || '.' || v.key, v.value)
			FROM besace_game_settings g,
				jsonb_each(to_jsonb(g) - '{guild_id,game_type}'::text[]) AS v
			WHERE g.guild_id = p_guild AND v.value <> 'null'), '{}')
		|| coalesce((SELECT jsonb_object_agg(
				'zone.' || CASE WHEN z.is_role THEN '@' ELSE '' END || z.object_id,
				jsonb_strip_nulls(jsonb_build_object('effect', z.effect,
					'factor_percent', z.factor_percent)))
			FROM besace_zones z WHERE z.guild_id = p_guild), '{}')
		|| coalesce((SELECT jsonb_object_agg('reward.' || r.role_id,
				jsonb_build_object('level', r.level, 'mode', r.mode))
			FROM besace_rewards r WHERE r.guild_id = p_guild), '{}');
END
$$;

-- The columns of besace_settings that are no settings.
CREATE OR REPLACE FUNCTION besace_settings_own_columns() RETURNS TEXT[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT '{guild_id,version,wording,has_places,only_places,has_roles,only_roles,place_ids,place_percents,
		none_role_ids,only_role_ids,factor_role_ids,factor_percents}'::text[]
$$;

-- Refuses what is being done, with REFUSAL and what it is about; besace_settings_apply takes it back.
CREATE OR REPLACE FUNCTION besace_settings_refuse(p_refusal VARCHAR, p_key VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', p_refusal USING ERRCODE = 'BE002', DETAIL = coalesce(p_key, '');
END
$$;

-- Writes the columns of besace_settings that stand in P_VALUES.
CREATE OR REPLACE FUNCTION besace_settings_write_columns(p_guild VARCHAR, p_values JSONB)
RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	s besace_settings;
BEGIN
	IF p_values ?| besace_settings_own_columns() THEN
		RAISE EXCEPTION 'not a setting: %', p_values USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF p_values ->> 'time_zone' IS NOT NULL AND NOT EXISTS (
			SELECT FROM pg_timezone_names WHERE name = p_values ->> 'time_zone') THEN
		PERFORM besace_settings_refuse('no_zone', 'time_zone');
	END IF;
	SELECT * INTO s FROM besace_settings WHERE guild_id = p_guild;
	s := jsonb_populate_record(s, p_values);
	IF coalesce(s.message_min, 1) > coalesce(s.message_max, 3) THEN
		PERFORM besace_settings_refuse('min_above_max', 'message_max');
	ELSIF s.announce_place = 'channel' AND s.announce_channel_id IS NULL THEN
		PERFORM besace_settings_refuse('channel_missing', 'announce_channel_id');
	ELSIF p_guild = ANY (s.access_roles) THEN
		PERFORM besace_settings_refuse('everyone', 'access_roles');
	END IF;
	EXECUTE (SELECT 'UPDATE besace_settings s SET '
			|| string_agg(format('%1$I = n.%1$I', k), ', ')
			|| ' FROM jsonb_populate_record(NULL::besace_settings, $2) n'
			|| ' WHERE s.guild_id = $1' FROM jsonb_object_keys(p_values) AS k)
		USING p_guild, p_values;
	IF p_values ? 'page_name' THEN
		DELETE FROM besace_pages WHERE guild_id = p_guild AND is_name;
		INSERT INTO besace_pages (page_token, guild_id, is_name)
			SELECT s.page_name, p_guild, true WHERE s.page_name IS NOT NULL
			ON CONFLICT (page_token) DO NOTHING;
		IF NOT FOUND AND s.page_name IS NOT NULL THEN
			PERFORM besace_settings_refuse('name_taken', 'page_name');
		END IF;
	END IF;
END
$$;

-- Writes the settings of one game.
CREATE OR REPLACE FUNCTION besace_settings_write_game(
	p_guild VARCHAR, p_game_type VARCHAR, p_values JSONB) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	g besace_game_settings;
	v_bounds INTEGER[] := besace_game_bounds(p_game_type);
BEGIN
	IF p_values ?| '{guild_id,game_type}' THEN
		RAISE EXCEPTION 'not a setting: %', p_values USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO besace_game_settings (guild_id, game_type) VALUES (p_guild, p_game_type)
		ON CONFLICT DO NOTHING;
	SELECT * INTO g FROM besace_game_settings
		WHERE guild_id = p_guild AND game_type = p_game_type;
	g := jsonb_populate_record(g, p_values);
	IF coalesce(g.stake_min, v_bounds[1]) > coalesce(g.stake_max, v_bounds[2]) THEN
		PERFORM besace_settings_refuse('min_above_max', p_game_type || '.stake_max');
	END IF;
	EXECUTE (SELECT 'UPDATE besace_game_settings g SET '
			|| string_agg(format('%1$I = n.%1$I', k), ', ')
			|| ' FROM jsonb_populate_record(NULL::besace_game_settings, $3) n'
			|| ' WHERE g.guild_id = $1 AND g.game_type = $2'
			FROM jsonb_object_keys(p_values) AS k)
		USING p_guild, p_game_type, p_values;
	DELETE FROM besace_game_settings WHERE guild_id = p_guild AND game_type = p_game_type
		AND enabled IS NULL AND stake_min IS NULL AND stake_max IS NULL AND pause_s IS NULL
		AND channels IS NULL;
END
$$;

-- Writes the zone P_OBJECT ('@' in front of a role); JSON null removes it.
CREATE OR REPLACE FUNCTION besace_settings_write_zone(
	p_guild VARCHAR, p_object VARCHAR, p_value JSONB) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_is_role BOOLEAN := p_object LIKE '@%';
	v_object VARCHAR := ltrim(p_object, '@');
	v_slot INTEGER;
BEGIN
	IF p_value = 'null' THEN
		DELETE FROM besace_zones WHERE guild_id = p_guild AND object_id = v_object;
		RETURN;
	END IF;
	PERFORM besace_json_keys('json_zone', p_value, '{effect}', '{factor_percent}');
	IF v_is_role AND v_object = p_guild THEN
		PERFORM besace_settings_refuse('everyone', 'zone.' || p_object);
	END IF;
	UPDATE besace_zones SET effect = p_value ->> 'effect',
			factor_percent = (p_value ->> 'factor_percent')::integer
		WHERE guild_id = p_guild AND object_id = v_object AND is_role = v_is_role;
	IF FOUND THEN
		RETURN;
	END IF;
	SELECT min(f.slot) INTO v_slot FROM generate_series(1, 50) AS f (slot)
	WHERE NOT EXISTS (SELECT FROM besace_zones z
		WHERE z.guild_id = p_guild AND z.is_role = v_is_role AND z.slot = f.slot);
	IF v_slot IS NULL THEN
		PERFORM besace_settings_refuse('zones_full', 'zone.' || p_object);
	END IF;
	INSERT INTO besace_zones (guild_id, object_id, is_role, effect, factor_percent, slot)
	VALUES (p_guild, v_object, v_is_role, p_value ->> 'effect',
		(p_value ->> 'factor_percent')::integer, v_slot);
END
$$;

-- Keeps in the settings of P_GUILD what its zones are.
CREATE OR REPLACE FUNCTION besace_zones_keep(p_guild VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE besace_settings SET (has_places, only_places, has_roles, only_roles, place_ids,
			place_percents, none_role_ids, only_role_ids, factor_role_ids, factor_percents) = (
		SELECT coalesce(bool_or(NOT is_role), false),
			coalesce(bool_or(NOT is_role AND effect = 'only'), false),
			coalesce(bool_or(is_role), false),
			coalesce(bool_or(is_role AND effect = 'only'), false),
			array_agg(object_id ORDER BY object_id) FILTER (WHERE NOT is_role),
			array_agg(CASE effect WHEN 'none' THEN 0 WHEN 'only' THEN 100
				ELSE factor_percent END ORDER BY object_id) FILTER (WHERE NOT is_role),
			array_agg(object_id) FILTER (WHERE is_role AND effect = 'none'),
			array_agg(object_id) FILTER (WHERE is_role AND effect = 'only'),
			array_agg(object_id ORDER BY factor_percent DESC, object_id)
				FILTER (WHERE is_role AND effect = 'factor'),
			array_agg(factor_percent ORDER BY factor_percent DESC, object_id)
				FILTER (WHERE is_role AND effect = 'factor')
		FROM besace_zones WHERE guild_id = p_guild)
	WHERE guild_id = p_guild;
END
$$;

-- Writes the reward P_ROLE; JSON null removes it. A reward that is changed is tried again, however
-- it stood with Discord. P_ROLES are the roles of the actor, separated by commas; of the
-- guild's owner, who may choose any, none.
CREATE OR REPLACE FUNCTION besace_settings_write_reward(
	p_guild VARCHAR, p_role VARCHAR, p_value JSONB, p_actor VARCHAR, p_roles TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_level INTEGER := (p_value ->> 'level')::integer;
	v_slot INTEGER;
	v_level_slot INTEGER;
	v_setter VARCHAR;
	v_added_at TIMESTAMP := now() AT TIME ZONE 'utc';
BEGIN
	DELETE FROM besace_rewards WHERE guild_id = p_guild AND role_id = p_role
		RETURNING CASE WHEN level = v_level THEN added_at ELSE v_added_at END INTO v_added_at;
	IF p_value = 'null' THEN
		RETURN;
	END IF;
	PERFORM besace_json_keys('json_role_reward', p_value, '{level,mode}', '{}');
	IF p_role = p_guild THEN
		PERFORM besace_settings_refuse('everyone', 'reward.' || p_role);
	END IF;
	SELECT min(f.slot) INTO v_slot FROM generate_series(1, 100) AS f (slot)
	WHERE NOT EXISTS (SELECT FROM besace_rewards r
		WHERE r.guild_id = p_guild AND r.slot = f.slot);
	SELECT min(f.slot) INTO v_level_slot FROM generate_series(1, 5) AS f (slot)
	WHERE NOT EXISTS (SELECT FROM besace_rewards r
		WHERE r.guild_id = p_guild AND r.level = v_level AND r.level_slot = f.slot);
	IF v_slot IS NULL OR v_level_slot IS NULL THEN
		PERFORM besace_settings_refuse(CASE WHEN v_slot IS NULL THEN 'rewards_full'
			ELSE 'level_full' END, 'reward.' || p_role);
	END IF;
	SELECT r.role_id INTO v_setter FROM besace_guild_roles r
	WHERE r.guild_id = p_guild AND r.role_id = ANY (string_to_array(p_roles, ','))
	ORDER BY r.position DESC, r.role_id::numeric LIMIT 1;
	INSERT INTO besace_rewards
		(guild_id, role_id, level, mode, added_by, setter_role_id, added_at, slot, level_slot)
	VALUES (p_guild, p_role, v_level, p_value ->> 'mode', p_actor, v_setter,
		coalesce(v_added_at, now() AT TIME ZONE 'utc'), v_slot, v_level_slot);
END
$$;

-- Writes P_VALUES, keys and new values, of which each differs from what is set. First what is
-- removed, so that a list that is full has room for what takes its place.
CREATE OR REPLACE FUNCTION besace_settings_write(p_guild VARCHAR, p_actor VARCHAR, p_values JSONB,
	p_roles TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v RECORD;
BEGIN
	FOR v IN
		SELECT g.area, jsonb_object_agg(g.name, g.value) AS values FROM (
			SELECT CASE WHEN key LIKE '%.%' THEN split_part(key, '.', 1) ELSE '' END AS area,
				CASE WHEN key LIKE '%.%' THEN split_part(key, '.', 2) ELSE key END AS name,
				value
			FROM jsonb_each(p_values)) g
		GROUP BY g.area ORDER BY g.area
	LOOP
		IF v.area = '' THEN
			PERFORM besace_settings_write_columns(p_guild, v.values);
		ELSIF v.area = 'zone' THEN
			PERFORM besace_settings_write_zone(p_guild, z.key, z.value)
			FROM (SELECT * FROM jsonb_each(v.values) ORDER BY value <> 'null', key) z;
			PERFORM besace_zones_keep(p_guild);
		ELSIF v.area = 'reward' THEN
			PERFORM besace_settings_write_reward(p_guild, r.key, r.value, p_actor, p_roles)
			FROM (SELECT * FROM jsonb_each(v.values) ORDER BY value <> 'null', key) r;
		ELSE
			PERFORM besace_settings_write_game(p_guild, v.area::varchar, v.values);
		END IF;
	END LOOP;
END
$$;

-- Locks the settings of P_GUILD, so that its changes happen one after the other, and returns what is
-- not the default.
CREATE OR REPLACE FUNCTION besace_settings_lock(p_guild VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
BEGIN
	LOOP
		PERFORM FROM besace_settings WHERE guild_id = p_guild FOR UPDATE;
		EXIT WHEN FOUND;
		INSERT INTO besace_settings (guild_id) VALUES (p_guild) ON CONFLICT DO NOTHING;
	END LOOP;
	RETURN besace_settings_changed(p_guild);
END
$$;

-- The outcome "changed": P_ID of the audit was somebody's change.
CREATE OR REPLACE FUNCTION besace_settings_changed_by(p_guild VARCHAR, p_id BIGINT) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('done', false, 'refusal', 'changed', 'key', a.setting,
			'actor', nullif(a.actor_id, '0'), 'actor_name', u.username,
			'at', floor(extract(epoch FROM a.created_at))::bigint)
		FROM besace_settings_audit a
		LEFT JOIN users u ON u.guild_id = a.guild_id AND u.user_id = a.actor_id
		WHERE a.guild_id = p_guild AND a.id = p_id);
END
$$;

-- Applies P_CHANGES, keys and new values, for P_ACTOR (NULL: the operator), who has P_ROLES (NULL: not
-- known); P_VERSION is that of the form, negative for none. What is set is locked and is P_BEFORE.
--
-- Outcome: {"done": true, "version", "changes": [{"audit", "group", "key", "old", "new"}, …]} or
-- {"done": false, "refusal", …} with "key", and for "changed" also "actor", "actor_name", "at".
CREATE OR REPLACE FUNCTION besace_settings_apply(p_guild VARCHAR, p_actor VARCHAR,
	p_version BIGINT, p_changes JSONB, p_before JSONB, p_roles TEXT DEFAULT NULL) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_other BIGINT;
	v_values JSONB;
	v_key VARCHAR;
	v_count INTEGER;
	v_changes JSONB;
	v_version BIGINT;
BEGIN
	SELECT max(a.id) INTO v_other FROM besace_settings_audit a
	WHERE p_version >= 0 AND a.guild_id = p_guild AND a.id > p_version
		AND a.setting IN (SELECT jsonb_object_keys(p_changes))
		AND a.actor_id IS DISTINCT FROM p_actor;
	IF v_other IS NOT NULL THEN
		RETURN besace_settings_changed_by(p_guild, v_other);
	END IF;
	SELECT jsonb_object_agg(key, value) INTO v_values FROM jsonb_each(p_changes)
	WHERE value <> coalesce(p_before -> key, 'null');
	IF v_values IS NOT NULL THEN
		PERFORM besace_settings_write(p_guild, p_actor, v_values, p_roles);
		SELECT count(*) INTO v_count FROM jsonb_object_keys(v_values);
		v_version := (besace_journal_next(p_guild, 0, v_count)).change;
		WITH written AS (
			INSERT INTO besace_settings_audit
				(guild_id, id, change_id, actor_id, setting, old, new)
			SELECT p_guild, v_version - v_count + row_number() OVER (ORDER BY key),
				v_version - v_count + 1, p_actor, key, coalesce(p_before -> key, 'null'), value
			FROM jsonb_each(v_values)
			RETURNING id, change_id, setting, old, new
		)
		SELECT jsonb_agg(jsonb_build_object('audit', id, 'group', change_id,
			'key', setting, 'old', old, 'new', new) ORDER BY id)
		INTO v_changes FROM written;
		UPDATE besace_settings SET version = v_version WHERE guild_id = p_guild;
	END IF;
	RETURN jsonb_build_object('done', true, 'changes', coalesce(v_changes, '[]'), 'version',
		(SELECT version FROM besace_settings WHERE guild_id = p_guild));
EXCEPTION WHEN SQLSTATE 'BE002' THEN
	GET STACKED DIAGNOSTICS v_key = PG_EXCEPTION_DETAIL;
	RETURN jsonb_build_object('done', false, 'refusal', SQLERRM, 'key', v_key);
END
$$;

-- A row that holds nothing after a refusal is none.
CREATE OR REPLACE FUNCTION besace_settings_end(p_guild VARCHAR, p_user VARCHAR,
	p_interaction VARCHAR, p_outcome JSONB) RETURNS JSONB
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM besace_settings WHERE guild_id = p_guild AND version = 0;
	RETURN besace_end(p_guild, p_user, p_interaction, 'settings', p_outcome);
END
$$;

CREATE OR REPLACE FUNCTION besace_settings_set(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_version BIGINT, p_changes JSONB,
	p_roles TEXT DEFAULT NULL) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'settings');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	RETURN besace_settings_end(p_guild, p_user, p_interaction, besace_settings_apply(p_guild,
		p_user, p_version, p_changes, besace_settings_lock(p_guild), p_roles));
END
$$;

-- Everything whose key is like one of P_PATTERNS back to its default. A change of theirs that was
-- not there when the question was asked refuses it as well.
CREATE OR REPLACE FUNCTION besace_settings_reset(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_version BIGINT,
	p_patterns VARCHAR[]) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_before JSONB;
	v_other BIGINT;
	v_outcome JSONB;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'settings');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	v_before := besace_settings_lock(p_guild);
	SELECT max(a.id) INTO v_other FROM besace_settings_audit a
	WHERE p_version >= 0 AND a.guild_id = p_guild AND a.id > p_version
		AND a.setting LIKE ANY (p_patterns) AND a.actor_id IS DISTINCT FROM p_user;
	v_outcome := CASE WHEN v_other IS NOT NULL THEN besace_settings_changed_by(p_guild, v_other)
		ELSE besace_settings_apply(p_guild, p_user, -1, (
			SELECT coalesce(jsonb_object_agg(key, NULL), '{}')
			FROM jsonb_object_keys(v_before) AS key
			WHERE key LIKE ANY (p_patterns)), v_before) END;
	RETURN besace_settings_end(p_guild, p_user, p_interaction, v_outcome);
END
$$;

-- Takes back the change P_AUDIT, with all that was changed together with it, if it is at most P_DAYS
-- days old and nothing of it was changed again since. Refusals beside those of besace_settings_set:
-- no_change, too_old, undone.
CREATE OR REPLACE FUNCTION besace_settings_undo(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_audit BIGINT, p_days INTEGER,
	p_roles TEXT DEFAULT NULL) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_before JSONB;
	v_change RECORD;
	v_outcome JSONB;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'settings');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	v_before := besace_settings_lock(p_guild);
	SELECT min(a.change_id) AS id, bool_or(a.undone_by IS NOT NULL) AS undone,
		bool_or(a.created_at < clock_timestamp() AT TIME ZONE 'utc'
			- p_days * interval '1 day') AS too_old,
		jsonb_object_agg(a.setting, a.old) AS old,
		min(a.setting) FILTER (WHERE a.new <> coalesce(v_before -> a.setting, 'null'))
			AS setting
	INTO v_change FROM besace_settings_audit a
	WHERE a.guild_id = p_guild AND a.change_id = (SELECT change_id FROM besace_settings_audit
		WHERE guild_id = p_guild AND id = p_audit)
	HAVING count(*) > 0;
	v_outcome := CASE
		WHEN v_change.id IS NULL THEN '{"done": false, "refusal": "no_change"}'
		WHEN v_change.undone THEN '{"done": false, "refusal": "undone"}'
		WHEN v_change.too_old THEN '{"done": false, "refusal": "too_old"}'
		WHEN v_change.setting IS NOT NULL THEN besace_settings_changed_by(p_guild, (
			SELECT max(id) FROM besace_settings_audit
			WHERE guild_id = p_guild AND setting = v_change.setting))
		ELSE besace_settings_apply(p_guild, p_user, -1, v_change.old, v_before, p_roles) END;
	IF (v_outcome ->> 'done')::boolean THEN
		UPDATE besace_settings_audit a SET undone_by = u.audit
		FROM jsonb_to_recordset(v_outcome -> 'changes') AS u (audit BIGINT, key VARCHAR)
		WHERE a.guild_id = p_guild AND a.change_id = v_change.id AND a.setting = u.key;
	END IF;
	RETURN besace_settings_end(p_guild, p_user, p_interaction, v_outcome);
END
$$;

-- Makes P_STATE, keys and values, all that is not the default, for the operator.
CREATE OR REPLACE FUNCTION besace_settings_replace(p_guild VARCHAR, p_state JSONB) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_before JSONB := besace_settings_lock(p_guild);
	v_outcome JSONB;
BEGIN
	v_outcome := besace_settings_apply(p_guild, NULL, -1, (
		SELECT coalesce(jsonb_object_agg(key, NULL), '{}')
		FROM jsonb_object_keys(v_before) AS key) || p_state, v_before);
	DELETE FROM besace_settings WHERE guild_id = p_guild AND version = 0;
	RETURN v_outcome;
END
$$;
