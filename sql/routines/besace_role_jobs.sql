-- The jobs of roles: several guilds at once, one job at a time for each, by the replica that holds
-- the guild's lease.

-- What is left to do of the oldest due job of P_GUILD, level-ups before mass work: {user, version,
-- steps: [{role, give, level}, …]}; NULL when nothing is. Jobs of which nothing is left end here, or
-- wait for the rewards that are blocked. Nothing is left where levels are off by now. The caller has
-- leased the guild.
CREATE OR REPLACE FUNCTION besace_role_job_next(p_guild VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	j besace_role_jobs;
	v_off BOOLEAN := EXISTS (SELECT FROM besace_settings
		WHERE guild_id = p_guild AND NOT levels);
	v_roles VARCHAR[];
	v_is_gone BOOLEAN;
	v_blocked BOOLEAN;
	v_steps JSONB;
BEGIN
	FOR v_look IN 1 .. 100 LOOP
		SELECT * INTO j FROM besace_role_jobs
		WHERE guild_id = p_guild AND state = 'due'
			AND due_at <= clock_timestamp() AT TIME ZONE 'utc'
		ORDER BY mass, due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
		SELECT roles, left_at IS NOT NULL INTO v_roles, v_is_gone FROM users
			WHERE guild_id = p_guild AND user_id = j.user_id;
		-- What the member has as it is wished for is done with, however long the rest has to wait: a
		-- moderator may change it, and only a later wish changes it back.
		IF j.wanted && v_roles OR NOT j.unwanted <@ v_roles THEN
			UPDATE besace_role_jobs SET
				wanted = ARRAY(SELECT unnest(j.wanted) EXCEPT SELECT unnest(v_roles)),
				unwanted = ARRAY(SELECT unnest(j.unwanted) INTERSECT SELECT unnest(v_roles))
			WHERE guild_id = p_guild AND user_id = j.user_id RETURNING * INTO j;
		END IF;
		UPDATE besace_rewards SET state = 'blocked', code = NULL,
			state_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND state = 'active' AND NOT v_off
			AND role_id = ANY (j.wanted) AND role_id <> ALL (v_roles)
			AND besace_role_fault(p_guild, role_id, setter_role_id) IS NOT NULL;
		-- What is given comes before what is taken away: nobody is without for a moment.
		SELECT coalesce(bool_or(r.state = 'blocked'), false),
			jsonb_agg(jsonb_build_object('role', r.role_id, 'level', r.level,
				'give', r.role_id = ANY (j.wanted))
				ORDER BY r.role_id = ANY (j.wanted) DESC, r.level, r.role_id)
			FILTER (WHERE r.state = 'active')
		INTO v_blocked, v_steps FROM besace_rewards r
		WHERE r.guild_id = p_guild AND r.state <> 'gone' AND NOT v_is_gone AND NOT v_off
			AND (r.role_id = ANY (j.wanted) AND r.role_id <> ALL (v_roles)
				OR r.role_id = ANY (j.unwanted) AND r.role_id = ANY (v_roles));
		IF v_steps IS NOT NULL THEN
			RETURN jsonb_build_object(
				'user', j.user_id, 'version', j.version, 'steps', v_steps);
		END IF;
		IF v_blocked THEN
			UPDATE besace_role_jobs SET state = 'blocked', run_id = NULL
			WHERE guild_id = p_guild AND user_id = j.user_id;
		ELSE
			DELETE FROM besace_role_jobs WHERE guild_id = p_guild AND user_id = j.user_id;
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;

-- Leases up to P_COUNT guilds that have a due job to P_HOLDER for P_LEASE_S seconds, and returns
-- what is to be done. Guilds with level-ups come before those with mass work alone, then the one
-- that was served longest ago. P_BUSY are guilds that P_HOLDER is working on already.
CREATE OR REPLACE FUNCTION besace_role_jobs_take(
	p_holder VARCHAR, p_count INTEGER, p_lease_s INTEGER, p_busy VARCHAR[])
RETURNS TABLE (guild_id VARCHAR, job JSONB, locale VARCHAR, failures INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v RECORD;
	v_now TIMESTAMP := clock_timestamp() AT TIME ZONE 'utc';
	v_left INTEGER := p_count;
BEGIN
	FOR v IN
		WITH RECURSIVE waiting AS ( -- an index probe for each guild with jobs, however many
			(SELECT j.guild_id FROM besace_role_jobs j WHERE j.state = 'due'
			ORDER BY j.guild_id LIMIT 1)
			UNION ALL
			SELECT n.guild_id FROM waiting w CROSS JOIN LATERAL (
				SELECT j.guild_id FROM besace_role_jobs j
				WHERE j.state = 'due' AND j.guild_id > w.guild_id
				ORDER BY j.guild_id LIMIT 1) n
		), due AS (
			SELECT w.guild_id, h.mass FROM waiting w CROSS JOIN LATERAL (
				SELECT j.mass FROM besace_role_jobs j
				WHERE j.guild_id = w.guild_id AND j.state = 'due' AND j.due_at <= v_now
				ORDER BY j.mass LIMIT 1) h
			WHERE w.guild_id <> ALL (p_busy)
		)
		SELECT g.guild_id, g.failures FROM due d JOIN besace_role_guilds g USING (guild_id)
		WHERE g.retry_at <= v_now
			AND (g.holder IS NULL OR g.holder = p_holder OR g.leased_until < v_now)
			-- Nothing is done in a guild that removed Besace.
			AND NOT EXISTS (SELECT FROM besace_guilds b
				WHERE b.guild_id = g.guild_id AND b.removed_at IS NOT NULL)
		ORDER BY d.mass, g.served_at, g.guild_id FOR NO KEY UPDATE OF g SKIP LOCKED
	LOOP
		EXIT WHEN v_left = 0;
		job := besace_role_job_next(v.guild_id);
		IF job IS NOT NULL THEN
			UPDATE besace_role_guilds g SET holder = p_holder,
				leased_until = v_now + p_lease_s * interval '1 second',
				served_at = clock_timestamp() AT TIME ZONE 'utc'
			WHERE g.guild_id = v.guild_id;
			guild_id := v.guild_id;
			failures := v.failures;
			locale := besace_guild_language(v.guild_id);
			v_left := v_left - 1;
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;

-- Ends a turn at the job of P_USER: P_GIVEN and P_TAKEN are the roles that the member now has, and
-- no longer has. Gives the lease back if P_HOLDER still has it; the guild is left alone for
-- P_WAIT_MS, as Discord's rate limit asks. P_OUTCOME:
--	done: so far; what is left of the job, or a later wish, is due
--	blocked, gone: P_ROLE cannot be given, P_CODE says why; what is left of the job is due
--	left: the user is no member any more
--	later: Discord is away
--	failed: Discord does not like this job. After ten times it is set aside for an hour.
-- Returns whether it was set aside. Saying it twice changes nothing.
CREATE OR REPLACE FUNCTION besace_role_job_end(p_guild VARCHAR, p_user VARCHAR, p_version INTEGER,
	p_holder VARCHAR, p_given VARCHAR[], p_taken VARCHAR[], p_outcome VARCHAR, p_role VARCHAR,
	p_code INTEGER, p_wait_ms BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_now TIMESTAMP := clock_timestamp() AT TIME ZONE 'utc';
	v_is_holder BOOLEAN;
	v_set_aside BOOLEAN := false;
BEGIN
	SELECT g.holder IS NOT DISTINCT FROM p_holder INTO v_is_holder FROM besace_role_guilds g
		WHERE g.guild_id = p_guild FOR NO KEY UPDATE;
	IF cardinality(p_given || p_taken) > 0 THEN
		-- Older news of the member's roles must not undo what is known now.
		UPDATE users SET name_seen_ms = greatest(name_seen_ms,
				(extract(epoch FROM clock_timestamp()) * 1000)::bigint),
			roles = (SELECT coalesce(array_agg(role), '{}') FROM (
				SELECT unnest(roles) EXCEPT SELECT unnest(p_taken)
				UNION SELECT unnest(p_given)) r (role)),
			updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND user_id = p_user;
		-- As besace_role_job_next has it; a later wish may be another one.
		UPDATE besace_role_jobs SET
			wanted = ARRAY(SELECT unnest(wanted) EXCEPT SELECT unnest(p_given)),
			unwanted = ARRAY(SELECT unnest(unwanted) EXCEPT SELECT unnest(p_taken))
		WHERE guild_id = p_guild AND user_id = p_user AND version = p_version;
	END IF;
	IF p_outcome = 'left' THEN
		UPDATE users SET left_at = v_now, roles = '{}', updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user AND left_at IS NULL;
		DELETE FROM besace_role_jobs
			WHERE guild_id = p_guild AND user_id = p_user AND version = p_version;
	ELSIF p_outcome IN ('blocked', 'gone') THEN
		UPDATE besace_rewards SET state = p_outcome, code = p_code, state_at = v_now
			WHERE guild_id = p_guild AND role_id = p_role AND state = 'active';
	ELSIF p_outcome = 'failed' AND v_is_holder THEN
		UPDATE besace_role_jobs SET attempts = attempts + 1,
			due_at = CASE WHEN attempts >= 9 THEN v_now + interval '1 hour' ELSE due_at END
		WHERE guild_id = p_guild AND user_id = p_user AND version = p_version
		RETURNING attempts >= 10 INTO v_set_aside;
	END IF;
	v_set_aside := coalesce(v_set_aside, false);
	IF v_is_holder THEN
		UPDATE besace_role_guilds SET holder = NULL, leased_until = NULL,
			failures = CASE WHEN p_outcome IN ('later', 'failed') AND NOT v_set_aside
				THEN least(failures, 1000) + 1 ELSE 0 END,
			retry_at = CASE WHEN v_set_aside THEN retry_at
				ELSE v_now + p_wait_ms * interval '1 millisecond' END
		WHERE guild_id = p_guild;
	END IF;
	RETURN v_set_aside;
END
$$;

-- Makes the rewards P_ROLES of P_GUILD (NULL: all) that Discord refused be tried again.
CREATE OR REPLACE FUNCTION besace_rewards_retry(p_guild VARCHAR, p_roles VARCHAR[]) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_count INTEGER;
BEGIN
	UPDATE besace_rewards SET state = 'active', code = NULL, state_at = NULL
	WHERE guild_id = p_guild AND state = 'blocked'
		AND (p_roles IS NULL OR role_id = ANY (p_roles));
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;
