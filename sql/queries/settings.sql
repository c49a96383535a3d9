-- Settings of a guild.

-- name: settings_read
SELECT besace_settings_read($guild_id::varchar) AS state,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- The same for a member who asks which roles are to be earned; a first contact is one here too.
-- name: rewards
SELECT besace_settings_read($guild_id::varchar) AS state, p.xp,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording
FROM besace_profile($guild_id, $member_id::varchar, $username::varchar, $asker_id::varchar,
	$asker_name::varchar, $seen_ms::bigint) p;

-- name: settings_set
SELECT besace_settings_set($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $version::bigint, $changes::jsonb,
	$roles::text) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: settings_reset
SELECT besace_settings_reset($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $version::bigint, $patterns::varchar[]) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: settings_undo
SELECT besace_settings_undo($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $audit::bigint, $days::integer,
	$roles::text) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: settings_access
SELECT besace_settings_access($guild_id::varchar, $roles::varchar[]) AS may;

-- name: settings_change
-- What comes back when a change is undone.
SELECT key, old FROM besace_settings_change($guild_id::varchar, $audit::bigint);

-- name: settings_history
SELECT audit, change_id, key, old, new, actor, actor_name, at_s, undone, can_undo,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id::varchar) AS wording
FROM besace_settings_history($guild_id::varchar, $before::bigint, $count::integer, $days::integer);

-- For besacectl: everything that is not the default, and putting something else in its place.
-- name: settings_changed
SELECT besace_settings_changed($1);

-- name: settings_replace
SELECT besace_settings_replace($1, $2::jsonb);
