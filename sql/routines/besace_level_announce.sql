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

-- Queues the announcement of FACT, as besace_level_reward returns it. The first one of a member
-- leaves at once; what is crossed within the minute after it is gathered in one message that leaves
-- when that minute is over. The caller has locked the member. A message that was taken to be sent is
-- never changed: besace_outbox_take marks it under its row's lock.
CREATE OR REPLACE FUNCTION besace_level_announce(p_guild VARCHAR, p_user VARCHAR, p_fact JSONB)
RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_channel VARCHAR := besace_announce_channel(p_guild);
	v_now TIMESTAMP := clock_timestamp() AT TIME ZONE 'utc';
	v_first TIMESTAMP;
BEGIN
	IF v_channel IS NULL THEN
		RETURN;
	END IF;
	SELECT max(created_at) INTO v_first FROM besace_outbox
	WHERE guild_id = p_guild AND user_id = p_user AND send_at <= created_at
		AND created_at > v_now - interval '60 seconds';
	UPDATE besace_outbox o SET body = o.body || jsonb_build_object('level', p_fact -> 'level',
		'lc', (o.body ->> 'lc')::bigint + (p_fact ->> 'lc')::bigint,
		'items', (SELECT coalesce(jsonb_object_agg(item, quantity), '{}') FROM (
			SELECT i.key AS item, least(sum(i.value::bigint), 2147483647) AS quantity FROM (
				SELECT * FROM jsonb_each_text(o.body -> 'items')
				UNION ALL SELECT * FROM jsonb_each_text(p_fact -> 'items')) i
			GROUP BY i.key) added))
	WHERE o.guild_id = p_guild AND o.user_id = p_user AND o.outcome IS NULL AND NOT o.taken
		AND o.channel_id = v_channel AND (o.send_at > o.created_at OR v_first IS NULL)
		AND o.id = (SELECT max(n.id) FROM besace_outbox n
			WHERE n.guild_id = p_guild AND n.user_id = p_user);
	IF FOUND THEN
		RETURN;
	END IF;
	INSERT INTO besace_outbox_channels (guild_id, channel_id)
	SELECT p_guild, v_channel WHERE NOT EXISTS (SELECT FROM besace_outbox_channels c
		WHERE c.guild_id = p_guild AND c.channel_id = v_channel)
	ON CONFLICT DO NOTHING;
	INSERT INTO besace_outbox (guild_id, channel_id, user_id, body, created_at, send_at)
	VALUES (p_guild, v_channel, p_user,
		jsonb_build_object('kind', 'level_up', 'locale', besace_guild_language(p_guild))
			|| (p_fact - 'user'),
		v_now, coalesce(v_first + interval '60 seconds', v_now));
END
$$;
