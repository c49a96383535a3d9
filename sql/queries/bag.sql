-- The bag: what a member carries.

-- name: bag_view
SELECT jackpot, x2, x3, jackpot_uses, x2_uses, x3_uses, multiplier, games_left,
	coalesce((SELECT xp FROM users
		WHERE guild_id = $guild_id::varchar AND user_id = $member_id::varchar), 0) AS xp,
	besace_guild_wording($guild_id::varchar) AS wording
FROM besace_bag_view(
	$guild_id::varchar, $member_id::varchar, $username::varchar, $seen_ms::bigint);

-- name: bag_open
SELECT besace_bag_open($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $reward::integer) AS outcome,
	besace_guild_wording($guild_id) AS wording;

-- name: bag_open_all
SELECT besace_bag_open_all($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $rewards::varchar::integer[])
	AS outcome,
	besace_guild_wording($guild_id) AS wording;

-- name: bag_activate
SELECT besace_bag_activate($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $item::varchar,
	$multiplier::integer, $games::integer) AS outcome,
	besace_guild_wording($guild_id) AS wording;
