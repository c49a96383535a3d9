-- Writes what settling the voice of some guilds of one shim has brought, if nobody else has settled
-- any of them since they were loaded; returns whether it did.
--
-- P_TASKS is an array of {guild, version (as it was loaded), seen (position of the last event that
-- was loaded), consumed (position up to which events are done with), clock, beat (up to which time
-- was to be credited), unresolved, due (when to settle at the latest; while unresolved), occupants:
-- [[user, channel, counts, since, left, credited, rest, run, due, able, muted], …] (those that
-- changed), gone: [user, …], counts: [[channel, at, count], …] (likewise), settings (their version as
-- loaded), day (likewise), muted_excluded}. P_USERS of P_GUILDS, nobody twice, earned P_XP on that day
-- and P_XP_EVE before it began, last in P_PLACES (NULL: nobody asks), and P_SECONDS in voice. Settings
-- that changed since they were loaded are a reason to load again as well. Up to P_AT_ONCE members are
-- paid here; more are owed it (besace_voice_owed_pay), and no member's row is locked.
CREATE OR REPLACE FUNCTION besace_voice_settle(p_source VARCHAR, p_tasks JSONB,
	p_guilds VARCHAR[], p_users VARCHAR[], p_xp BIGINT[], p_xp_eve BIGINT[],
	p_places VARCHAR[], p_seconds BIGINT[], p_at_once INTEGER) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_at_once BOOLEAN := cardinality(p_users) <= p_at_once;
	v_days DATE[] := ARRAY(SELECT t.day FROM unnest(p_guilds) WITH ORDINALITY AS e (guild, place)
		JOIN jsonb_to_recordset(p_tasks) AS t (guild VARCHAR, day DATE) ON t.guild = e.guild
		ORDER BY e.place);
	v_same INTEGER;
	v_gone_guilds VARCHAR[];
	v_gone_users VARCHAR[];
