-- Rewards for everybody who has their level.

-- How many members have a right to the reward P_ROLE (NULL: to any), of those who are there.
CREATE OR REPLACE FUNCTION besace_role_entitled(p_guild VARCHAR, p_role VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_level BIGINT := (SELECT min(level) FROM besace_rewards
		WHERE guild_id = p_guild AND state <> 'gone' AND (p_role IS NULL OR role_id = p_role));
BEGIN
	RETURN (SELECT count(*) FROM users WHERE guild_id = p_guild AND left_at IS NULL
		AND xp >= 50 * v_level * (v_level - 1));
END
$$;

-- Begins to give the rewards to everybody who has the level of P_ROLE (NULL: of the lowest). Outcome:
-- {"done": true, "total"} or {"done": false, "refusal"}: running (one is under way), none (there is
-- no such reward). P_TOKEN of the interaction that begins it (NULL: none), of P_APPLICATION, edits its
-- message for as long as Discord knows it.
CREATE OR REPLACE FUNCTION besace_role_run_start(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_role VARCHAR,
	p_application VARCHAR DEFAULT NULL, p_token VARCHAR DEFAULT NULL,
	p_language VARCHAR DEFAULT NULL) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_level INTEGER;
	v_total INTEGER;
	v_outcome JSONB;
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
BEGIN
	-- Before the member: besace_role_run_expand locks them in this order.
	PERFORM FROM besace_role_runs WHERE guild_id = p_guild FOR NO KEY UPDATE;
	v_me := besace_begin(
		p_guild, p_user, p_username, p_seen_ms, p_interaction, 'role_run_start');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	SELECT min(level) INTO v_level FROM besace_rewards
		WHERE guild_id = p_guild AND state <> 'gone' AND (p_role IS NULL OR role_id = p_role);
	IF v_level IS NULL THEN
		v_outcome := '{"done": false, "refusal": "none"}';
	ELSE
		v_total := besace_role_entitled(p_guild, p_role);
		INSERT INTO besace_role_runs AS r (guild_id, actor_id, role_id, level, total,
			application_id, message_token, language, follow_until, follow_at)
		SELECT p_guild, p_user, p_role, v_level, v_total, p_application, p_token, p_language,
			v_now + interval '14 minutes',
			CASE WHEN p_token IS NOT NULL THEN v_now + interval '2 seconds' END
		ON CONFLICT (guild_id) DO UPDATE SET run_id = DEFAULT, actor_id = excluded.actor_id,
			role_id = excluded.role_id, level = excluded.level, total = excluded.total,
			seen = 0, after_id = '', state = 'running', expanded = false,
			started_at = excluded.started_at, ended_at = NULL,
			application_id = excluded.application_id,
			message_token = excluded.message_token, language = excluded.language,
			follow_until = excluded.follow_until, follow_at = excluded.follow_at
		WHERE r.state <> 'running';
		v_outcome := CASE WHEN FOUND THEN jsonb_build_object('done', true, 'total', v_total)
			ELSE '{"done": false, "refusal": "running"}' END;
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'role_run_start', v_outcome);
END
$$;

-- Stops the run of P_GUILD: what is not under way yet is left. Outcome: {"done": true, "total"} or
-- {"done": false, "refusal": "none"} when none is under way.
CREATE OR REPLACE FUNCTION besace_role_run_stop(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_run BIGINT;
	v_total INTEGER;
BEGIN
	PERFORM FROM besace_role_runs WHERE guild_id = p_guild FOR NO KEY UPDATE;
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'role_run_stop');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	UPDATE besace_role_runs SET state = 'stopped', ended_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND state = 'running' RETURNING run_id, total INTO v_run, v_total;
	-- A level-up that took over a job of the run stays.
	WITH stopped AS (
		SELECT user_id FROM besace_role_jobs
		WHERE guild_id = p_guild AND run_id = v_run AND mass
		ORDER BY user_id FOR UPDATE
	)
	DELETE FROM besace_role_jobs j USING stopped s
	WHERE j.guild_id = p_guild AND j.user_id = s.user_id;
	RETURN besace_end(p_guild, p_user, p_interaction, 'role_run_stop',
		CASE WHEN v_run IS NULL THEN '{"done": false, "refusal": "none"}'::jsonb
			ELSE jsonb_build_object('done', true, 'total', v_total) END);
