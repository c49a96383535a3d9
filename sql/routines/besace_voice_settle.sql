-- Writes what settling lounges of one shim has brought, if nobody else has settled any of them
-- since they were looked at; returns whether it did.
--
-- P_LOUNGES is an array of {guild, version (as it was looked at), seen (position of the last event
-- that was looked at), consumed (position up to which events are done with), clock, due, beat
-- (null: not for heartbeats), in_doubt, weight (members who are left), occupants: [[user, channel,
-- counts, since, left, credited, rest, run], …] (those that changed), gone: [user, …]}. P_USERS,
-- nobody twice, earned P_XP and P_SECONDS in voice.
CREATE OR REPLACE FUNCTION besace_lounges_settle(p_source VARCHAR, p_lounges JSONB,
	p_users VARCHAR[], p_xp BIGINT[], p_seconds BIGINT[], p_channel VARCHAR) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_same INTEGER;
BEGIN
	SELECT count(*) INTO v_same FROM (
		SELECT l.version = v.version AS same
		FROM jsonb_to_recordset(p_lounges) AS v (guild VARCHAR, version BIGINT)
		JOIN besace_lounges l ON l.source = p_source AND l.guild_id = v.guild
		ORDER BY l.guild_id FOR NO KEY UPDATE OF l) locked
	WHERE same;
	IF v_same <> jsonb_array_length(p_lounges) THEN
		RETURN false;
	END IF;
	PERFORM FROM unnest(p_users) AS p (id) JOIN users u ON u.user_id = p.id
		ORDER BY u.user_id FOR NO KEY UPDATE OF u;

	DELETE FROM besace_lounge_occupants o
	USING jsonb_to_recordset(p_lounges) AS v (guild VARCHAR, gone JSONB),
		jsonb_array_elements_text(v.gone) AS g (id)
	WHERE o.user_id = g.id AND o.source = p_source AND o.guild_id = v.guild;

	INSERT INTO besace_lounge_occupants AS o (user_id, source, guild_id, channel_id, counts,
		since_ms, left_ms, credited_ms, rest_ms, run)
	SELECT m ->> 0, p_source, v.guild, m ->> 1, (m ->> 2)::boolean, (m ->> 3)::bigint,
		(m ->> 4)::bigint, (m ->> 5)::bigint, (m ->> 6)::smallint, (m ->> 7)::smallint
	FROM jsonb_to_recordset(p_lounges) AS v (guild VARCHAR, occupants JSONB),
		jsonb_array_elements(v.occupants) AS m
	ON CONFLICT (user_id, source, guild_id) DO UPDATE SET channel_id = excluded.channel_id,
		counts = excluded.counts, since_ms = excluded.since_ms, left_ms = excluded.left_ms,
		credited_ms = excluded.credited_ms, rest_ms = excluded.rest_ms, run = excluded.run;

	WITH consumed AS (
		DELETE FROM besace_lounge_events e
		USING jsonb_to_recordset(p_lounges) AS v (guild VARCHAR, consumed BIGINT)
		WHERE e.source = p_source AND e.guild_id = v.guild AND e.position <= v.consumed
		RETURNING e.guild_id
	), counted AS (
		SELECT guild_id, count(*) AS events FROM consumed GROUP BY guild_id
	)
	UPDATE besace_lounges l SET version = txid_current(), clock_ms = v.clock,
		beat_ms = v.beat, in_doubt = v.in_doubt, weight = v.weight,
		pending = l.pending - coalesce(c.events, 0),
		due_ms = CASE WHEN EXISTS (SELECT FROM besace_lounge_events e
			WHERE e.source = p_source AND e.guild_id = v.guild AND e.position > v.seen)
			THEN 0 ELSE v.due END
	FROM jsonb_to_recordset(p_lounges) AS v (guild VARCHAR, clock BIGINT, due BIGINT,
			beat BIGINT, in_doubt BOOLEAN, weight INTEGER, seen BIGINT)
		LEFT JOIN counted c ON c.guild_id = v.guild
	WHERE l.source = p_source AND l.guild_id = v.guild;

	DELETE FROM besace_lounges l USING jsonb_to_recordset(p_lounges) AS v (guild VARCHAR)
	WHERE l.source = p_source AND l.guild_id = v.guild AND l.pending = 0
		AND NOT EXISTS (SELECT FROM besace_lounge_occupants o
			WHERE o.source = p_source AND o.guild_id = l.guild_id);

	UPDATE users u SET voice_time = least(u.voice_time + e.seconds, 2147483647),
		updated_at = now() AT TIME ZONE 'utc'
	FROM unnest(p_users, p_seconds) AS e (id, seconds)
	WHERE u.user_id = e.id AND e.seconds > 0;
	PERFORM besace_xp_add(p_users, p_xp, p_channel);
	RETURN true;
END
$$;
