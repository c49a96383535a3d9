-- A member's own ledger, newest first. $1 is the member, seen as $2 at $3; $4 is the movement that
-- the page starts after. A row more than is shown tells whether there is another page; a member
-- without movements has one row of NULLs.
--
-- What is returned of a movement: its id, type, signed amount, the other member, the game, and when.
-- Never the description: it may hold an administrator's id and reason.

-- name: ledger_older
SELECT t.*, u.balance, u.username = $2 OR u.name_seen_ms > $3 AS current
FROM users u LEFT JOIN LATERAL (
	SELECT m.id, m.transaction_type, m.amount, o.username,
		CASE WHEN m.transaction_type IN ('bet', 'game_win', 'refund')
			THEN split_part(m.description, ' ', 1) END AS game,
		floor(extract(epoch FROM m.created_at))::bigint AS at
	FROM (
		(SELECT id, transaction_type, -amount AS amount, to_user_id AS other, description,
			created_at FROM transactions
		WHERE from_user_id = u.user_id AND id < coalesce($4::integer, 2147483647)
		ORDER BY id DESC LIMIT 11)
		UNION ALL
		(SELECT id, transaction_type, amount, from_user_id, description, created_at
		FROM transactions
		WHERE to_user_id = u.user_id AND id < coalesce($4::integer, 2147483647)
		ORDER BY id DESC LIMIT 11)
		ORDER BY id DESC LIMIT 11) m
	LEFT JOIN users o ON o.user_id = m.other) t ON true
WHERE u.user_id = $1::varchar ORDER BY t.id DESC;

-- The page before: those nearest to $4, newest first all the same.
-- name: ledger_newer
SELECT t.*, u.balance, u.username = $2 OR u.name_seen_ms > $3 AS current
FROM users u LEFT JOIN LATERAL (
	SELECT m.id, m.transaction_type, m.amount, o.username,
		CASE WHEN m.transaction_type IN ('bet', 'game_win', 'refund')
			THEN split_part(m.description, ' ', 1) END AS game,
		floor(extract(epoch FROM m.created_at))::bigint AS at
	FROM (
		(SELECT id, transaction_type, -amount AS amount, to_user_id AS other, description,
			created_at FROM transactions
		WHERE from_user_id = u.user_id AND id > $4::integer ORDER BY id LIMIT 11)
		UNION ALL
		(SELECT id, transaction_type, amount, from_user_id, description, created_at
		FROM transactions
		WHERE to_user_id = u.user_id AND id > $4::integer ORDER BY id LIMIT 11)
		ORDER BY id LIMIT 11) m
	LEFT JOIN users o ON o.user_id = m.other) t ON true
WHERE u.user_id = $1::varchar ORDER BY t.id DESC;
