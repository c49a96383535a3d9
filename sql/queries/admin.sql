-- Acts of administrators.

-- name: admin_act
SELECT besace_admin_act($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $target_id::varchar, $target_name::varchar,
	$act::varchar, $what::varchar, $amount::integer, $reason::varchar) AS outcome;

-- For besacectl: the guild, the act.
-- name: admin_undo
SELECT besace_admin_undo($1, $2);
