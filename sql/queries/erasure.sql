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

-- What a member asks for with /mes-donnees.
-- name: my_data
SELECT f.file, f.is_whole,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id::varchar) AS wording
FROM besace_export_own($guild_id::varchar, $member_id::varchar) f;

-- name: leave_view
SELECT besace_member_leave_view($guild_id::varchar, $member_id::varchar) AS state,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: leave
SELECT besace_member_leave($guild_id::varchar, $member_id::varchar, $interaction_id::varchar) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;
