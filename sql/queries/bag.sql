-- The bag: what a member carries.

-- name: bag_view
SELECT i.jackpot, i.x2, i.x3, i.jackpot_uses, i.x2_uses, i.x3_uses,
	m.multiplier_value AS multiplier, m.games_remaining AS games_left,
	u.username = $username::varchar OR u.name_seen_ms > $seen_ms::bigint AS current
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
WHERE u.user_id = $member_id::varchar;

-- name: bag_open
SELECT besace_bag_open($interaction_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $use::integer, $reward::integer) AS outcome;

-- name: bag_activate
SELECT besace_bag_activate($interaction_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $use::integer, $item::varchar, $multiplier::integer, $games::integer)
	AS outcome;
