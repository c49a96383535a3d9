-- Whether a guild is not set aside.
CREATE OR REPLACE FUNCTION besace_voice_is_ready(p_retry_at TIMESTAMP) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
	SELECT p_retry_at IS NULL OR p_retry_at <= now() AT TIME ZONE 'utc'
$$;

-- A shim of which some guild's voice is due: P_SOURCE, or any; NULL: none.
CREATE OR REPLACE FUNCTION besace_voice_due_source(p_source VARCHAR) RETURNS VARCHAR
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT l.source FROM besace_voice_guilds l
		JOIN besace_sources s ON s.source = l.source
		WHERE (l.source = p_source OR p_source IS NULL)
			AND (l.settle_ms <= s.clock_ms OR l.beat_ms < s.beat_ms)
			AND besace_voice_is_ready(l.retry_at)
		LIMIT 1);
END
$$;

-- Sets the voice of a guild aside that cannot be settled, for a while that doubles each time, at most
-- P_SECONDS: the others go on. Without a guild: the one that besace_voice_load begins with. GUILD_ID
-- is NULL when there is none.
CREATE OR REPLACE FUNCTION besace_voice_set_aside(
	p_source VARCHAR, p_guild VARCHAR, p_seconds INTEGER,
	OUT guild_id VARCHAR, OUT source VARCHAR, OUT failures INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	UPDATE besace_voice_guilds l SET failures = l.failures + 1,
		retry_at = now() AT TIME ZONE 'utc'
			+ least(10 * 2 ^ least(l.failures, 20), p_seconds) * interval '1 second'
	FROM (SELECT d.source, d.guild_id FROM besace_voice_guilds d
		JOIN besace_sources s ON s.source = d.source
		WHERE d.source = besace_voice_due_source(p_source)
			AND (d.guild_id = p_guild OR p_guild IS NULL)
			AND (d.settle_ms <= s.clock_ms OR d.beat_ms < s.beat_ms)
			AND besace_voice_is_ready(d.retry_at)
		ORDER BY d.settle_ms, d.guild_id LIMIT 1) f
	WHERE l.source = f.source AND l.guild_id = f.guild_id
	RETURNING l.guild_id, l.source, l.failures INTO guild_id, source, failures;
END
$$;

-- Some guilds whose voice is due, all of one shim (P_SOURCE; NULL: of any), with all that settling
-- them takes: at most P_EVENTS events (one more than that is never needed to know that there are
-- more), the outages since they were settled, and of the occupants those that the events name and a
-- slice of P_SLICE that have a tick or a beat due; all of them when there is a snapshot or an
-- outage. With these the counts of their channels, back to the last one before the first tick that
-- is due; when it has changed whether the muted count, all of them as well. SETTINGS is the version of
-- the guild's settings, RULES what they say of voice (NULL: the defaults), MEMBERS and PLACES the
-- factors and caps of the members and channels concerned (NULL: there are none). DAY is the guild's
-- day at the source's clock, MIDNIGHT_MS when it began. Guilds together have about P_MEMBERS members in voice; one may have more.
--
-- What is due is read in the order of its index, also before the table was analysed: sorting would
-- look at everybody in voice for the few who are due.
CREATE OR REPLACE FUNCTION besace_voice_load(
	p_source VARCHAR, p_members BIGINT, p_events INTEGER, p_slice INTEGER)
RETURNS TABLE (source VARCHAR, source_clock_ms BIGINT, source_beat_ms BIGINT, guild_id VARCHAR,
	version BIGINT, clock_ms BIGINT, occupants JSONB, events JSONB, outages JSONB, channels JSONB,
	settings BIGINT, day DATE, midnight_ms BIGINT, muted_excluded BOOLEAN, rules JSONB,
	members JSONB, places JSONB)
LANGUAGE plpgsql SET enable_sort = off AS $$
#variable_conflict use_column
DECLARE
	v_guild RECORD;
	v_users VARCHAR[];
	v_settings besace_settings;
BEGIN
	SELECT s.source, s.clock_ms, s.beat_ms INTO source, source_clock_ms, source_beat_ms
	FROM besace_sources s WHERE s.source = besace_voice_due_source(p_source);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	FOR v_guild IN
		SELECT l.* FROM (
			SELECT d.*, sum(d.weight) OVER (ORDER BY d.settle_ms, d.guild_id) - d.weight
				AS before
			FROM besace_voice_guilds d
			WHERE d.source = besace_voice_load.source
				AND (d.settle_ms <= source_clock_ms OR d.beat_ms < source_beat_ms)
				AND besace_voice_is_ready(d.retry_at)
			ORDER BY d.settle_ms, d.guild_id LIMIT 200) l
		WHERE l.before < p_members ORDER BY l.settle_ms, l.guild_id
	LOOP
		guild_id := v_guild.guild_id;
		version := v_guild.version;
		clock_ms := v_guild.clock_ms;
		muted_excluded := v_guild.muted_excluded;
		SELECT s.* INTO v_settings FROM besace_settings s
			WHERE s.guild_id = v_guild.guild_id;
		settings := coalesce(v_settings.version, 0);
		day := besace_day(coalesce(v_settings.time_zone, 'Europe/Paris'),
			to_timestamp(source_clock_ms / 1000));
		midnight_ms := besace_midnight_ms(
			coalesce(v_settings.time_zone, 'Europe/Paris'), day);
		rules := besace_voice_rules(v_settings);
		events := (SELECT coalesce(jsonb_agg(jsonb_build_array(e.position, e.at_ms, e.whole,
				e.states) ORDER BY e.position), '[]')
			FROM (SELECT * FROM besace_voice_events e
				WHERE e.guild_id = v_guild.guild_id AND e.source = v_guild.source
				ORDER BY e.position LIMIT p_events) e);
		outages := (SELECT coalesce(jsonb_agg(jsonb_build_array(x.from_ms, x.to_ms)
				ORDER BY x.from_ms), '[]')
			FROM besace_outages x
			WHERE x.source = v_guild.source AND x.to_ms > v_guild.clock_ms);
		IF outages <> '[]' OR events @> '[[true]]'
				OR muted_excluded <> (v_settings.voice_muted IS FALSE) THEN
			v_users := ARRAY(SELECT o.user_id FROM besace_voice_occupants o
				WHERE o.guild_id = v_guild.guild_id AND o.source = v_guild.source);
		ELSE
			v_users := ARRAY(
				SELECT s ->> 0 FROM jsonb_array_elements(events) AS e,
					jsonb_array_elements(e -> 3) AS s
				UNION (SELECT o.user_id FROM besace_voice_occupants o
				WHERE o.guild_id = v_guild.guild_id AND o.source = v_guild.source
					AND o.due_ms <= source_clock_ms
				ORDER BY o.due_ms LIMIT p_slice)
				UNION (SELECT o.user_id FROM besace_voice_occupants o
				WHERE o.guild_id = v_guild.guild_id AND o.source = v_guild.source
					AND o.channel_id IS NOT NULL AND o.credited_ms < source_beat_ms
				ORDER BY o.credited_ms LIMIT p_slice));
		END IF;
		-- A join, not = ANY (…): that compares every row with every id.
		WITH found AS MATERIALIZED (
			SELECT o.* FROM unnest(v_users) AS w (user_id)
			JOIN besace_voice_occupants o ON o.guild_id = v_guild.guild_id
				AND o.source = v_guild.source AND o.user_id = w.user_id
		), concerned AS (
			SELECT i.id, coalesce(min(i.due_ms), 9223372036854775807) AS first_due_ms
			FROM (SELECT f.channel_id AS id, CASE WHEN f.counts
					AND f.due_ms <= source_clock_ms THEN f.due_ms END AS due_ms
				FROM found f
				UNION ALL SELECT s ->> 1, NULL FROM jsonb_array_elements(events) AS e,
					jsonb_array_elements(e -> 3) AS s) i
			WHERE i.id IS NOT NULL GROUP BY i.id
		)
		SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(f.user_id, f.channel_id, f.counts,
				f.since_ms, f.left_ms, f.credited_ms, f.rest_ms, f.run, f.able,
				f.muted)), '[]')
				FROM found f),
			(SELECT coalesce(jsonb_agg(jsonb_build_array(c.id, (
				SELECT coalesce(jsonb_agg(jsonb_build_array(n.at_ms, n.count)
					ORDER BY n.at_ms), '[]')
				FROM besace_voice_counts n
				WHERE n.guild_id = v_guild.guild_id AND n.source = v_guild.source
					AND n.channel_id = c.id AND n.at_ms >= coalesce((
						SELECT max(b.at_ms) FROM besace_voice_counts b
						WHERE b.guild_id = v_guild.guild_id
							AND b.source = v_guild.source
							AND b.channel_id = c.id
							AND b.at_ms < c.first_due_ms), 0)))), '[]')
				FROM concerned c)
		INTO occupants, channels;
		members := besace_voice_members(v_settings, v_users, day);
		places := besace_voice_places(v_settings, channels);
		RETURN NEXT;
	END LOOP;
END
$$;
