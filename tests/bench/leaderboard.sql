-- Fills an empty database with :members members, numbered as in sign_requests.c, whose XP and LC are
-- spread as a community's are: a third new, few with much.
SELECT setseed(0.5);
INSERT INTO users (guild_id, user_id, username, balance, xp)
	SELECT '1151965647289979180', 300000000000000000 + i, 300000000000000000 + i,
		CASE WHEN random() < 0.3 THEN 25
			ELSE 25 - 500 * ln(1 - random()) * (1 + 3 * random()) END,
		CASE WHEN random() < 0.3 THEN 0 ELSE -20000 * ln(1 - random()) END
	FROM generate_series(0, :members - 1) AS i;
SELECT besace_leaderboard_fold(2147483647);
VACUUM ANALYZE users, besace_ranked, besace_leaderboard, besace_leaderboard_changes;
CHECKPOINT;
