-- What the settings of a guild make of voice, as domain/voice.h takes it. S is NULL for a guild in
-- which nothing was changed; so are the results then.
CREATE OR REPLACE FUNCTION besace_voice_rules(s besace_settings) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF s.guild_id IS NULL THEN
		RETURN NULL;
	END IF;
	s := besace_settings_filled(s.guild_id, s);
	RETURN jsonb_build_object('on', s.levels AND s.voice, 'first', s.voice_first,
		'further', s.voice_further, 'count_max', s.voice_count_max,
		'members_min', s.voice_members_min, 'muted_count', s.voice_muted,
		'hour', s.voice_hour, 'rate_percent', s.rate_percent,
		'rate_until', s.rate_until_ms);
END
$$;

-- [[user, percent, left, left_eve], …] of P_USERS, in the order of their ids' bytes: the factor of
-- their roles, and what the cap of the day leaves of P_DAY and of the day before, what they are owed
-- included.
CREATE OR REPLACE FUNCTION besace_voice_members(s besace_settings, p_users VARCHAR[], p_day DATE)
RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF s.guild_id IS NULL OR s.day_xp_max IS NULL AND NOT s.has_roles THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT jsonb_agg(jsonb_build_array(u.user_id, besace_member_percent(s, u.user_id),
			coalesce(s.day_xp_max - besace_xp_of_day(u.xp_day, u.xp_today, u.xp_eve,
				p_day) - o.xp, 2147483647),
			coalesce(s.day_xp_max - besace_xp_of_day(u.xp_day, u.xp_today, u.xp_eve,
				p_day - 1) - o.xp_eve, 2147483647))
			ORDER BY u.user_id COLLATE "C")
		FROM unnest(p_users) AS w (user_id)
		JOIN users u ON u.guild_id = s.guild_id AND u.user_id = w.user_id
		CROSS JOIN LATERAL (SELECT coalesce(sum(xp) FILTER (WHERE day = p_day), 0) AS xp,
				coalesce(sum(CASE day WHEN p_day THEN q.xp_eve ELSE q.xp END)
					FILTER (WHERE day >= p_day - 1), 0) AS xp_eve
			FROM besace_voice_owed q
			WHERE q.guild_id = s.guild_id AND q.user_id = w.user_id) o);
END
$$;

-- [[channel, percent], …] of P_CHANNELS, an array of arrays that begin with an id; likewise.
CREATE OR REPLACE FUNCTION besace_voice_places(s besace_settings, p_channels JSONB) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF s.has_places IS NOT TRUE THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT jsonb_agg(jsonb_build_array(c ->> 0, besace_place_percent(
			s, (c ->> 0)::varchar, NULL, NULL)) ORDER BY (c ->> 0) COLLATE "C")
		FROM jsonb_array_elements(p_channels) AS c);
END
$$;
