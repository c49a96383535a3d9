-- Voice, guild by guild.

-- Some guilds that are due, all of one shim ($1; NULL: of any), with all that settling them takes:
-- occupants, at most $3 events (one more than that is never needed to know that there are more),
-- and the outages since they were settled. Together they have about $2 members; one may have more.
-- name: voice_load
WITH chosen AS MATERIALIZED (
	SELECT l.source FROM besace_voice_guilds l JOIN besace_sources s USING (source)
	WHERE (l.source = $1::varchar OR $1 IS NULL)
		AND (l.settle_ms <= s.clock_ms OR l.beat_ms < s.beat_ms)
	LIMIT 1
)
SELECT l.source, s.clock_ms, s.beat_ms, l.guild_id, l.version, l.clock_ms,
	coalesce((SELECT jsonb_agg(jsonb_build_array(o.user_id, o.channel_id, o.counts, o.since_ms,
			o.left_ms, o.credited_ms, o.rest_ms, o.run))
		FROM besace_voice_occupants o
		WHERE o.source = l.source AND o.guild_id = l.guild_id), '[]') AS occupants,
	coalesce((SELECT jsonb_agg(jsonb_build_array(e.position, e.at_ms, e.whole, e.states)
			ORDER BY e.position)
		FROM (SELECT * FROM besace_voice_events e
			WHERE e.source = l.source AND e.guild_id = l.guild_id
			ORDER BY e.position LIMIT $3) e), '[]') AS events,
	coalesce((SELECT jsonb_agg(jsonb_build_array(x.from_ms, x.to_ms) ORDER BY x.from_ms)
		FROM besace_outages x
		WHERE x.source = l.source AND x.to_ms > l.clock_ms), '[]') AS outages
FROM chosen c JOIN besace_sources s ON s.source = c.source
CROSS JOIN LATERAL (
	SELECT d.*, sum(d.weight) OVER (ORDER BY d.settle_ms, d.guild_id) - d.weight AS before
	FROM besace_voice_guilds d
	WHERE d.source = s.source AND (d.settle_ms <= s.clock_ms OR d.beat_ms < s.beat_ms)
	ORDER BY d.settle_ms, d.guild_id LIMIT 200) l
WHERE l.before < $2::bigint
ORDER BY l.settle_ms, l.guild_id;

-- name: voice_settle
SELECT besace_voice_settle($1, $2, $3, $4, $5, $6);

-- Removes outages that no guild has before it, and a slice of what is left of shims that were not
-- heard of for 30 days: first the occupants, in the end the shim. Returns how many rows.
-- name: voice_sweep
WITH outages AS (
	DELETE FROM besace_outages x WHERE NOT EXISTS (
		SELECT FROM besace_voice_guilds l WHERE l.source = x.source AND l.clock_ms < x.to_ms)
	RETURNING 1
), silent AS MATERIALIZED (
	SELECT source FROM besace_sources WHERE seen_at < now() AT TIME ZONE 'utc' - interval '30 days'
	ORDER BY source LIMIT 1 FOR UPDATE SKIP LOCKED
), slice AS MATERIALIZED (
	SELECT o.user_id, o.source, o.guild_id FROM besace_voice_occupants o JOIN silent USING (source)
	LIMIT 1000
), occupants AS (
	DELETE FROM besace_voice_occupants o USING slice b
	WHERE o.user_id = b.user_id AND o.source = b.source AND o.guild_id = b.guild_id RETURNING 1
), sources AS (
	DELETE FROM besace_sources s USING silent
	WHERE s.source = silent.source AND NOT EXISTS (SELECT FROM slice) RETURNING 1
)
SELECT (SELECT count(*) FROM outages) + (SELECT count(*) FROM occupants)
	+ (SELECT count(*) FROM sources);
