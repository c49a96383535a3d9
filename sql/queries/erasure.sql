-- Forgetting.

-- For besacectl.
-- name: erase_member
SELECT besace_member_erase($guild_id::varchar, $member_id::varchar);

-- For besacectl. A part of a guild at a time.
-- name: erase_guild
SELECT besace_guild_erase_rows($guild_id::varchar, 10000);

-- For besacectl member.
-- name: member_file
SELECT besace_export_file($guild_id::varchar, $member_id::varchar, 20, false);
