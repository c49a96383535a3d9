-- What a member would earn here and now, and why.

-- The entry that decides at a place: the nearest one, or NULL.
CREATE OR REPLACE FUNCTION besace_place_entry(
	p_guild VARCHAR, p_channel VARCHAR, p_parent VARCHAR, p_category VARCHAR) RETURNS VARCHAR
LANGUAGE plpgsql STABLE AS $$
DECLARE
	own besace_channels;
	above besace_channels;
	v_parent VARCHAR;
BEGIN
	SELECT * INTO own FROM besace_channels
		WHERE guild_id = p_guild AND channel_id = p_channel;
	v_parent := coalesce(p_parent, own.parent_id);
	SELECT * INTO above FROM besace_channels
		WHERE guild_id = p_guild AND channel_id = v_parent;
	RETURN (SELECT e.object_id FROM besace_zones e
		WHERE e.guild_id = p_guild AND NOT e.is_role AND e.object_id IN (p_channel, v_parent,
			coalesce(p_category, CASE WHEN above.channel_id IS NULL THEN own.category_id
				ELSE above.category_id END))
		ORDER BY e.object_id = p_channel DESC, e.object_id = coalesce(v_parent, '') DESC
		LIMIT 1);
END
$$;

-- P_ROLES are those of the interaction. A parent of '' is none, NULL is the one last seen; so is the
-- category. "next_ms" is when the next message counts (0: now), "why" what became of the latest one.
CREATE OR REPLACE FUNCTION besace_earnings(p_guild VARCHAR, p_user VARCHAR, p_seen_ms BIGINT,
	p_channel VARCHAR, p_parent VARCHAR, p_category VARCHAR, p_roles VARCHAR[]) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	s besace_settings := besace_settings_effective(p_guild);
	u users;
	v_place INTEGER := besace_place_percent(s, p_channel, p_parent, p_category);
	v_role INTEGER := 100;
	v_rate INTEGER := besace_rate(s.rate_percent, s.rate_until_ms, p_seen_ms);
	v_next BIGINT;
BEGIN
	SELECT * INTO u FROM users WHERE guild_id = p_guild AND user_id = p_user;
	IF s.has_roles THEN
		v_role := (besace_role_percents(ARRAY[p_guild],
			ARRAY[array_to_string(p_roles, ',')], ARRAY[s.only_roles]))[1];
	END IF;
	v_next := (extract(epoch FROM u.last_message_xp_time) * 1000)::bigint
		+ s.message_cooldown_s * 1000;
	RETURN jsonb_build_object('levels', s.levels, 'message', s.message,
		'reaction', s.reaction, 'voice', s.voice, 'game', s.game,
		'message_min', besace_xp_scale(s.message_min, v_role, v_place, v_rate),
		'message_max', besace_xp_scale(s.message_max, v_role, v_place, v_rate),
		'reaction_xp', besace_xp_scale(s.reaction_xp, v_role, v_place, v_rate),
		'reaction_xp_max', s.reaction_xp_max,
		-- The two smallest rooms that earn.
		'voice_from', s.voice_members_min,
		'voice_first', besace_voice_xp(s, s.voice_members_min, v_role, v_place, v_rate),
		'voice_next', besace_voice_xp(s, s.voice_members_min + 1, v_role, v_place, v_rate),
		'voice_hour', besace_xp_scale(s.voice_hour, v_role, v_place, v_rate),
		'game_win', besace_xp_scale(s.game_win, v_role, v_place, v_rate),
		'game_loss', besace_xp_scale(s.game_loss, v_role, v_place, v_rate),
		'game_push', besace_xp_scale(s.game_push, v_role, v_place, v_rate),
		'place_percent', v_place, 'role_percent', v_role, 'rate_percent', v_rate,
		'place_id', besace_place_entry(p_guild, p_channel, p_parent, p_category),
		'role_id', (SELECT e.object_id FROM besace_zones e
			WHERE e.guild_id = p_guild AND e.is_role AND e.object_id = ANY (p_roles)
				-- Who has none of the roles that alone earn is held back by no role they have.
				AND (v_role > 0 OR e.effect = 'none')
			ORDER BY e.effect = 'none' DESC, e.factor_percent DESC NULLS LAST, e.object_id
			LIMIT 1),
		'next_ms', CASE WHEN v_next > p_seen_ms THEN v_next ELSE 0 END,
		'today', besace_xp_of_day(coalesce(u.xp_day, '-infinity'), coalesce(u.xp_today, 0),
			coalesce(u.xp_eve, 0), besace_day(s.time_zone, to_timestamp(p_seen_ms / 1000))),
		'day_xp_max', coalesce(s.day_xp_max, 0),
		'why', coalesce(u.message_why, 'never'), 'why_xp', coalesce(u.message_xp, 0));
END
$$;
