-- Folds up to P_MAX rows of changes, of whichever guilds, into the trees of the leaderboards; whoever
-- changed waits for their copy from then on (besace_ranked_fold). Returns how many; 0 when there are none or
-- another replica is at it.
CREATE OR REPLACE FUNCTION besace_leaderboard_fold(p_max INTEGER) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
	v_count BIGINT;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended('besace_leaderboard_fold', 0)) THEN
		RETURN 0;
	END IF;
	WITH taken AS (
		DELETE FROM besace_leaderboard_changes WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM besace_leaderboard_changes LIMIT p_max))
		RETURNING guild_id, user_id, lc_was, lc_is, xp_was, xp_is, metric, at, deltas
	), waiting AS (
		INSERT INTO besace_ranked_due (guild_id, user_id)
		SELECT DISTINCT guild_id, user_id FROM taken WHERE user_id IS NOT NULL
		ON CONFLICT DO NOTHING
	), moved AS (
		SELECT guild_id, metric, value, sum(delta) AS members FROM (
			SELECT guild_id, 'lc' AS metric, lc_was AS value, -1 AS delta FROM taken
			UNION ALL SELECT guild_id, 'lc', lc_is, 1 FROM taken
			UNION ALL SELECT guild_id, 'xp', xp_was, -1 FROM taken
			UNION ALL SELECT guild_id, 'xp', xp_is, 1 FROM taken
			UNION ALL SELECT guild_id, metric, d.value, d.delta
				FROM taken, unnest(at, deltas) AS d (value, delta)) moves
		WHERE value IS NOT NULL
		GROUP BY guild_id, metric, value HAVING sum(delta) <> 0
	), folded AS (
		INSERT INTO besace_leaderboard AS b (guild_id, metric, height, node, members)
		SELECT guild_id, metric, height, value >> (8 * height), sum(members)
		FROM moved CROSS JOIN generate_series(0, 3) AS height
		GROUP BY guild_id, metric, height, value >> (8 * height) HAVING sum(members) <> 0
		ON CONFLICT (guild_id, metric, height, node) DO UPDATE SET
			members = b.members + excluded.members
	)
	SELECT count(*) INTO v_count FROM taken;
	DELETE FROM besace_leaderboard WHERE members = 0;
	RETURN v_count;
END
$$;
