-- For besacectl backup, restore and verify-backup.

-- A snapshot for pg_dump, and what is counted in it.
-- name: backup_counts
SELECT pg_export_snapshot(), json_build_object(
	'users', (SELECT count(*) FROM users),
	'user_inventory', (SELECT count(*) FROM user_inventory),
	'active_multipliers', (SELECT count(*) FROM active_multipliers),
	'transactions', (SELECT count(*) FROM transactions),
	'game_history', (SELECT count(*) FROM game_history),
	'besace_audit', (SELECT count(*) FROM besace_audit),
	'besace_settings_audit', (SELECT count(*) FROM besace_settings_audit)),
	NOT EXISTS (SELECT FROM besace_audit_catalogue());

-- PostgreSQL writes the same constraint in other words once it was restored. Of a database in which
-- nothing was changed or gone, what has the name is what it was; what is gone is still found.
-- name: restore_catalogue
UPDATE besace_catalogue k SET definition = n.definition FROM besace_catalogue_now() n
WHERE n.relation = k.relation AND n.name = k.name;

-- name: backup_record
INSERT INTO besace_backups (path, delete_at)
VALUES (left($path::text, 4096), now() AT TIME ZONE 'utc' + $days::integer * interval '1 day');

-- What stands in a database that should be empty; '' for nothing.
-- name: restore_look
SELECT coalesce(string_agg(name, ', '), '') FROM (
	SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
	UNION ALL
	SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
	UNION ALL
	SELECT 'the schema ' || nspname FROM pg_namespace
	WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
	ORDER BY 1 LIMIT 5) things;
