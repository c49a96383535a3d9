-- Guilds.

-- Erases a slice of a guild that removed Besace more than $days ago. Returns how many rows.
-- name: guild_erase
SELECT besace_guild_erase($days::integer, $rows::integer) AS rows;

-- Returns whether what interactions tell of members matters there.
-- name: guild_see
SELECT besace_guild_see($guild_id::varchar, $locale::varchar, $is_community::boolean,
	$reply_language::varchar, $seen_ms::bigint, $channel_id::varchar, $parent_id::varchar,
	$category_id::varchar) AS wants_members;