BEGIN
	PERFORM besace_json_keys('json_voice_task', v,
		'{guild,settings,day,muted_excluded,version,seen,consumed,clock,due,beat,unresolved,occupants,gone,counts}', '{}')
		FROM jsonb_array_elements(p_tasks) AS v;
	SELECT count(*) INTO v_same FROM (
		SELECT l.version = v.version AND coalesce(s.version, 0) = v.settings AS same
		FROM jsonb_to_recordset(p_tasks)
			AS v (guild VARCHAR, version BIGINT, settings BIGINT)
		JOIN besace_voice_guilds l ON l.source = p_source AND l.guild_id = v.guild
		LEFT JOIN besace_settings s ON s.guild_id = v.guild
		ORDER BY l.guild_id FOR NO KEY UPDATE OF l) locked
	WHERE same;
	IF v_same <> jsonb_array_length(p_tasks) THEN
		RETURN false;
	END IF;
	IF v_at_once THEN
		PERFORM besace_voice_lock(p_guilds, p_users);
	END IF;

	-- By arrays: of a list in JSON the planner expects so much that it would read all occupants.
	SELECT array_agg(v.guild), array_agg(g.id) INTO v_gone_guilds, v_gone_users
	FROM jsonb_to_recordset(p_tasks) AS v (guild VARCHAR, gone JSONB),
		jsonb_array_elements_text(v.gone) AS g (id);
	DELETE FROM besace_voice_occupants o
	USING unnest(v_gone_guilds, v_gone_users) AS g (guild_id, user_id)
	WHERE o.guild_id = g.guild_id AND o.source = p_source AND o.user_id = g.user_id;

	INSERT INTO besace_voice_occupants AS o (guild_id, user_id, source, channel_id, counts,
		since_ms, left_ms, credited_ms, rest_ms, run, due_ms, able, muted)
	SELECT v.guild, m ->> 0, p_source, m ->> 1, (m ->> 2)::boolean, (m ->> 3)::bigint,
		(m ->> 4)::bigint, (m ->> 5)::bigint, (m ->> 6)::smallint, (m ->> 7)::smallint,
		(m ->> 8)::bigint, (m ->> 9)::boolean, (m ->> 10)::boolean
	FROM jsonb_to_recordset(p_tasks) AS v (guild VARCHAR, occupants JSONB),
		jsonb_array_elements(v.occupants) AS m
	ON CONFLICT (guild_id, source, user_id) DO UPDATE SET channel_id = excluded.channel_id,
		counts = excluded.counts, since_ms = excluded.since_ms, left_ms = excluded.left_ms,
		credited_ms = excluded.credited_ms, rest_ms = excluded.rest_ms, run = excluded.run,
		due_ms = excluded.due_ms, able = excluded.able, muted = excluded.muted;

	INSERT INTO besace_voice_counts (guild_id, source, channel_id, at_ms, count)
	SELECT v.guild, p_source, c ->> 0, (c ->> 1)::bigint, (c ->> 2)::integer
	FROM jsonb_to_recordset(p_tasks) AS v (guild VARCHAR, counts JSONB),
		jsonb_array_elements(v.counts) AS c
	ON CONFLICT (guild_id, source, channel_id, at_ms) DO UPDATE SET count = excluded.count;

	-- Of the channels that changed: what is older than any tick that is due. That is found once a
	-- guild: the first entries of its index may be of those who have just left.
	WITH bounds AS MATERIALIZED (
		SELECT v.guild, v.counts, coalesce((
			SELECT o.due_ms FROM besace_voice_occupants o
			WHERE o.guild_id = v.guild AND o.source = p_source AND o.due_ms IS NOT NULL
			ORDER BY o.due_ms LIMIT 1),
			v.clock) AS bound
		FROM jsonb_to_recordset(p_tasks) AS v (guild VARCHAR, clock BIGINT, counts JSONB)
	)
	DELETE FROM besace_voice_counts c
	USING (SELECT DISTINCT v.guild, e ->> 0 AS channel, v.bound
		FROM bounds v, jsonb_array_elements(v.counts) AS e) b
	WHERE c.guild_id = b.guild AND c.source = p_source AND c.channel_id = b.channel
		AND c.at_ms < b.bound AND (c.count = 0 OR EXISTS (
			SELECT FROM besace_voice_counts n
			WHERE n.guild_id = c.guild_id AND n.source = p_source
				AND n.channel_id = c.channel_id AND n.at_ms > c.at_ms
				AND n.at_ms < b.bound));

	WITH consumed AS (
		DELETE FROM besace_voice_events e
		USING jsonb_to_recordset(p_tasks) AS v (guild VARCHAR, consumed BIGINT)
		WHERE e.source = p_source AND e.guild_id = v.guild AND e.position <= v.consumed
		RETURNING e.guild_id
	), counted AS (
		SELECT guild_id, count(*) AS events FROM consumed GROUP BY guild_id
	)
	UPDATE besace_voice_guilds l SET version = txid_current(), clock_ms = v.clock,
		unresolved = v.unresolved, muted_excluded = v.muted_excluded, pending = l.pending - coalesce(c.events, 0),
		failures = 0, retry_at = NULL,
		beat_ms = CASE WHEN v.unresolved THEN NULL ELSE (
			-- The occupant whose credit is the oldest: is the slice the last one?
			SELECT CASE WHEN o.credited_ms < v.beat THEN 0 ELSE v.beat END
			FROM besace_voice_occupants o
			WHERE o.guild_id = v.guild AND o.source = p_source
				AND o.channel_id IS NOT NULL
			ORDER BY o.credited_ms LIMIT 1) END,
		settle_ms = CASE WHEN EXISTS (SELECT FROM besace_voice_events e
				WHERE e.source = p_source AND e.guild_id = v.guild
					AND e.position > v.seen) THEN 0
			WHEN v.unresolved THEN v.due
			ELSE coalesce((SELECT o.due_ms FROM besace_voice_occupants o
				WHERE o.guild_id = v.guild AND o.source = p_source
					AND o.due_ms IS NOT NULL ORDER BY o.due_ms LIMIT 1), 9223372036854775807) END,
		weight = (SELECT count(*) FROM (SELECT FROM besace_voice_occupants o
			WHERE o.guild_id = v.guild AND o.source = p_source LIMIT 200) first_of_them)
	FROM jsonb_to_recordset(p_tasks) AS v (guild VARCHAR, clock BIGINT, due BIGINT,
			beat BIGINT, unresolved BOOLEAN, seen BIGINT, muted_excluded BOOLEAN)
		LEFT JOIN counted c ON c.guild_id = v.guild
	WHERE l.source = p_source AND l.guild_id = v.guild;

	DELETE FROM besace_voice_guilds l USING jsonb_to_recordset(p_tasks) AS v (guild VARCHAR)
	WHERE l.source = p_source AND l.guild_id = v.guild AND l.pending = 0
		AND NOT EXISTS (SELECT FROM besace_voice_occupants o
			WHERE o.source = p_source AND o.guild_id = l.guild_id);

	IF v_at_once THEN
		PERFORM besace_voice_pay(
			p_guilds, p_users, v_days, p_xp, p_xp_eve, p_places, p_seconds);
		RETURN true;
	END IF;
	INSERT INTO besace_voice_owed AS o
		(guild_id, user_id, day, xp, xp_eve, place_id, seconds)
	SELECT * FROM unnest(p_guilds, p_users, v_days, p_xp, p_xp_eve, p_places, p_seconds)
		AS e (guild_id, user_id, day, xp, xp_eve, place_id, seconds)
	ORDER BY guild_id, user_id
	ON CONFLICT (guild_id, user_id, day) DO UPDATE SET xp = o.xp + excluded.xp,
		xp_eve = o.xp_eve + excluded.xp_eve, seconds = o.seconds + excluded.seconds,
		place_id = coalesce(excluded.place_id, o.place_id);
	RETURN true;
END
$$;

