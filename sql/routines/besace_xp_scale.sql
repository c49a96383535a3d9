-- What an earning is worth: ⌊base · role · place · rate⌋, as xp_scale of domain/earning.h has it.
-- The factors are percents. Their product is held to ×0.01 to ×20, and at least 1 is paid for a base
-- of at least 1; a role or place of 0 earns nothing.
CREATE OR REPLACE FUNCTION besace_xp_scale(
	p_base INTEGER, p_role INTEGER, p_place INTEGER, p_rate INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_base < 1 OR p_role = 0 OR p_place = 0 THEN 0
		ELSE greatest(1, p_base::bigint * least(greatest(p_role::bigint * p_place * p_rate,
			10000), 20000000) / 1000000)::integer END
$$;

-- The rate at P_AT_MS of settings with these columns.
CREATE OR REPLACE FUNCTION besace_rate(p_percent INTEGER, p_until_ms BIGINT, p_at_ms BIGINT)
RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_at_ms >= p_until_ms THEN 100 ELSE p_percent END
$$;

-- The factors of places: of the nearest entry, thread or channel before its parent before the
-- category; without an entry 0 if the guild has places that alone earn, else 100. The arguments
-- stand for the places in their order; NULL as a parent or category: the one last seen, '': none.
-- P_ONLY tells of each whether its guild has such places.
CREATE OR REPLACE FUNCTION besace_place_percents(p_guilds VARCHAR[], p_channels VARCHAR[],
	p_parents VARCHAR[], p_categories VARCHAR[], p_only BOOLEAN[]) RETURNS INTEGER[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		SELECT array_agg(coalesce(z.percent, CASE WHEN p.exclusive THEN 0 ELSE 100 END)
			ORDER BY p.place)
		FROM unnest(p_guilds, p_channels, p_parents, p_categories, p_only) WITH ORDINALITY
			AS p (guild_id, channel, parent, category, exclusive, place)
		LEFT JOIN LATERAL (SELECT c.parent_id, c.category_id FROM besace_channels c
			WHERE c.guild_id = p.guild_id AND c.channel_id = p.channel
			LIMIT 1) own ON true
		LEFT JOIN LATERAL (SELECT c.category_id FROM besace_channels c
			WHERE c.guild_id = p.guild_id
				AND c.channel_id = coalesce(p.parent, own.parent_id)
			LIMIT 1) above ON p.category IS NULL
		LEFT JOIN LATERAL (
			SELECT CASE e.effect WHEN 'none' THEN 0 WHEN 'only' THEN 100
				ELSE e.factor_percent END AS percent
			FROM besace_zones e
			WHERE e.guild_id = p.guild_id AND NOT e.is_role AND e.object_id IN (p.channel,
				coalesce(p.parent, own.parent_id),
				coalesce(p.category, own.category_id, above.category_id))
			ORDER BY e.object_id = p.channel DESC,
				e.object_id = coalesce(p.parent, own.parent_id, '') DESC
			LIMIT 1) z ON true);
END
$$;

-- The factors of sets of roles: 0 if one of them earns nothing, or if there are roles that alone
-- earn (P_ONLY) and none of them is one; else the greatest factor, 100 without one. P_ROLES are ids
-- separated by commas.
CREATE OR REPLACE FUNCTION besace_role_percents(
	p_guilds VARCHAR[], p_roles TEXT[], p_only BOOLEAN[]) RETURNS INTEGER[]
LANGUAGE plpgsql STABLE SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
	-- Each role is looked up by its key.
	RETURN (
		SELECT array_agg(CASE WHEN z.is_none OR z.exclusive AND z.is_only IS NOT TRUE THEN 0
			ELSE coalesce(z.percent, 100) END ORDER BY z.place)
		FROM (SELECT r.place, r.exclusive, bool_or(e.effect = 'none') AS is_none,
				bool_or(e.effect = 'only') AS is_only,
				max(e.factor_percent) AS percent
			FROM unnest(p_guilds, p_roles, p_only) WITH ORDINALITY
				AS r (guild_id, roles, exclusive, place)
			LEFT JOIN LATERAL unnest(string_to_array(r.roles, ',')) AS x (role) ON true
			LEFT JOIN besace_zones e ON e.guild_id = r.guild_id
				AND e.object_id = x.role::varchar AND e.is_role
			GROUP BY r.place, r.exclusive) z);
END
$$;

-- The factor of the place P_CHANNEL for one earning; 100 without settings.
CREATE OR REPLACE FUNCTION besace_place_percent(s besace_settings, p_channel VARCHAR,
	p_parent VARCHAR, p_category VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF s.has_places IS NOT TRUE THEN
		RETURN 100;
	END IF;
	RETURN (besace_place_percents(ARRAY[s.guild_id], ARRAY[p_channel], ARRAY[p_parent],
		ARRAY[p_category], ARRAY[s.only_places]))[1];
END
$$;

-- The factor of P_USER, by the roles last seen.
CREATE OR REPLACE FUNCTION besace_member_percent(s besace_settings, p_user VARCHAR)
RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF s.has_roles IS NOT TRUE THEN
		RETURN 100;
	END IF;
	RETURN (SELECT (besace_role_percents(ARRAY[s.guild_id],
			ARRAY[array_to_string(roles, ',')], ARRAY[s.only_roles]))[1]
		FROM users WHERE guild_id = s.guild_id AND user_id = p_user);
END
$$;

-- The day of the guild's clock at P_AT.
CREATE OR REPLACE FUNCTION besace_day(p_time_zone VARCHAR, p_at TIMESTAMPTZ) RETURNS DATE
LANGUAGE sql STABLE AS $$
	SELECT (p_at AT TIME ZONE p_time_zone)::date
$$;

-- When the day P_DAY of that clock began, in ms since 1970.
CREATE OR REPLACE FUNCTION besace_midnight_ms(p_time_zone VARCHAR, p_day DATE) RETURNS BIGINT
LANGUAGE sql STABLE AS $$
	SELECT (extract(epoch FROM p_day::timestamp AT TIME ZONE p_time_zone) * 1000)::bigint
$$;
