-- A member's own announcements: silent, with a ping, or none; and whether they stand on the page.

-- {"choice", "on_page", "place": 'none', 'here' or the channel in which the guild announces, "pings":
-- whether it lets members be pinged, "from_level", "every", "role_only": which levels it announces,
-- "has_page"}.
CREATE OR REPLACE FUNCTION besace_announce_view(p_guild VARCHAR, p_user VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	s besace_settings := besace_settings_effective(p_guild);
	u users;
BEGIN
	SELECT * INTO u FROM users WHERE guild_id = p_guild AND user_id = p_user;
	RETURN jsonb_build_object('choice', CASE WHEN u.announce_none THEN 'none'
			WHEN u.announce_ping THEN 'ping' ELSE 'silent' END,
		'on_page', u.page_hidden IS NOT TRUE,
		'place', coalesce(CASE WHEN NOT s.levels THEN 'none' WHEN s.announce_place = 'here'
			THEN 'here' ELSE besace_announce_place(p_guild, s, NULL) END, 'none'),
		'pings', s.announce_ping, 'from_level', s.announce_from_level,
		'every', s.announce_every, 'role_only', s.announce_role_only,
		'has_page', s.page_visibility <> 'off');
END
$$;

-- Sets what is not NULL: P_CHOICE, P_ON_PAGE. Outcome: {"done", "choice", "on_page"}.
CREATE OR REPLACE FUNCTION besace_announce_choice(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_choice VARCHAR,
	p_on_page BOOLEAN) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
BEGIN
	v_me := besace_begin(
		p_guild, p_user, p_username, p_seen_ms, p_interaction, 'announce_choice');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	UPDATE users SET announce_ping = coalesce(p_choice = 'ping', announce_ping),
		announce_none = coalesce(p_choice = 'none', announce_none),
		page_hidden = coalesce(NOT p_on_page, page_hidden),
		updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND user_id = p_user;
	IF NOT p_on_page THEN
		PERFORM besace_page_hiding(p_guild);
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'announce_choice',
		besace_announce_view(p_guild, p_user) || '{"done": true}');
END
$$;
