-- The bag: what a member carries.

-- name: bag_view
SELECT jackpot, x2, x3, jackpot_uses, x2_uses, x3_uses, multiplier, games_left,
	besace_guild_wording($guild_id::varchar) AS wording
FROM besace_bag_view(
	$guild_id::varchar, $member_id::varchar, $username::varchar, $seen_ms::bigint);

-- name: bag_open
SELECT besace_bag_open($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $reward::integer) AS outcome,
	besace_guild_wording($guild_id) AS wording;

-- name: bag_activate
SELECT besace_bag_activate($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $use::integer, $item::varchar,
	$multiplier::integer, $games::integer) AS outcome,
	besace_guild_wording($guild_id) AS wording;
