-- What the service asks about the database itself.

-- Whether the schema still is what this build works on: its newest migration, which is $newest, is
-- there, and none that came later contracts.
-- name: schema_version
SELECT coalesce(bool_or(version = $newest::integer) AND bool_and(version <= $newest
	OR NOT contracts), false) AS current
FROM besace_migrations;

-- Work that is due, for the metrics: how much of each kind, as far as 10,000, and for how many seconds
-- the oldest. The same in each row: what besacectl check found last, and when, in seconds since 1970;
-- 0: it has never looked.
-- name: jobs_waiting
WITH announcements AS (
	SELECT send_at AS due FROM besace_outbox
	WHERE outcome IS NULL AND send_at <= now() AT TIME ZONE 'utc' LIMIT 10000
), roles AS (
	SELECT due_at AS due FROM besace_role_jobs
	WHERE state = 'due' AND due_at <= now() AT TIME ZONE 'utc' LIMIT 10000
), edits AS (
	SELECT try_at AS due FROM besace_match_edits
	WHERE try_at <= now() AT TIME ZONE 'utc' LIMIT 10000
), matches AS (
	SELECT expires_at AS due FROM besace_matches
	WHERE expires_at <= now() AT TIME ZONE 'utc' LIMIT 10000
), kinds AS (
	SELECT 0::bigint AS kind, count(*) AS waiting, min(due) AS oldest FROM announcements
	UNION ALL SELECT 1, count(*), min(due) FROM roles
	UNION ALL SELECT 2, count(*), min(due) FROM edits
	UNION ALL SELECT 3, count(*), min(due) FROM matches
)
SELECT kind, waiting, coalesce(extract(epoch FROM now() AT TIME ZONE 'utc' - oldest), 0)::bigint
	AS seconds, coalesce(c.faults, 0) AS faults,
	coalesce(extract(epoch FROM c.checked_at), 0)::bigint AS checked_s
FROM kinds LEFT JOIN besace_last_check c ON true ORDER BY kind;
