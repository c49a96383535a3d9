-- Imports that the panel asks for.

-- name: panel_import_view
SELECT besace_panel_import_view($guild_id::varchar) AS state,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: panel_import_start
SELECT besace_panel_import_start($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $source::varchar, $filename::varchar,
	$url::varchar) AS outcome;

-- name: panel_import_answer
SELECT besace_panel_import_answer($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $upload_id::varchar, $yes::boolean) AS outcome;

-- For the thread that works at them.
-- name: panel_import_take
SELECT guild, state, upload, source, filename, url, actor, begun_at FROM besace_panel_import_take()
WHERE guild IS NOT NULL;

-- name: panel_import_set
SELECT besace_panel_import_set($guild_id::varchar, $upload_id::varchar, $state::varchar, $told::jsonb);

-- name: panel_import_progress
UPDATE besace_panel_imports SET done = $done::bigint, total = $total::bigint
WHERE guild_id = $guild_id::varchar AND upload_id = $upload_id::varchar
	AND NOT EXISTS (SELECT FROM besace_guilds WHERE guild_id = $guild_id AND removed_at IS NOT NULL)
RETURNING done;

-- name: panel_import_clear
DELETE FROM besace_panel_import_parts WHERE guild_id = $guild_id::varchar;

-- name: panel_import_part
INSERT INTO besace_panel_import_parts (guild_id, place, bytes)
SELECT guild_id, $place::integer, decode($hex::text, 'hex') FROM besace_panel_imports
WHERE guild_id = $guild_id::varchar AND upload_id = $upload_id::varchar;

-- name: panel_import_file
SELECT encode(bytes, 'hex') FROM besace_panel_import_parts
WHERE guild_id = $guild_id::varchar AND place = $place::integer;

-- Whether there is something to do.
-- name: panel_imports_due
SELECT EXISTS (SELECT FROM besace_panel_imports WHERE state IN ('fetching', 'planning', 'importing')
	OR (state = 'planned' AND changed_at < now() AT TIME ZONE 'utc' - besace_panel_import_wait()))
	AS due;
