-- Brings the copies that members are ranked from up to date: of up to P_MAX who wait, and of the members of
-- up to P_MAX rows of besace_activity_changes, of whichever guilds. What changes of messages and of time in
-- voice goes into the trees of the leaderboards by and by. Returns how many; 0 when there are none or
-- another replica is at it.
CREATE OR REPLACE FUNCTION besace_ranked_fold(p_max INTEGER) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
	v_count BIGINT;
	v_guilds VARCHAR[];
	v_users VARCHAR[];
	v RECORD;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended('besace_ranked_fold', 0)) THEN
		RETURN 0;
	END IF;
	WITH due AS (
		DELETE FROM besace_ranked_due WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM besace_ranked_due LIMIT p_max))
		RETURNING guild_id, user_id
	), told AS (
		DELETE FROM besace_activity_changes WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM besace_activity_changes LIMIT p_max))
		RETURNING guild_id, users
	), members AS (
		SELECT guild_id, user_id FROM due
		UNION SELECT guild_id, user_id FROM told, unnest(users) AS u (user_id)
	)
	SELECT greatest((SELECT count(*) FROM due), (SELECT count(*) FROM told)), array_agg(guild_id),
		array_agg(user_id)
	INTO v_count, v_guilds, v_users FROM members;
	-- Whoever is erased meanwhile is waited for: the key is locked until the copies are written. Who
	-- changes meanwhile waits anew, so a later value does no harm.
	SELECT array_agg(guild_id) AS guilds, array_agg(user_id) AS users, array_agg(balance) AS lc,
		array_agg(xp) AS xp, array_agg(message_count) AS messages, array_agg(voice_time) AS voice
	INTO v
	FROM (SELECT u.guild_id, u.user_id, u.balance, u.xp, u.message_count, u.voice_time
		FROM unnest(v_guilds, v_users) AS m (guild_id, user_id)
		JOIN users u ON u.guild_id = m.guild_id AND u.user_id = m.user_id
		WHERE u.left_at IS NULL ORDER BY u.guild_id, u.user_id FOR KEY SHARE OF u) locked;

	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, sum(delta)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (
			SELECT n.guild_id, 'messages' AS metric, n.messages AS value, 1 AS delta
			FROM unnest(v.guilds, v.messages) AS n (guild_id, messages)
			UNION ALL SELECT n.guild_id, 'voice', n.voice, 1
			FROM unnest(v.guilds, v.voice) AS n (guild_id, voice)
			UNION ALL SELECT a.guild_id, o.metric, o.value, -1
			FROM unnest(v_guilds, v_users) AS n (guild_id, user_id)
			JOIN besace_activity a ON a.guild_id = n.guild_id AND a.user_id = n.user_id
			CROSS JOIN LATERAL (VALUES ('messages', a.messages), ('voice', a.voice))
				AS o (metric, value)) moves
		GROUP BY guild_id, metric, value HAVING sum(delta) <> 0) changes
	GROUP BY guild_id, metric, part;

	-- Who left, or was erased.
	WITH gone AS (
		SELECT * FROM unnest(v_guilds, v_users) AS m (guild_id, user_id)
		EXCEPT SELECT * FROM unnest(v.guilds, v.users)
	), unranked AS (
		DELETE FROM besace_ranked r USING gone
		WHERE r.guild_id = gone.guild_id AND r.user_id = gone.user_id
	)
	DELETE FROM besace_activity a USING gone
	WHERE a.guild_id = gone.guild_id AND a.user_id = gone.user_id;
	INSERT INTO besace_ranked AS r (guild_id, user_id, lc, xp)
	SELECT * FROM unnest(v.guilds, v.users, v.lc, v.xp)
	ON CONFLICT (guild_id, user_id) DO UPDATE SET lc = excluded.lc, xp = excluded.xp
		WHERE r.lc <> excluded.lc OR r.xp <> excluded.xp;
	INSERT INTO besace_activity AS a (guild_id, user_id, messages, voice)
	SELECT * FROM unnest(v.guilds, v.users, v.messages, v.voice)
	ON CONFLICT (guild_id, user_id) DO UPDATE
		SET messages = excluded.messages, voice = excluded.voice
		WHERE a.messages <> excluded.messages OR a.voice <> excluded.voice;
	RETURN v_count;
END
$$;
