-- Voice, guild by guild.

-- name: voice_load
SELECT source, source_clock_ms, source_beat_ms, guild_id, version, clock_ms, occupants, events,
	outages, channels, settings, day::text, midnight_ms, muted_excluded, rules, members, places
FROM besace_voice_load($source::varchar, $members::bigint, $events::integer,
	$slice::integer);

-- name: voice_settle
SELECT besace_voice_settle($source::varchar, $tasks::jsonb, $guilds::varchar[], $users::varchar[],
	$xp::bigint[], $xp_eve::bigint[], $earned_in::varchar[], $seconds::bigint[],
	$at_once::integer);

-- name: voice_set_aside
SELECT guild_id, source, failures
FROM besace_voice_set_aside($source::varchar, $guild_id::varchar, $seconds_max::integer);

-- name: voice_owed_pay
SELECT besace_voice_owed_pay($members::integer) AS paid;

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
	+ (SELECT count(*) FROM sources) AS rows;
