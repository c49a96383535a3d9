-- Members. A query is named by the comment in front of it; src/store/query.c lists the names.
--
-- Reads return `current`: whether the member ($1, seen as $2 at $3) and the one who asks ($4, $5,
-- $6; NULL when it is the same) exist under the names just seen. If not, members_touch is called
-- and the read repeated. That keeps the common case one statement that writes nothing.

-- name: members_profile
SELECT u.balance, u.xp,
	(u.username = $2 OR u.name_seen_ms > $3) AND ($4::varchar IS NULL OR EXISTS (
		SELECT FROM users a WHERE a.user_id = $4
			AND (a.username = $5 OR a.name_seen_ms > $6))) AS current
FROM users u WHERE u.user_id = $1::varchar;

-- Creates one or two members, or refreshes their names; locks in the order of ids.
-- name: members_touch
INSERT INTO users (user_id, username, name_seen_ms)
SELECT id, name, seen FROM (VALUES
	($1::varchar, $2::varchar, $3::bigint), ($4::varchar, $5::varchar, $6::bigint))
	AS v (id, name, seen)
WHERE id IS NOT NULL ORDER BY id
ON CONFLICT (user_id) DO UPDATE SET username = excluded.username,
	name_seen_ms = excluded.name_seen_ms, updated_at = now() AT TIME ZONE 'utc'
	WHERE users.name_seen_ms <= excluded.name_seen_ms AND users.username <> excluded.username;
