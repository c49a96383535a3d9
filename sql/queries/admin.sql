-- Acts of administrators.

-- name: admin_act
SELECT besace_admin_act($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $target_id::varchar, $target_name::varchar,
	$act::varchar, $what::varchar, $amount::integer, $reason::varchar) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- For besacectl.
-- name: admin_undo
SELECT besace_admin_undo($guild_id::varchar, $audit_id::bigint);

-- name: admin_journal
SELECT audit, actor, actor_name, target, target_name, what, amount, reason, at_s, undone, undoes,
	import
FROM besace_admin_journal($guild_id::varchar, $before::bigint, $count::integer);

-- name: admin_take_back
SELECT besace_admin_take_back($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $audit::bigint) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;
