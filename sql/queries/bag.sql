-- The bag: what a member carries.

-- A member's bag: a row an item that was ever in it, else one without an item. ACTIVE is the multiplier that
-- is, [value, games left]; NULL: none. The member is created on first contact, in the same round trip, and
-- carries nothing then; the common case, in which they are known by their name, calls no routine and gathers
-- nothing: it is the reading that members ask for most.
-- name: bag_view
SELECT i.item_type AS item, i.quantity, i.uses,
	(SELECT json_build_array(m.multiplier_value, m.games_remaining) FROM active_multipliers m
		WHERE m.guild_id = $guild_id::varchar AND m.user_id = $member_id::varchar
			AND m.games_remaining > 0) AS active,
	p.xp, (SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording
FROM (SELECT coalesce((SELECT u.xp::integer FROM users u
			WHERE u.guild_id = $guild_id AND u.user_id = $member_id
				AND (u.username = $username::varchar OR u.name_seen_ms > $seen_ms::bigint)),
		besace_member_seen_xp($guild_id, $member_id, $username, $seen_ms)) AS xp
	OFFSET 0) p -- apart, so that it is found once
LEFT JOIN user_inventory i ON i.guild_id = $guild_id AND i.user_id = $member_id;

-- name: bag_open
SELECT besace_bag_open($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $reward::integer) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: bag_open_all
SELECT besace_bag_open_all($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $rewards::varchar::integer[])
	AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: bag_activate
SELECT besace_bag_activate($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $item::varchar,
	$multiplier::integer, $games::integer) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;
