-- A member's own ledger.

-- name: ledger_page
SELECT id, at, transaction_type, amount, other_username, game_type, level, balance,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id::varchar) AS wording
FROM besace_ledger_page($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $after::integer, $newer::boolean);

-- Summarises some movements of more than $days ago. Returns whether there is more to do at once.
-- name: ledger_sweep
SELECT besace_ledger_sweep($days::integer, $members::integer, $rows::integer) AS more;
