-- What the service asks about the database itself.

-- The newest migration that was applied.
-- name: schema_version
SELECT coalesce(max(version), 0) FROM besace_migrations;
