-- What is known of a guild.

-- The language of what nobody asks for, as a locale: that of the settings, else that of a guild that
-- chose one (Discord fixes
-- guild_locale to en-US elsewhere), else that of its first public reply, else French.
CREATE OR REPLACE FUNCTION besace_guild_language(p_guild VARCHAR) RETURNS VARCHAR
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT language FROM besace_settings WHERE guild_id = p_guild), (
		SELECT CASE WHEN community THEN coalesce(locale, language) ELSE language END
		FROM besace_guilds WHERE guild_id = p_guild), 'fr');
END
$$;

-- Keeps what an interaction of P_SEEN_MS tells of its guild, which is there then, unless it was removed
-- later: guild_locale and whether the guild has COMMUNITY, unless later ones are kept, for calls of one
-- host arrive in any order; the language of its public reply (NULL: it is none), of which the first is
-- kept; and where its channel stands (besace_channels_keep; NULL: it does not say its channel). Writes
-- only what differs. Returns besace_guild_wants_members.
CREATE OR REPLACE FUNCTION besace_guild_see(p_guild VARCHAR, p_locale VARCHAR,
	p_community BOOLEAN, p_language VARCHAR, p_seen_ms BIGINT, p_channel VARCHAR DEFAULT NULL,
	p_parent VARCHAR DEFAULT NULL, p_category VARCHAR DEFAULT NULL) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
	IF p_channel IS NOT NULL AND NOT besace_channel_is_kept(p_guild, p_channel, p_parent, p_category) THEN
		PERFORM besace_channels_keep(
			ARRAY[p_guild], ARRAY[p_channel], ARRAY[p_parent], ARRAY[p_category]);
	END IF;
	PERFORM FROM besace_guilds WHERE guild_id = p_guild
		AND ((locale IS NOT DISTINCT FROM p_locale AND community = p_community)
			OR locale_at_ms > p_seen_ms)
		AND (removed_at IS NULL OR seen_at_ms > p_seen_ms)
		AND (language IS NOT NULL OR p_language IS NULL);
	IF FOUND THEN
		RETURN besace_guild_wants_members(p_guild);
	END IF;
	INSERT INTO besace_guilds AS g (guild_id, locale, community, locale_at_ms, language)
	VALUES (p_guild, p_locale, p_community, p_seen_ms, p_language)
	ON CONFLICT (guild_id) DO UPDATE SET
		locale = CASE WHEN g.locale_at_ms > p_seen_ms THEN g.locale ELSE excluded.locale END,
		community = CASE WHEN g.locale_at_ms > p_seen_ms THEN g.community
			ELSE excluded.community END,
		locale_at_ms = greatest(g.locale_at_ms, p_seen_ms), language = coalesce(g.language, excluded.language),
		removed_at = CASE WHEN g.seen_at_ms > p_seen_ms THEN g.removed_at END,
		updated_at = now() AT TIME ZONE 'utc';
	RETURN besace_guild_wants_members(p_guild);
END
$$;

-- Whether anything in P_GUILD depends on the roles of its members, and on when they joined.
CREATE OR REPLACE FUNCTION besace_guild_wants_members(p_guild VARCHAR) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM besace_rewards WHERE guild_id = p_guild)
		OR EXISTS (SELECT FROM besace_zones WHERE guild_id = p_guild AND is_role);
END
$$;
