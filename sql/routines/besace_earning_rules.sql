-- What messages and reactions earn, by guild, for a batch of events.

-- The rules of P_GUILDS as arrays that stand for each other: first the defaults, then those guilds
-- that have settings. DAY is the guild's day at P_AT_MS, and MIDNIGHT_MS when it began.
CREATE OR REPLACE FUNCTION besace_earning_rules(p_guilds VARCHAR[], p_at_ms BIGINT,
	OUT guilds VARCHAR[], OUT why INTEGER[], OUT message_min INTEGER[],
	OUT message_count INTEGER[], OUT cooldown_ms INTEGER[], OUT reaction_xp INTEGER[],
	OUT reaction_xp_max INTEGER[], OUT rate_percent INTEGER[], OUT rate_until_ms BIGINT[],
	OUT day_xp_max INTEGER[], OUT has_places BOOLEAN[], OUT only_places BOOLEAN[],
	OUT has_roles BOOLEAN[], OUT only_roles BOOLEAN[], OUT day DATE[], OUT midnight_ms BIGINT[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_none besace_settings := besace_settings_filled('', NULL);
	v_at TIMESTAMPTZ := to_timestamp(p_at_ms / 1000);
BEGIN
	-- WHY a message is not paid, whoever writes it and wherever, as besace_events_earn numbers the
	-- reasons; 0: it may be. Defaults are filled in column by column: filling in whole rows takes
	-- longer than all the rest.
	WITH s AS MATERIALIZED (
		SELECT c.guild_id, CASE WHEN NOT coalesce(c.levels, v_none.levels) THEN 1
				WHEN NOT coalesce(c.message, v_none.message) THEN 2 ELSE 0 END AS reason,
			coalesce(c.message_min, v_none.message_min) AS min,
			coalesce(c.message_max, v_none.message_max) AS max,
			coalesce(c.message_cooldown_s, v_none.message_cooldown_s) * 1000 AS cooldown,
			CASE WHEN coalesce(c.levels, v_none.levels) AND coalesce(c.reaction, v_none.reaction)
				THEN coalesce(c.reaction_xp, v_none.reaction_xp) ELSE 0 END AS reaction,
			coalesce(c.reaction_xp_max, v_none.reaction_xp_max) AS reaction_max,
			coalesce(c.rate_percent, v_none.rate_percent) AS rate,
			coalesce(c.rate_until_ms, 9223372036854775807) AS until_ms,
			coalesce(c.day_xp_max, 2147483647) AS day_max,
			c.has_places IS TRUE AS places, c.only_places IS TRUE AS places_only,
			c.has_roles IS TRUE AS roles, c.only_roles IS TRUE AS roles_only,
			coalesce(c.time_zone, v_none.time_zone) AS time_zone
		FROM (SELECT (v_none).*
			UNION ALL SELECT * FROM besace_settings WHERE guild_id = ANY (p_guilds)) c
	)
	SELECT array_agg(guild_id), array_agg(reason), array_agg(min), array_agg(max - min + 1),
		array_agg(cooldown), array_agg(reaction), array_agg(reaction_max), array_agg(rate),
		array_agg(until_ms), array_agg(day_max), array_agg(places), array_agg(places_only),
		array_agg(roles), array_agg(roles_only), array_agg(today), array_agg(began_ms)
	INTO guilds, why, message_min, message_count, cooldown_ms, reaction_xp, reaction_xp_max,
		rate_percent, rate_until_ms, day_xp_max, has_places, only_places, has_roles,
		only_roles, day, midnight_ms
	-- In their order, once for all of the arrays.
	FROM (SELECT s.*, d.today, besace_midnight_ms(d.time_zone, d.today) AS began_ms
		FROM (SELECT DISTINCT time_zone, besace_day(time_zone, v_at) AS today FROM s) d
		JOIN s ON s.time_zone = d.time_zone
		ORDER BY s.guild_id) rules;
END
$$;

-- Which of RULES is that of each of P_GUILDS.
CREATE OR REPLACE FUNCTION besace_earning_sets(p_rules VARCHAR[], p_guilds VARCHAR[])
RETURNS INTEGER[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF cardinality(p_rules) = 1 THEN
		RETURN array_fill(1, ARRAY[cardinality(p_guilds)]);
	END IF;
	RETURN (SELECT array_agg(coalesce(r.place, 1)::integer ORDER BY g.place)
		FROM unnest(p_guilds) WITH ORDINALITY AS g (guild_id, place)
		LEFT JOIN unnest(p_rules) WITH ORDINALITY AS r (guild_id, place)
			ON r.guild_id = g.guild_id AND r.guild_id <> '');
END
$$;

-- Whether besace_channels_keep would write nothing of this channel. It plans its lists anew each time, and
-- nearly always nothing is new.
CREATE OR REPLACE FUNCTION besace_channel_is_kept(p_guild VARCHAR, p_channel VARCHAR, p_parent VARCHAR,
	p_category VARCHAR) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM besace_channels WHERE guild_id = p_guild AND channel_id = p_channel
			AND (p_parent IS NULL OR parent_id IS NOT DISTINCT FROM nullif(p_parent, ''))
			AND (p_category IS NULL OR category_id IS NOT DISTINCT FROM nullif(p_category, '')))
		AND (p_category IS NULL OR coalesce(p_parent, '') = '' OR EXISTS (
			SELECT FROM besace_channels WHERE guild_id = p_guild AND channel_id = p_parent
				AND category_id IS NOT DISTINCT FROM nullif(p_category, '')));
END
$$;

-- Keeps what events tell of where channels stand: a thread's parent, and the category of that or of
-- the channel. NULL tells nothing, '' that there is none.
CREATE OR REPLACE FUNCTION besace_channels_keep(p_guilds VARCHAR[], p_channels VARCHAR[],
	p_parents VARCHAR[], p_categories VARCHAR[]) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	IF cardinality(array_remove(p_parents, NULL)) + cardinality(array_remove(p_categories, NULL)) = 0
	THEN
		RETURN;
	END IF;
	INSERT INTO besace_channels AS c (guild_id, channel_id, parent_id, category_id)
	SELECT t.guild_id, t.channel_id, nullif(t.parent_id, ''), nullif(t.category_id, '')
	FROM (SELECT p.guild_id, v.channel_id, max(v.parent_id) AS parent_id,
			max(p.category_id) AS category_id
		FROM unnest(p_guilds, p_channels, p_parents, p_categories)
			AS p (guild_id, channel_id, parent_id, category_id)
		CROSS JOIN LATERAL (VALUES (p.channel_id, p.parent_id),
			(p.parent_id, NULL::varchar)) AS v (channel_id, parent_id)
		WHERE v.channel_id <> '' AND (v.parent_id IS NOT NULL OR p.category_id IS NOT NULL)
		GROUP BY p.guild_id, v.channel_id) t
	LEFT JOIN LATERAL (SELECT * FROM besace_channels k WHERE k.guild_id = t.guild_id
		AND k.channel_id = t.channel_id LIMIT 1) k ON true
	WHERE k.channel_id IS NULL
		OR t.parent_id IS NOT NULL AND k.parent_id IS DISTINCT FROM nullif(t.parent_id, '')
		OR t.category_id IS NOT NULL
			AND k.category_id IS DISTINCT FROM nullif(t.category_id, '')
	ORDER BY t.guild_id, t.channel_id
	ON CONFLICT (guild_id, channel_id) DO UPDATE SET
		parent_id = coalesce(excluded.parent_id, c.parent_id),
		category_id = excluded.category_id;
END
$$;
