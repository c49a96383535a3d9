-- Announcements of level-ups: where, in which language, and bursts put together.

-- The channel in which level-ups of a guild are announced; NULL: nowhere. The operator's default
-- counts in the guild that Discord names for it; until that is known, in the only guild there is.
CREATE OR REPLACE FUNCTION besace_announce_channel(p_guild VARCHAR) RETURNS VARCHAR
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT channel_id FROM besace_announce_default d
		WHERE d.guild_id = p_guild OR d.guild_id IS NULL
			AND NOT EXISTS (SELECT FROM users u WHERE u.guild_id < p_guild)
			AND NOT EXISTS (SELECT FROM users u WHERE u.guild_id > p_guild));
END
$$;

-- Keeps the operator's default channel P_CHANNEL (NULL: none) and its guild P_GUILD (NULL: not
-- known; what is known of the same channel stays). Returns whether the guild is still unknown.
CREATE OR REPLACE FUNCTION besace_announce_default_keep(p_channel VARCHAR, p_guild VARCHAR)
RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_guild VARCHAR;
BEGIN
	IF p_channel IS NULL THEN
		DELETE FROM besace_announce_default;
		RETURN false;
	END IF;
	INSERT INTO besace_announce_default AS d (channel_id, guild_id)
	VALUES (p_channel, p_guild)
	ON CONFLICT (is_only) DO UPDATE SET channel_id = excluded.channel_id,
		guild_id = CASE WHEN d.channel_id = excluded.channel_id
			THEN coalesce(excluded.guild_id, d.guild_id) ELSE excluded.guild_id END
	RETURNING guild_id INTO v_guild;
	RETURN v_guild IS NULL;
END
$$;

-- Where the guild with the settings S announces what happened to a member in P_PLACE; NULL: nowhere.
CREATE OR REPLACE FUNCTION besace_announce_place(p_guild VARCHAR, s besace_settings, p_place VARCHAR)
RETURNS VARCHAR
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE s.announce_place WHEN 'none' THEN NULL
		WHEN 'here' THEN p_place
		WHEN 'channel' THEN s.announce_channel_id
		ELSE besace_announce_channel(p_guild) END;
END
$$;

-- Whether one of the levels above P_WAS up to P_LEVEL is one that the guild announces: from a level
-- on, one in so many, with a role that is given. All of it must hold of the same level.
CREATE OR REPLACE FUNCTION besace_announce_wanted(
	p_guild VARCHAR, s besace_settings, p_was INTEGER, p_level INTEGER) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_from INTEGER := greatest(coalesce(s.announce_from_level, 1), p_was + 1);
	v_every INTEGER := coalesce(s.announce_every, 1);
BEGIN
	IF s.announce_role_only THEN
		RETURN EXISTS (SELECT FROM besace_rewards WHERE guild_id = p_guild AND state = 'active'
			AND level BETWEEN v_from AND p_level AND level % v_every = 0);
	END IF;
	RETURN p_level - p_level % v_every >= v_from;
END
$$;

-- What is added to the announcement P_BODY when it is sent for the first time, so that it says the
-- same whenever it is written again: the theme of its picture, and how many members are on a higher
-- level, if it is one of our own that reached a multiple of five and that is a feat, else -1. A feat
-- is to have no more than 20 above, and no more than a tenth of at least ten members. Nothing is told
-- of others where members see themselves alone.
CREATE OR REPLACE FUNCTION besace_level_facts(p_guild VARCHAR, p_body JSONB) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	s RECORD;
	v_level BIGINT;
	v_above BIGINT := -1;
	v_members BIGINT;
BEGIN
	IF p_body ->> 'kind' IS DISTINCT FROM 'level_up' THEN
		RETURN '{}';
	END IF;
	SELECT theme, show_others INTO s FROM besace_settings WHERE guild_id = p_guild;
	v_level := (p_body ->> 'level')::bigint;
	IF p_body ->> 'template' IS NULL AND s.show_others IS NOT FALSE
		AND v_level / 5 > (p_body ->> 'old')::bigint / 5 THEN
		v_above := besace_rank(p_guild, 'xp',
			least(50 * v_level * (v_level + 1) - 1, 2147483647)::integer) - 1;
		v_members := besace_members_count(p_guild);
		IF v_members < 10 OR v_above > least(20, v_members / 10) THEN
			v_above := -1;
		END IF;
	END IF;
	RETURN jsonb_build_object('theme', coalesce(s.theme, 'cognac'), 'above', v_above);
