-- What the service asks about the database itself.

-- Whether the schema still is what this build works on: its newest migration, which is $newest, is
-- there, and none that came later contracts.
-- name: schema_version
SELECT coalesce(bool_or(version = $newest::integer) AND bool_and(version <= $newest
	OR NOT contracts), false) AS current
FROM besace_migrations;

-- Work that is due, for the metrics: how much of each kind, as far as 10,000, and for how many seconds
-- the oldest. The same in each row: what besacectl check found last, and when, in seconds since 1970;
-- 0: it has never looked. Imports wait or are worked at: those of the panel, since they became what
-- they are, and others that were begun and did not end. Voice is counted in servers: it waits since its
-- first tick or event that is not settled. Voice that is owed is counted in members.
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
), panel_imports AS (
	SELECT p.guild_id, p.state, p.changed_at AS due FROM besace_panel_imports p
	WHERE p.state IN ('fetching', 'planning', 'importing') AND NOT EXISTS (SELECT FROM besace_guilds g
		WHERE g.guild_id = p.guild_id AND g.removed_at IS NOT NULL) LIMIT 10000
), imports AS (
	SELECT due FROM panel_imports
	UNION ALL (SELECT i.created_at FROM besace_imports i
		WHERE i.state = 'applying' AND NOT EXISTS (SELECT FROM panel_imports p
			WHERE p.guild_id = i.guild_id AND p.state = 'importing') LIMIT 10000)
), voice AS (
	SELECT 'epoch'::timestamp + interval '1 millisecond' * CASE
		WHEN l.settle_ms > s.clock_ms THEN l.clock_ms -- a beat
		WHEN l.settle_ms > 1 THEN l.settle_ms -- a tick
		ELSE coalesce((SELECT e.at_ms FROM besace_voice_events e
			WHERE e.guild_id = l.guild_id AND e.source = l.source
			ORDER BY e.position LIMIT 1), l.clock_ms) END AS due
	FROM besace_voice_guilds l JOIN besace_sources s USING (source)
	WHERE l.settle_ms <= s.clock_ms OR l.beat_ms < s.beat_ms LIMIT 10000
), voice_pay AS (
	SELECT owed_at AS due FROM besace_voice_owed LIMIT 10000
), kinds AS (
	SELECT 0::bigint AS kind, count(*) AS waiting, min(due) AS oldest FROM announcements
	UNION ALL SELECT 1, count(*), min(due) FROM roles
	UNION ALL SELECT 2, count(*), min(due) FROM edits
	UNION ALL SELECT 3, count(*), min(due) FROM matches
	UNION ALL SELECT 4, count(*), min(due) FROM imports
	UNION ALL SELECT 5, count(*), min(due) FROM voice
	UNION ALL SELECT 6, count(*), min(due) FROM voice_pay
)
SELECT kind, waiting, coalesce(greatest(extract(epoch FROM now() AT TIME ZONE 'utc' - oldest), 0),
	0)::bigint AS seconds, coalesce(c.faults, 0) AS faults,
	coalesce(extract(epoch FROM c.checked_at), 0)::bigint AS checked_s
FROM kinds LEFT JOIN besace_last_check c ON true ORDER BY kind;
