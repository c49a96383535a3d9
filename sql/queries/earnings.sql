-- What a member earns, and may lose.

-- name: earnings
SELECT besace_earnings($guild_id::varchar, $member_id::varchar, $seen_ms::bigint,
	$channel_id::varchar, $parent_id::varchar, $category_id::varchar, $roles::varchar[]) AS state,
	besace_guild_wording($guild_id) AS wording;

-- name: loss_limit
SELECT besace_loss_limit_view($guild_id::varchar, $member_id::varchar) AS state,
	besace_guild_wording($guild_id) AS wording;

-- name: loss_limit_set
SELECT besace_loss_limit_set($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $day_max::integer) AS outcome,
	besace_guild_wording($guild_id) AS wording;