END
$$;

-- Queues the announcement of FACT, as besace_level_reward returns it, that happened in P_PLACE
-- (NULL: where the member earned last). The first one of a member leaves at once; what is crossed
-- within the minute after it is gathered in one message that leaves when that minute is over. The
-- caller has locked the member. A message that was taken to be sent is never changed:
-- besace_outbox_take marks it under its row's lock.
CREATE OR REPLACE FUNCTION besace_level_announce(
	p_guild VARCHAR, p_user VARCHAR, p_fact JSONB, p_place VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	s besace_settings;
	v_was INTEGER := (p_fact ->> 'old')::integer;
	v_level INTEGER := (p_fact ->> 'level')::integer;
	v_place VARCHAR;
	v_none BOOLEAN;
	v_channel VARCHAR;
	v_roles JSONB;
	v_now TIMESTAMP := clock_timestamp() AT TIME ZONE 'utc';
	v_first TIMESTAMP;
BEGIN
	SELECT * INTO s FROM besace_settings WHERE guild_id = p_guild;
	IF s.levels IS FALSE OR NOT besace_announce_wanted(p_guild, s, v_was, v_level) THEN
		RETURN;
	END IF;
	SELECT coalesce(p_place, place_id), announce_none INTO v_place, v_none FROM users
		WHERE guild_id = p_guild AND user_id = p_user;
	v_channel := besace_announce_place(p_guild, s, v_place);
	IF v_channel IS NULL OR v_none THEN
		RETURN;
	END IF;
	SELECT coalesce(jsonb_agg(role_id ORDER BY level, role_id), '[]') INTO v_roles
	FROM besace_rewards WHERE guild_id = p_guild AND state = 'active'
		AND level > v_was AND level <= v_level;
	SELECT max(created_at) INTO v_first FROM besace_outbox
	WHERE guild_id = p_guild AND user_id = p_user AND send_at <= created_at
		AND created_at > v_now - interval '60 seconds';
	UPDATE besace_outbox o SET body = o.body || jsonb_build_object('level', p_fact -> 'level',
		'roles', (o.body -> 'roles') || v_roles,
		'lc', (o.body ->> 'lc')::bigint + (p_fact ->> 'lc')::bigint,
		'items', (SELECT coalesce(jsonb_object_agg(item, quantity), '{}') FROM (
			SELECT i.key AS item, least(sum(i.value::bigint), 2147483647) AS quantity FROM (
				SELECT * FROM jsonb_each_text(o.body -> 'items')
				UNION ALL SELECT * FROM jsonb_each_text(p_fact -> 'items')) i
			GROUP BY i.key) added))
	WHERE o.guild_id = p_guild AND o.user_id = p_user AND o.outcome IS NULL AND NOT o.taken
		AND o.channel_id = v_channel AND (o.send_at > o.created_at OR v_first IS NULL)
		AND o.id = (SELECT n.id FROM besace_outbox n
			WHERE n.guild_id = p_guild AND n.user_id = p_user
			ORDER BY n.created_at DESC, n.id DESC LIMIT 1);
	IF FOUND THEN
		RETURN;
	END IF;
	INSERT INTO besace_outbox_channels (guild_id, channel_id)
	SELECT p_guild, v_channel WHERE NOT EXISTS (SELECT FROM besace_outbox_channels c
		WHERE c.guild_id = p_guild AND c.channel_id = v_channel)
	ON CONFLICT DO NOTHING;
	INSERT INTO besace_outbox (guild_id, channel_id, user_id, body, created_at, send_at)
	VALUES (p_guild, v_channel, p_user,
		jsonb_build_object('kind', 'level_up', 'locale', besace_guild_language(p_guild),
			'template', s.announce_text, 'roles', v_roles,
			'place', coalesce(v_place, v_channel)) || (p_fact - 'user'),
		v_now, coalesce(v_first + interval '60 seconds', v_now));
END
$$;
