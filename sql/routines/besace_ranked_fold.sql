-- Brings the copy that members are ranked from up to date: of up to P_MAX who wait, and of about as many in
-- besace_ranked_many, of whichever guilds. What changes of messages and of time in voice goes into the
-- trees of the leaderboards by and by. Returns how many; 0 when there are none or another replica is at it.
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
	), many AS ( -- of up to 100 members each
		DELETE FROM besace_ranked_many WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM besace_ranked_many LIMIT greatest(p_max / 100, 1)))
		RETURNING guild_id, users
	), members AS (
		SELECT guild_id, user_id FROM due
		UNION SELECT guild_id, user_id FROM many, unnest(users) AS u (user_id)
	)
	SELECT greatest((SELECT count(*) FROM due), 100 * (SELECT count(*) FROM many)), array_agg(guild_id),
		array_agg(user_id)
	INTO v_count, v_guilds, v_users FROM members;
	-- Whoever is erased meanwhile is waited for: the key is locked until the copy is written. Who changes
	-- meanwhile waits anew, so a later value does no harm.
	SELECT array_agg(guild_id) AS guilds, array_agg(user_id) AS users, array_agg(metric) AS metrics,
		array_agg(value) AS values INTO v
	FROM (SELECT u.guild_id, u.user_id, u.balance, u.xp, u.message_count, u.voice_time
		FROM unnest(v_guilds, v_users) AS m (guild_id, user_id)
		JOIN users u ON u.guild_id = m.guild_id AND u.user_id = m.user_id
		WHERE u.left_at IS NULL ORDER BY u.guild_id, u.user_id FOR KEY SHARE OF u) locked
	CROSS JOIN LATERAL (VALUES ('lc', balance), ('xp', xp), ('messages', message_count),
		('voice', voice_time)) AS m (metric, value);

	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, sum(delta)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (
			SELECT n.guild_id, n.metric, n.value, 1 AS delta
			FROM unnest(v.guilds, v.metrics, v.values) AS n (guild_id, metric, value)
			UNION ALL SELECT r.guild_id, r.metric, r.value, -1
			FROM unnest(v_guilds, v_users) AS n (guild_id, user_id)
			JOIN besace_ranked r ON r.guild_id = n.guild_id AND r.user_id = n.user_id) moves
		WHERE metric IN ('messages', 'voice')
		GROUP BY guild_id, metric, value HAVING sum(delta) <> 0) changes
	GROUP BY guild_id, metric, part;

	-- Who left, or was erased.
	DELETE FROM besace_ranked r USING (
		SELECT * FROM unnest(v_guilds, v_users) AS m (guild_id, user_id)
		EXCEPT SELECT * FROM unnest(v.guilds, v.users)) gone
	WHERE r.guild_id = gone.guild_id AND r.user_id = gone.user_id;
	INSERT INTO besace_ranked AS r (guild_id, user_id, metric, value)
	SELECT * FROM unnest(v.guilds, v.users, v.metrics, v.values)
	ON CONFLICT (guild_id, user_id, metric) DO UPDATE SET value = excluded.value
		WHERE r.value <> excluded.value;
	RETURN v_count;
END
$$;
