-- What follows from a change of members' rows, whoever writes them: the leaderboards, the latest
-- guilds, and who is to be ranked anew by messages and voice. By the statement, so that a batch of
-- events appends few rows; all in one trigger, and with a short way for one member, because most
-- statements change one. A member who left a guild has no value in its leaderboards until they are seen again.

-- So many values go into a row of changes that it stays below the 2 kB from which PostgreSQL would
-- store it elsewhere.
CREATE FUNCTION besace_users_inserted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, count(*)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (SELECT guild_id, 'lc' AS metric, balance AS value FROM after
				WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'xp', xp FROM after WHERE left_at IS NULL) members
		WHERE value IS NOT NULL GROUP BY guild_id, metric, value) changes
	GROUP BY guild_id, metric, part;
	INSERT INTO besace_activity_changes (guild_id, users)
	SELECT guild_id, array_agg(user_id) FROM (
		SELECT guild_id, user_id, row_number() OVER (PARTITION BY guild_id) / 100 AS part
		FROM after) members
	GROUP BY guild_id, part;
	PERFORM besace_latest_guilds_keep(array_agg(user_id), array_agg(guild_id)) FROM after;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_insert AFTER INSERT ON users REFERENCING NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_inserted();

CREATE FUNCTION besace_users_updated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
	v RECORD;
BEGIN
	-- All that one member's change is told by, in one statement: each costs more than what it reads.
	SELECT (SELECT count(*) FROM after) AS members, a.guild_id, a.user_id,
		a.balance, b.balance AS old_balance, a.xp, b.xp AS old_xp,
		a.message_count AS messages, b.message_count AS old_messages,
		a.voice_time AS voice, b.voice_time AS old_voice,
		num_nonnulls(a.left_at, b.left_at) + num_nulls(a.balance, b.balance, a.xp, b.xp) = 0
			AS is_plain,
		-- Never EXISTS: planned for many rows, that reads the whole table once.
		(SELECT true FROM besace_latest_guilds g
			WHERE g.user_id = a.user_id AND g.guild_id = a.guild_id) IS NOT NULL AS is_latest
	INTO v FROM after a, before b LIMIT 1;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF v.members = 1 AND v.is_plain THEN
		IF v.balance <> v.old_balance AND v.xp <> v.old_xp THEN
			INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas) VALUES
				(v.guild_id, 'lc', ARRAY[v.old_balance, v.balance], '{-1,1}'),
				(v.guild_id, 'xp', ARRAY[v.old_xp, v.xp], '{-1,1}');
		ELSIF v.balance <> v.old_balance THEN
			INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas) VALUES
				(v.guild_id, 'lc', ARRAY[v.old_balance, v.balance], '{-1,1}');
		ELSIF v.xp <> v.old_xp THEN
			INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas) VALUES
				(v.guild_id, 'xp', ARRAY[v.old_xp, v.xp], '{-1,1}');
		END IF;
		IF v.messages <> v.old_messages OR v.voice <> v.old_voice THEN
			INSERT INTO besace_activity_changes (guild_id, users)
				VALUES (v.guild_id, ARRAY[v.user_id]);
		END IF;
		IF NOT v.is_latest THEN
			PERFORM besace_latest_guilds_keep(ARRAY[v.user_id], ARRAY[v.guild_id]);
		END IF;
		RETURN NULL;
	END IF;
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, sum(delta)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (
			SELECT guild_id, 'lc' AS metric, balance AS value, 1 AS delta FROM after
				WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'lc', balance, -1 FROM before WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'xp', xp, 1 FROM after WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'xp', xp, -1 FROM before WHERE left_at IS NULL) moves
		WHERE value IS NOT NULL GROUP BY guild_id, metric, value HAVING sum(delta) <> 0) changes
	GROUP BY guild_id, metric, part;
	INSERT INTO besace_activity_changes (guild_id, users)
	SELECT guild_id, array_agg(user_id) FROM (
		SELECT guild_id, user_id, row_number() OVER (PARTITION BY guild_id) / 100 AS part
		FROM (SELECT guild_id, user_id, message_count, voice_time, left_at IS NULL FROM after
			EXCEPT SELECT guild_id, user_id, message_count, voice_time, left_at IS NULL
			FROM before) changed) members
	GROUP BY guild_id, part;
	PERFORM besace_latest_guilds_keep(array_agg(user_id), array_agg(guild_id)) FROM after;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_update AFTER UPDATE ON users
	REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_updated();

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
		DELETE FROM besace_activity a USING before b
		WHERE a.guild_id = b.guild_id AND a.user_id = b.user_id
		RETURNING a.guild_id, a.messages, a.voice
	)
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, -count(*)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (SELECT guild_id, 'messages' AS metric, messages AS value FROM gone
			UNION ALL SELECT guild_id, 'voice', voice FROM gone) members
		GROUP BY guild_id, metric, value) changes
	GROUP BY guild_id, metric, part;
	DELETE FROM besace_latest_guilds g USING before b
		WHERE g.user_id = b.user_id AND g.guild_id = b.guild_id;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_delete AFTER DELETE ON users REFERENCING OLD TABLE AS before
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_deleted();

CREATE FUNCTION besace_users_truncated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE besace_leaderboard, besace_leaderboard_changes, besace_latest_guilds,
		besace_activity_changes; -- besace_activity goes by its foreign key
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_truncate AFTER TRUNCATE ON users
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_truncated();
