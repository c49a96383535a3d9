-- The bag: what a member carries.

-- A member's bag: a row an item that was ever in it, else one without an item. NULL of the multiplier is
-- none. The member is created on first contact, in the same round trip, and carries nothing then; the
-- common case, in which they are known by their name, calls no routine and gathers nothing: it is the
-- reading that members ask for most.
-- name: bag_view
SELECT i.item_type AS item, i.quantity, i.uses, m.multiplier_value AS multiplier,
	m.games_remaining AS games_left, coalesce(u.xp, 0) AS xp,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id::varchar) AS wording
FROM (VALUES (1)) AS one (row)
LEFT JOIN users u ON u.guild_id = $guild_id AND u.user_id = $member_id::varchar
LEFT JOIN user_inventory i ON i.guild_id = $guild_id AND i.user_id = $member_id
LEFT JOIN active_multipliers m ON m.guild_id = $guild_id AND m.user_id = $member_id
	AND m.games_remaining > 0
WHERE CASE WHEN u.username = $username::varchar OR u.name_seen_ms > $seen_ms::bigint THEN true
	ELSE besace_member_see($guild_id, $member_id, $username, $seen_ms) END;

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
