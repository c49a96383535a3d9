-- Moving money between members and from the house.

-- name: transfer
SELECT besace_transfer($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $to_id::varchar, $to_name::varchar,
	$amount::integer, $nonce::varchar) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: transfer_cancel
SELECT besace_transfer_cancel($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $nonce::varchar) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: gift
SELECT besace_gift($guild_id::varchar, $member_id::varchar, $username::varchar, $seen_ms::bigint,
	$interaction_id::varchar, $seconds::integer) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;
