-- The bag: what a member carries.

-- name: bag_view
SELECT i.jackpot, i.x2, i.x3, i.jackpot_uses, i.x2_uses, i.x3_uses,
	m.multiplier_value, m.games_remaining,
	u.username = $2 OR u.name_seen_ms > $3 AS current
FROM users u
LEFT JOIN LATERAL (
	SELECT max(quantity) FILTER (WHERE item_type = 'jackpot') AS jackpot,
		max(quantity) FILTER (WHERE item_type = 'multiplier_x2') AS x2,
		max(quantity) FILTER (WHERE item_type = 'multiplier_x3') AS x3,
		max(uses) FILTER (WHERE item_type = 'jackpot') AS jackpot_uses,
		max(uses) FILTER (WHERE item_type = 'multiplier_x2') AS x2_uses,
		max(uses) FILTER (WHERE item_type = 'multiplier_x3') AS x3_uses
	FROM user_inventory WHERE user_id = u.user_id) i ON true
LEFT JOIN active_multipliers m ON m.user_id = u.user_id AND m.games_remaining > 0
WHERE u.user_id = $1::varchar;

-- name: bag_open
SELECT besace_bag_open($1, $2, $3, $4, $5, $6);

-- name: bag_activate
SELECT besace_bag_activate($1, $2, $3, $4, $5, $6, $7, $8);
