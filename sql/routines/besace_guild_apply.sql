-- What events tell of guilds: whether Besace is there, names, roles, what was deleted.

-- The places (from 1) of the events that belong to a guild which removed Besace: those of
-- P_EVENT_GUILDS, in the order of the log. An event of P_FACTS that says that Besace is there ends
-- the removal for those after it.
CREATE OR REPLACE FUNCTION besace_events_refused(p_event_guilds VARCHAR[], p_facts JSONB)
RETURNS INTEGER[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_removed VARCHAR[];
	v_refused INTEGER[] := '{}';
	v_facts JSONB[]; -- by their places
	v_fact JSONB;
BEGIN
	SELECT array_agg(guild_id) INTO v_removed FROM besace_guilds
		WHERE guild_id = ANY (p_event_guilds) AND removed_at IS NOT NULL;
	-- Nearly always: no guild of the batch is, or is being, removed.
	IF v_removed IS NULL AND NOT p_facts @> '[{"fact": "guild", "present": false}]' THEN
		RETURN v_refused;
	END IF;
	v_removed := coalesce(v_removed, '{}');
	FOR v_fact IN SELECT * FROM jsonb_array_elements(p_facts) LOOP
		v_facts[(v_fact ->> 'place')::integer] := v_fact;
	END LOOP;
	FOR v_i IN 1 .. cardinality(p_event_guilds) LOOP
		IF v_facts[v_i] ->> 'fact' = 'guild' THEN
			v_removed := array_remove(v_removed, p_event_guilds[v_i]);
			IF NOT (v_facts[v_i] ->> 'present')::boolean THEN
				v_removed := v_removed || p_event_guilds[v_i];
			END IF;
		ELSIF p_event_guilds[v_i] = ANY (v_removed) THEN
			v_refused := v_refused || v_i;
		END IF;
	END LOOP;
	RETURN v_refused;
END
$$;

-- Notes that P_GUILDS have removed Besace, as an event of P_AT_MS says. Returns those that had not
-- yet and in which P_SOURCE sees voice.
CREATE OR REPLACE FUNCTION besace_guilds_remove(
	p_guilds VARCHAR[], p_source VARCHAR, p_at_ms BIGINT) RETURNS VARCHAR[]
LANGUAGE plpgsql AS $$
DECLARE
	v_guilds VARCHAR[];
BEGIN
	PERFORM FROM besace_guilds WHERE guild_id = ANY (p_guilds)
		ORDER BY guild_id FOR NO KEY UPDATE;
	WITH removed AS (
		UPDATE besace_guilds SET removed_at = now() AT TIME ZONE 'utc', seen_at_ms = p_at_ms,
			updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = ANY (p_guilds) AND removed_at IS NULL AND seen_at_ms <= p_at_ms
		RETURNING guild_id
	)
	SELECT coalesce(array_agg(r.guild_id ORDER BY r.guild_id), '{}') INTO v_guilds
	FROM removed r JOIN besace_voice_guilds v
		ON v.guild_id = r.guild_id AND v.source = p_source;
	RETURN v_guilds;
END
$$;

-- Whether P_FACT, READY's list of guilds, says that Besace is not in P_GUILD any more: a guild of this
-- shard that is not in the list.
CREATE OR REPLACE FUNCTION besace_guild_is_absent(p_guild VARCHAR, p_fact JSONB) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE AS $$
	SELECT NOT p_fact -> 'ids' @> to_jsonb(p_guild)
		AND div(p_guild::numeric, 4194304) % (p_fact ->> 'shards')::numeric
			= (p_fact ->> 'shard')::numeric
$$;

-- Locks, in the order of their ids, all guilds that P_FACTS change, and creates those that are named:
-- two shims whose batches name the same guilds in different orders would wait for each other.
CREATE OR REPLACE FUNCTION besace_guilds_lock(p_facts JSONB) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_guilds VARCHAR[];
BEGIN
	SELECT array_agg(DISTINCT f ->> 'guild') INTO v_guilds
		FROM jsonb_array_elements(p_facts) AS f WHERE f ->> 'guild' IS NOT NULL;
	INSERT INTO besace_guilds (guild_id)
		SELECT g FROM unnest(v_guilds) AS g ORDER BY g ON CONFLICT DO NOTHING;
	IF p_facts @> '[{"fact": "guilds"}]' THEN
		v_guilds := v_guilds || ARRAY(SELECT g.guild_id
			FROM besace_guilds g, jsonb_array_elements(p_facts) AS f
			WHERE g.removed_at IS NULL AND f ->> 'fact' = 'guilds'
				AND besace_guild_is_absent(g.guild_id, f));
	END IF;
	PERFORM FROM besace_guilds WHERE guild_id = ANY (v_guilds)
		ORDER BY guild_id FOR NO KEY UPDATE;
END
$$;

-- Applies FACT, which an event of P_SOURCE told at P_AT_MS: {place, fact, guild, …} with
--	guild: present, name, locale, community, owner (all but present may be null)
--	guilds: shard, shards, ids: the guilds of READY; absent ones of this shard were removed
--	gone: object, is_role
--	roles: own, roles: [[id, position, permissions, managed], …]
-- The guilds are locked, and there. Older news never replaces newer. Returns an array of what ends
-- voice, as P_VOICE of besace_events_apply: everybody in voice in a guild that removed Besace has
-- left.
CREATE OR REPLACE FUNCTION besace_guild_apply(p_fact JSONB, p_source VARCHAR, p_at_ms BIGINT)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_guild VARCHAR := p_fact ->> 'guild';
	v_left VARCHAR[] := '{}';
BEGIN
	CASE p_fact ->> 'fact'
	WHEN 'guild' THEN
		PERFORM besace_json_keys('json_fact_guild', p_fact, '{place,fact,guild,present}',
			'{name,locale,community,owner}');
		IF (p_fact ->> 'present')::boolean THEN
			UPDATE besace_guilds SET removed_at = NULL, seen_at_ms = p_at_ms,
				name = coalesce(p_fact ->> 'name', name),
				locale = CASE WHEN locale_at_ms > p_at_ms THEN locale
					ELSE coalesce(p_fact ->> 'locale', locale) END,
				community = CASE WHEN locale_at_ms > p_at_ms THEN community
					ELSE coalesce((p_fact ->> 'community')::boolean, community) END,
				locale_at_ms = greatest(locale_at_ms, CASE WHEN coalesce(
					p_fact ->> 'locale', p_fact ->> 'community') IS NOT NULL THEN p_at_ms END),
				owner_id = coalesce(p_fact ->> 'owner', owner_id),
				updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = v_guild AND seen_at_ms <= p_at_ms;
		ELSE
			v_left := besace_guilds_remove(ARRAY[v_guild], p_source, p_at_ms);
		END IF;
	WHEN 'guilds' THEN
		PERFORM besace_json_keys(
			'json_fact_guilds', p_fact, '{place,fact,shard,shards,ids}', '{}');
		SELECT besace_guilds_remove(array_agg(g.guild_id), p_source, p_at_ms) INTO v_left
		FROM besace_guilds g WHERE g.removed_at IS NULL
			AND besace_guild_is_absent(g.guild_id, p_fact);
		v_left := coalesce(v_left, '{}');
	WHEN 'gone' THEN
		PERFORM besace_json_keys(
			'json_fact_gone', p_fact, '{place,fact,guild,object,is_role}', '{}');
		INSERT INTO besace_guild_deletions (guild_id, object_id, is_role)
		VALUES (v_guild, p_fact ->> 'object', (p_fact ->> 'is_role')::boolean)
		ON CONFLICT DO NOTHING;
		DELETE FROM besace_guild_roles
			WHERE guild_id = v_guild AND role_id = p_fact ->> 'object';
		UPDATE besace_rewards SET state = 'gone', code = NULL,
			state_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = v_guild AND role_id = p_fact ->> 'object' AND state <> 'gone';
	WHEN 'roles' THEN
		PERFORM besace_json_keys(
			'json_fact_roles', p_fact, '{place,fact,guild,roles}', '{own}');
		PERFORM besace_guild_roles_keep(v_guild, p_fact ->> 'own', p_fact -> 'roles');
		UPDATE besace_guilds SET roles_told = true WHERE guild_id = v_guild AND NOT roles_told;
	END CASE;
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('place', p_fact -> 'place',
			'guild', g.guild_id, 'whole', true, 'states', '[]'::jsonb)), '[]')
		FROM unnest(v_left) AS g (guild_id));
END
$$;
