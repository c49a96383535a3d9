-- All there is to tell of a member. Parameters and `current` are as those of members_profile.
-- name: stats
SELECT u.balance, u.xp, u.message_count, u.voice_time, u.invites,
	floor(extract(epoch FROM u.created_at))::bigint, g.played, g.won,
	(u.username = $2 OR u.name_seen_ms > $3) AND ($4::varchar IS NULL OR EXISTS (
		SELECT FROM users a WHERE a.user_id = $4
			AND (a.username = $5 OR a.name_seen_ms > $6))) AS current
FROM users u CROSS JOIN LATERAL (
	SELECT count(*) AS played, count(*) FILTER (WHERE result = 'win') AS won
	FROM game_history WHERE player_id = u.user_id) g
WHERE u.user_id = $1::varchar;
