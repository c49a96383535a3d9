-- Where a member is served in direct messages.

-- The guild in which a row of a member changed last: their direct messages are served there.
-- Keyed by the user, because the guild is what is looked for.
CREATE TABLE besace_latest_guilds (
	user_id VARCHAR(20) NOT NULL,
	guild_id VARCHAR(20) NOT NULL,
	CONSTRAINT besace_latest_guilds_pkey PRIMARY KEY (user_id)
);

-- P_USERS have changed in P_GUILDS. Never waits for a member of another guild who is the same user:
-- of two changes at the same moment either is the last. Members are looked up by their keys, one by
-- one: most are where they were (OFFSET 0 keeps the planner from reading the whole table instead).
CREATE FUNCTION besace_latest_guilds_keep(p_users VARCHAR[], p_guilds VARCHAR[]) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v RECORD;
	v_inserted INTEGER;
BEGIN
	SELECT array_agg(m.user_id) AS users, array_agg(m.guild_id) AS guilds INTO v FROM (
		SELECT c.user_id, max(c.guild_id) AS guild_id
		FROM unnest(p_users, p_guilds) AS c (user_id, guild_id)
		WHERE NOT EXISTS (SELECT FROM besace_latest_guilds g
			WHERE g.user_id = c.user_id AND g.guild_id = c.guild_id OFFSET 0)
		GROUP BY c.user_id ORDER BY c.user_id) m;
	IF v.users IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO besace_latest_guilds (user_id, guild_id)
		SELECT m.user_id, m.guild_id FROM unnest(v.users, v.guilds) AS m (user_id, guild_id)
		WHERE NOT EXISTS (SELECT FROM besace_latest_guilds g
			WHERE g.user_id = m.user_id OFFSET 0)
		ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS v_inserted = ROW_COUNT;
	IF v_inserted = cardinality(v.users) THEN
		RETURN;
	END IF;
	WITH free AS MATERIALIZED (
		SELECT g.ctid AS place, m.user_id, m.guild_id
		FROM unnest(v.users, v.guilds) AS m (user_id, guild_id)
		CROSS JOIN LATERAL (SELECT l.ctid, l.guild_id FROM besace_latest_guilds l
			WHERE l.user_id = m.user_id FOR NO KEY UPDATE SKIP LOCKED) g
		WHERE g.guild_id <> m.guild_id
	)
	UPDATE besace_latest_guilds g SET guild_id = f.guild_id
		FROM free f WHERE g.ctid = f.place AND g.user_id = f.user_id;
END
$$;
