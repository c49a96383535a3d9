-- What follows from a member's row that comes or goes, whoever writes it: the leaderboards and their
-- copy, and the guilds of its user. By the statement, so that many members append few rows. A member who
-- left a guild has no value in its leaderboards until they are seen again. What follows from a change of a
-- row stands in 0021_member_rows.sql.

-- So many values go into a row of changes that it stays below the 2 kB from which PostgreSQL would
-- store it elsewhere.
--
-- One alone, as on first contact, is told of like one who changed, by rows of values: statements over a
-- table of one row take five times as long.
CREATE FUNCTION besace_users_inserted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
	v_count BIGINT;
	v_guild VARCHAR;
	v_user VARCHAR;
	v_balance INTEGER;
	v_xp INTEGER;
	v_left TIMESTAMP;
	v_level INTEGER;
BEGIN
	SELECT count(*), min(guild_id), min(user_id), min(balance), min(xp), min(left_at), max(level)
		INTO v_count, v_guild, v_user, v_balance, v_xp, v_left, v_level FROM after;
	-- Who comes with a level brings the wish for roles along. A slice of an import, whose members are many,
	-- looks after their roles itself.
	IF v_level > 1 AND current_setting('besace.roles_later', true) IS DISTINCT FROM 'on' THEN
		PERFORM besace_roles_want(u, u.level, NULL)
		FROM after a JOIN users u ON u.guild_id = a.guild_id AND u.user_id = a.user_id
		WHERE a.level > 1;
	END IF;
	IF v_count = 0 THEN
		RETURN NULL;
	ELSIF v_count = 1 THEN
		IF v_left IS NULL THEN
			INSERT INTO besace_leaderboard_changes (guild_id, user_id, lc_is, xp_is)
				VALUES (v_guild, v_user, v_balance, v_xp);
			INSERT INTO besace_ranked (guild_id, user_id, metric, value)
				VALUES (v_guild, v_user, 'lc', v_balance), (v_guild, v_user, 'xp', v_xp);
		END IF;
		INSERT INTO besace_user_guilds (user_id, guild_id) VALUES (v_user, v_guild)
			ON CONFLICT DO NOTHING;
		RETURN NULL;
	END IF;
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, count(*)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (SELECT guild_id, 'lc' AS metric, balance AS value FROM after
				WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'xp', xp FROM after WHERE left_at IS NULL) members
		WHERE value IS NOT NULL GROUP BY guild_id, metric, value) changes
	GROUP BY guild_id, metric, part;
	INSERT INTO besace_ranked (guild_id, user_id, metric, value)
	SELECT guild_id, user_id, metric, value FROM after
	CROSS JOIN LATERAL (VALUES ('lc', balance), ('xp', xp)) AS m (metric, value)
	WHERE left_at IS NULL;
	INSERT INTO besace_ranked_many (guild_id, users)
	SELECT guild_id, array_agg(user_id) FROM (
		SELECT guild_id, user_id, row_number() OVER (PARTITION BY guild_id) / 100 AS part
		FROM after) members
	GROUP BY guild_id, part;
	-- A slice of an import has looked already; see besace_import_create.
	IF current_setting('besace.nobody_known', true) = 'on' THEN
		INSERT INTO besace_user_guilds (user_id, guild_id) SELECT user_id, guild_id FROM after;
	ELSE
		INSERT INTO besace_user_guilds (user_id, guild_id) SELECT user_id, guild_id FROM after
			ON CONFLICT DO NOTHING;
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_insert AFTER INSERT ON users REFERENCING NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_inserted();

CREATE FUNCTION besace_users_deleted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, -count(*)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (SELECT guild_id, 'lc' AS metric, balance AS value FROM before
				WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'xp', xp FROM before WHERE left_at IS NULL) members
		WHERE value IS NOT NULL GROUP BY guild_id, metric, value) changes
	GROUP BY guild_id, metric, part;
	WITH gone AS (
		DELETE FROM besace_ranked r USING before b
		WHERE r.guild_id = b.guild_id AND r.user_id = b.user_id
		RETURNING r.guild_id, r.metric, r.value
	)
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, -count(*)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM gone WHERE metric IN ('messages', 'voice') GROUP BY guild_id, metric, value) changes
	GROUP BY guild_id, metric, part;
	DELETE FROM besace_user_guilds g USING before b
		WHERE g.user_id = b.user_id AND g.guild_id = b.guild_id;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_delete AFTER DELETE ON users REFERENCING OLD TABLE AS before
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_deleted();

CREATE FUNCTION besace_users_truncated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE besace_leaderboard, besace_leaderboard_changes, besace_ranked, besace_ranked_due,
		besace_ranked_many, besace_user_guilds;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_truncate AFTER TRUNCATE ON users
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_truncated();