-- Locks members who are to be paid, in the order in which everything locks members.
CREATE OR REPLACE FUNCTION besace_voice_lock(p_guilds VARCHAR[], p_users VARCHAR[]) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM unnest(p_guilds, p_users) AS m (guild_id, user_id)
		JOIN users u ON u.guild_id = m.guild_id AND u.user_id = m.user_id
		ORDER BY u.guild_id, u.user_id FOR NO KEY UPDATE OF u;
END
$$;

-- Pays at most P_ROWS of what members of one guild are owed, the oldest day of each first. Returns how
-- many. The guild is drawn: one that fails must not hold up the others.
CREATE OR REPLACE FUNCTION besace_voice_owed_pay(p_rows INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_guild VARCHAR := (SELECT guild_id FROM (SELECT DISTINCT guild_id FROM besace_voice_owed) g
		ORDER BY random() LIMIT 1);
	v_paid RECORD;
BEGIN
	WITH due AS MATERIALIZED (
		SELECT o.guild_id, o.user_id, o.day FROM besace_voice_owed o
		WHERE o.guild_id = v_guild AND NOT EXISTS (SELECT FROM besace_voice_owed e
			WHERE e.guild_id = o.guild_id AND e.user_id = o.user_id AND e.day < o.day)
		ORDER BY o.user_id LIMIT p_rows FOR UPDATE OF o SKIP LOCKED
	), taken AS (
		DELETE FROM besace_voice_owed o USING due d
		WHERE o.guild_id = d.guild_id AND o.user_id = d.user_id AND o.day = d.day
		RETURNING o.*
	)
	SELECT array_agg(guild_id) AS guilds, array_agg(user_id) AS users, array_agg(day) AS days,
		array_agg(xp) AS xp, array_agg(xp_eve) AS xp_eve, array_agg(place_id) AS places,
		array_agg(seconds) AS seconds INTO v_paid FROM taken;
	IF v_paid.users IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM besace_voice_lock(v_paid.guilds, v_paid.users);
	PERFORM besace_voice_pay(v_paid.guilds, v_paid.users, v_paid.days, v_paid.xp, v_paid.xp_eve,
		v_paid.places, v_paid.seconds);
	RETURN cardinality(v_paid.users);
END
$$;

-- What members earned who are locked. What came from elsewhere since it was worked out counts for the
-- cap of the day.
CREATE OR REPLACE FUNCTION besace_voice_pay(p_guilds VARCHAR[], p_users VARCHAR[], p_days DATE[],
	p_xp BIGINT[], p_xp_eve BIGINT[], p_places VARCHAR[], p_seconds BIGINT[]) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_guilds VARCHAR[];
	v_users VARCHAR[];
	v_was INTEGER[];
BEGIN
	PERFORM besace_many_members(true);
	WITH earned AS MATERIALIZED (
		SELECT e.guild_id, e.user_id, e.seconds, e.place_id, e.day, u.level AS was,
			CASE WHEN s.day_xp_max IS NULL THEN e.xp ELSE least(e.xp, greatest(
				s.day_xp_max - besace_xp_of_day(
					u.xp_day, u.xp_today, u.xp_eve, e.day), 0)) END::integer AS xp,
			CASE WHEN s.day_xp_max IS NULL THEN e.eve ELSE least(e.eve, greatest(
				s.day_xp_max - besace_xp_of_day(u.xp_day, u.xp_today, u.xp_eve,
					e.day - 1), 0)) END::integer AS eve
		FROM unnest(p_guilds, p_users, p_days, p_xp, p_xp_eve, p_places, p_seconds)
			AS e (guild_id, user_id, day, xp, eve, place_id, seconds)
		JOIN users u ON u.guild_id = e.guild_id AND u.user_id = e.user_id
		LEFT JOIN besace_settings s ON s.guild_id = e.guild_id
	), given AS (
		UPDATE users u SET voice_time = least(u.voice_time + e.seconds, 2147483647),
			xp = least(u.xp::bigint + e.xp + e.eve, 2147483647),
			xp_today = besace_xp_today(u.xp_day, u.xp_today, e.day, e.xp),
			xp_eve = besace_xp_eve(
				u.xp_day, u.xp_today, u.xp_eve, e.day, e.xp, e.eve),
			xp_day = greatest(u.xp_day, e.day),
			place_id = CASE WHEN e.xp + e.eve > 0
				THEN coalesce(e.place_id, u.place_id) ELSE u.place_id END,
			updated_at = now() AT TIME ZONE 'utc'
		FROM earned e WHERE u.guild_id = e.guild_id AND u.user_id = e.user_id
			AND (e.seconds > 0 OR e.xp > 0 OR e.eve > 0)
		RETURNING u.guild_id, u.user_id, u.level, e.was
	)
	SELECT array_agg(guild_id), array_agg(user_id), array_agg(was)
	INTO v_guilds, v_users, v_was FROM given WHERE level > was;
	IF v_users IS NOT NULL THEN
		PERFORM besace_level_up(v_guilds, v_users, v_was);
	END IF;
END
$$;
