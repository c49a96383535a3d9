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

-- What P_COUNT members in a voice channel earn each, as pay_tick of domain/voice.c has it.
CREATE OR REPLACE FUNCTION besace_voice_xp(s besace_settings, p_count INTEGER, p_role INTEGER,
	p_place INTEGER, p_rate INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT besace_xp_scale(s.voice_first
		+ s.voice_further * (least(p_count, s.voice_count_max) - 2), p_role, p_place, p_rate)
$$;

-- The rate at P_AT_MS of settings with these columns.
CREATE OR REPLACE FUNCTION besace_rate(p_percent INTEGER, p_until_ms BIGINT, p_at_ms BIGINT)
RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_at_ms >= p_until_ms THEN 100 ELSE p_percent END
$$;

-- The factors of places: of the nearest entry, thread or channel before its parent before the
-- category; without an entry 0 if the guild has places that alone earn, else 100. The arguments
-- stand for the places in their order; NULL as a parent or category: the one last seen, '': none. A
-- thread is in the category that was last seen of its channel, which may have been moved since.
-- P_ONLY tells of each whether its guild has such places.
CREATE OR REPLACE FUNCTION besace_place_percents(p_guilds VARCHAR[], p_channels VARCHAR[],
	p_parents VARCHAR[], p_categories VARCHAR[], p_only BOOLEAN[]) RETURNS INTEGER[]
LANGUAGE plpgsql STABLE SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
	-- Each guild and channel is looked up by its key.
	RETURN (
		SELECT array_agg(coalesce(s.place_percents[coalesce(
				array_position(s.place_ids, p.channel),
				array_position(s.place_ids, coalesce(p.parent, own.parent_id)),
				array_position(s.place_ids, coalesce(p.category,
					CASE WHEN above.channel_id IS NULL THEN own.category_id
						ELSE above.category_id END)))],
				CASE WHEN p.exclusive THEN 0 ELSE 100 END) ORDER BY p.place)
		FROM unnest(p_guilds, p_channels, p_parents, p_categories, p_only) WITH ORDINALITY
			AS p (guild_id, channel, parent, category, exclusive, place)
		LEFT JOIN besace_settings s ON s.guild_id = p.guild_id
		LEFT JOIN besace_channels own ON own.guild_id = p.guild_id AND own.channel_id
			= CASE WHEN p.parent IS NULL OR p.category IS NULL THEN p.channel END
		LEFT JOIN besace_channels above ON above.guild_id = p.guild_id AND above.channel_id
			= CASE WHEN p.category IS NULL THEN coalesce(p.parent, own.parent_id) END);
END
$$;

-- The factors of sets of roles: 0 if one of them earns nothing, or if there are roles that alone
-- earn (P_ONLY) and none of them is one; else the greatest factor, 100 without one. P_ROLES are ids
-- separated by commas.
CREATE OR REPLACE FUNCTION besace_role_percents(
	p_guilds VARCHAR[], p_roles TEXT[], p_only BOOLEAN[]) RETURNS INTEGER[]
LANGUAGE plpgsql STABLE SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
	RETURN (
		SELECT array_agg(CASE WHEN t.roles && s.none_role_ids
					OR t.exclusive AND (t.roles && s.only_role_ids) IS NOT TRUE THEN 0
				WHEN t.roles && s.factor_role_ids THEN s.factor_percents[(
					SELECT min(array_position(s.factor_role_ids, r.role))
					FROM unnest(t.roles) AS r (role))]
				ELSE 100 END ORDER BY t.place)
		FROM (SELECT place, guild_id, exclusive, string_to_array(roles, ',')::varchar[] AS roles
			FROM unnest(p_guilds, p_roles, p_only) WITH ORDINALITY
				AS t (guild_id, roles, exclusive, place) OFFSET 0) t
		LEFT JOIN besace_settings s ON s.guild_id = t.guild_id);
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
