-- Where a member is served in direct messages.

-- The guild in which a row of a member changed last: their direct messages are served there.
-- Keyed by the user, because the guild is what is looked for.
CREATE TABLE besace_latest_guilds (
	user_id VARCHAR(20) NOT NULL,
	guild_id VARCHAR(20) NOT NULL,
	CONSTRAINT besace_latest_guilds_pkey PRIMARY KEY (user_id)
);

-- Never waits for a member of another guild who is the same user: of two changes at the same
-- moment either is the last.
CREATE FUNCTION besace_latest_guild() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM changed c WHERE NOT EXISTS (
		SELECT FROM besace_latest_guilds l
		WHERE l.user_id = c.user_id AND l.guild_id = c.guild_id))
	THEN
		RETURN NULL;
	END IF;
	WITH latest AS (
		SELECT user_id, max(guild_id) AS guild_id FROM changed GROUP BY user_id
	), locked AS (
		SELECT g.user_id, l.guild_id FROM besace_latest_guilds g JOIN latest l USING (user_id)
		WHERE g.guild_id <> l.guild_id FOR NO KEY UPDATE OF g SKIP LOCKED
	), moved AS (
		UPDATE besace_latest_guilds g SET guild_id = l.guild_id
		FROM locked l WHERE g.user_id = l.user_id
	)
	INSERT INTO besace_latest_guilds (user_id, guild_id)
	SELECT user_id, guild_id FROM latest l
	WHERE NOT EXISTS (SELECT FROM besace_latest_guilds g WHERE g.user_id = l.user_id)
	ORDER BY user_id ON CONFLICT DO NOTHING;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_insert_guild AFTER INSERT ON users REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION besace_latest_guild();
CREATE TRIGGER besace_users_update_guild AFTER UPDATE ON users REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION besace_latest_guild();
