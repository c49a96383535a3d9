-- Guilds.

-- Erases a slice of a guild that removed Besace more than $days ago. Returns how many rows.
-- name: guild_erase
SELECT besace_guild_erase($days::integer, $rows::integer) AS rows;
