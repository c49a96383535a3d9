-- The token of a guild's page: the one that it has, or P_TOKEN, which becomes it when it has none
-- or P_RENEW says so. Two who ask at once get the same.
CREATE OR REPLACE FUNCTION besace_page_token(p_guild VARCHAR, p_token VARCHAR, p_renew BOOLEAN)
RETURNS VARCHAR
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_pages (page_token, guild_id, is_name) VALUES (p_token, p_guild, false)
		ON CONFLICT (guild_id, is_name) DO UPDATE SET page_token = excluded.page_token
		WHERE p_renew;
	RETURN (SELECT page_token FROM besace_pages WHERE guild_id = p_guild AND NOT is_name);
END
$$;

-- Where a guild's page is: its name when it is listed under one, else its token, which is P_TOKEN
-- when it had none. NULL when the guild has turned its page off, or P_TOKEN is NULL: there are no
-- pages here.
CREATE OR REPLACE FUNCTION besace_page_address(p_guild VARCHAR, p_token VARCHAR) RETURNS VARCHAR
LANGUAGE plpgsql AS $$
DECLARE
	s besace_settings;
BEGIN
	SELECT * INTO s FROM besace_settings WHERE guild_id = p_guild;
	IF p_token IS NULL OR s.page_visibility = 'off' THEN
		RETURN NULL;
	END IF;
	RETURN coalesce(CASE WHEN s.page_visibility = 'listed' THEN s.page_name END,
		(SELECT page_token FROM besace_pages WHERE guild_id = p_guild AND NOT is_name),
		besace_page_token(p_guild, p_token, false));
END
$$;

-- Somebody of P_GUILD is to be shown no more: pages that were drawn before are not shown again.
CREATE OR REPLACE FUNCTION besace_page_hiding(p_guild VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE besace_pages SET hidings = hidings + 1 WHERE guild_id = p_guild;
END
$$;

-- Gives the guild's page the new address P_TOKEN, once: the old one leads nowhere from then on.
CREATE OR REPLACE FUNCTION besace_page_renew(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_token VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'page_renew');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	PERFORM besace_page_token(p_guild, p_token, true);
	RETURN besace_end(p_guild, p_user, p_interaction, 'page_renew', '{"done": true}');
END
$$;
