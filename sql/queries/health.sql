-- What the service asks about the database itself.

-- Whether the schema still is what this build works on: its newest migration, which is $newest, is
-- there, and none that came later contracts.
-- name: schema_version
SELECT coalesce(bool_or(version = $newest::integer) AND bool_and(version <= $newest
	OR NOT contracts), false) AS current
FROM besace_migrations;