END
$$;

-- Where the run of P_GUILD stands: {state, total, seen, done, role}; NULL: there never was one.
CREATE OR REPLACE FUNCTION besace_role_run(p_guild VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('state', r.state, 'total', greatest(r.total, r.seen),
		'done', r.seen - (SELECT count(*) FROM besace_role_jobs j
			WHERE j.guild_id = r.guild_id AND j.run_id = r.run_id AND j.state = 'due'),
		'role', r.role_id)
		FROM besace_role_runs r WHERE r.guild_id = p_guild);
END
$$;

-- Goes on with a run of which fewer than P_ROWS jobs wait: writes those of the next P_ROWS members,
-- so that little is to be taken back when it is stopped. Ends what is through: members who have not
-- accepted the guild's rules may never do. Returns how many
-- members were seen; NULL when no run had anything to do.
CREATE OR REPLACE FUNCTION besace_role_run_expand(p_rows INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	r besace_role_runs;
	v_members VARCHAR[];
BEGIN
	FOR r IN SELECT * FROM besace_role_runs WHERE state = 'running'
		ORDER BY guild_id FOR NO KEY UPDATE SKIP LOCKED
	LOOP
		IF r.expanded AND NOT EXISTS (SELECT FROM besace_role_jobs j
			WHERE j.guild_id = r.guild_id AND j.run_id = r.run_id AND j.state = 'due') THEN
			UPDATE besace_role_runs SET state = 'done', ended_at = now() AT TIME ZONE 'utc'
				WHERE guild_id = r.guild_id;
		ELSIF NOT r.expanded AND (SELECT count(*) FROM (SELECT FROM besace_role_jobs j
			WHERE j.guild_id = r.guild_id AND j.run_id = r.run_id AND j.state = 'due'
			LIMIT p_rows) waiting) < p_rows THEN
			SELECT coalesce(array_agg(m.user_id ORDER BY m.user_id), '{}') INTO v_members FROM (
				SELECT u.user_id FROM users u
				WHERE u.guild_id = r.guild_id AND u.user_id > r.after_id
					AND u.left_at IS NULL AND u.level >= r.level
				ORDER BY u.user_id LIMIT p_rows FOR NO KEY UPDATE) m;
			PERFORM besace_roles_want(u, u.level, r.run_id) FROM users u
			WHERE u.guild_id = r.guild_id AND u.user_id = ANY (v_members);
			UPDATE besace_role_runs SET seen = seen + cardinality(v_members),
				after_id = coalesce(v_members[cardinality(v_members)], after_id),
				expanded = cardinality(v_members) < p_rows
			WHERE guild_id = r.guild_id;
			RETURN cardinality(v_members);
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;

-- The messages of up to P_MAX runs, of all guilds, that are to be edited now: how far the run is, and
-- by which token. The next edit is due three seconds later, none once the run is over. A message of
-- which this is the last edit keeps no token.
CREATE OR REPLACE FUNCTION besace_role_runs_follow(p_max INTEGER)
RETURNS TABLE (guild_id VARCHAR, run JSONB, application_id VARCHAR, token VARCHAR, language VARCHAR)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
BEGIN
	RETURN QUERY
	WITH due AS MATERIALIZED (
		SELECT r.guild_id, r.application_id, r.message_token, r.language, r.follow_until,
			r.state = 'running' AND r.follow_until > v_now AS goes_on
		FROM besace_role_runs r WHERE r.follow_at <= v_now
		ORDER BY r.follow_at LIMIT p_max FOR NO KEY UPDATE SKIP LOCKED
	), next AS (
		UPDATE besace_role_runs r SET
			follow_at = CASE WHEN d.goes_on THEN v_now + interval '3 seconds' END,
			message_token = CASE WHEN d.goes_on THEN r.message_token END
		FROM due d WHERE r.guild_id = d.guild_id
	)
	SELECT d.guild_id, besace_role_run(d.guild_id), d.application_id, d.message_token, d.language
	FROM due d WHERE d.follow_until > v_now;
END
$$;

-- The message of P_GUILD's run does not follow it any more: it shows something else.
CREATE OR REPLACE FUNCTION besace_role_run_leave(p_guild VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE besace_role_runs SET follow_at = NULL, message_token = NULL
		WHERE guild_id = p_guild AND follow_at IS NOT NULL;
END
$$;
