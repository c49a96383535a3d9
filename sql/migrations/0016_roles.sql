-- Roles by level: what members should have, and what is on its way to Discord.

ALTER TABLE users
	-- Has not accepted the guild's rules yet: giving a role would end that early.
	ADD COLUMN pending BOOLEAN NOT NULL DEFAULT false,
	-- Wants no announcement of their levels.
	ADD COLUMN announce_none BOOLEAN NOT NULL DEFAULT false;

-- At most one job a member: a later wish takes the place of an earlier one.
CREATE TABLE besace_role_jobs (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	wanted VARCHAR(20)[] COLLATE "C" NOT NULL, -- rewards that the member should have
	unwanted VARCHAR(20)[] COLLATE "C" NOT NULL, -- and should not have
	peak INTEGER NOT NULL, -- the highest level since a job of the member ended
	mass BOOLEAN NOT NULL, -- comes after level-ups
	run_id BIGINT, -- of besace_role_runs
	version INTEGER NOT NULL DEFAULT 1, -- goes up with each wish: a worker ends what it has read
	-- Held: the member is pending. Blocked: what is left waits for a reward that Discord refuses.
	state VARCHAR(10) NOT NULL DEFAULT 'due'
		CONSTRAINT besace_role_jobs_state_check CHECK (state IN ('due', 'held', 'blocked')),
	attempts INTEGER NOT NULL DEFAULT 0 -- that failed because of the job itself
		CONSTRAINT besace_role_jobs_attempts_check CHECK (attempts >= 0),
	due_at TIMESTAMP NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'utc'),
	CONSTRAINT besace_role_jobs_pkey PRIMARY KEY (guild_id, user_id),
	CONSTRAINT besace_role_jobs_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX besace_role_jobs_due_idx ON besace_role_jobs (guild_id, mass, due_at)
	WHERE state = 'due';
CREATE INDEX besace_role_jobs_run_idx ON besace_role_jobs (guild_id, run_id)
	WHERE run_id IS NOT NULL;

-- The lease of a guild: one replica works on it at a time, one job at a time.
CREATE TABLE besace_role_guilds (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	served_at TIMESTAMP NOT NULL DEFAULT '-infinity',
	holder VARCHAR(32),
	leased_until TIMESTAMP,
	retry_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	failures INTEGER NOT NULL DEFAULT 0
		CONSTRAINT besace_role_guilds_failures_check CHECK (failures >= 0),
	CONSTRAINT besace_role_guilds_pkey PRIMARY KEY (guild_id),
	CONSTRAINT besace_role_guilds_lease_check CHECK ((holder IS NULL) = (leased_until IS NULL))
);

-- Rewards being given to everybody who has their level: a guild's latest such run.
CREATE TABLE besace_role_runs (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	run_id BIGINT GENERATED ALWAYS AS IDENTITY,
	actor_id VARCHAR(20) COLLATE "C" NOT NULL,
	role_id VARCHAR(20) COLLATE "C", -- NULL: all rewards
	level INTEGER NOT NULL, -- members from it on
	total INTEGER NOT NULL, -- of them, when it began
	seen INTEGER NOT NULL DEFAULT 0, -- members whose jobs were written
	after_id VARCHAR(20) COLLATE "C" NOT NULL DEFAULT '', -- the last of them
	state VARCHAR(10) NOT NULL DEFAULT 'running' CONSTRAINT besace_role_runs_state_check
		CHECK (state IN ('running', 'stopped', 'done')),
	expanded BOOLEAN NOT NULL DEFAULT false, -- every member was seen
	started_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	ended_at TIMESTAMP,
	-- The message from which it was begun, which follows it: how it is edited, until when, and when
	-- next (NULL: not any more).
	application_id VARCHAR(20) COLLATE "C",
	message_token VARCHAR(1000),
	language VARCHAR(10),
	follow_until TIMESTAMP,
	follow_at TIMESTAMP,
	CONSTRAINT besace_role_runs_pkey PRIMARY KEY (guild_id),
	CONSTRAINT besace_role_runs_actor_fkey
		FOREIGN KEY (guild_id, actor_id) REFERENCES users ON DELETE CASCADE,
	CONSTRAINT besace_role_runs_ended_check CHECK ((state = 'running') = (ended_at IS NULL))
);
CREATE INDEX besace_role_runs_follow_idx ON besace_role_runs (follow_at)
	WHERE follow_at IS NOT NULL;
CREATE INDEX besace_role_runs_running_idx ON besace_role_runs (guild_id) WHERE state = 'running';

-- Writes which rewards MEMBER should have, whose row the caller has locked; P_PEAK is the highest
-- level from which they may have fallen. P_RUN: of that run, NULL: of none. Returns whether there
-- is anything to do: nothing when the roles last seen are those already and no job is under way.
--
-- Of a loss only rewards of the levels that were lost are taken away: one that a moderator gave to
-- somebody below its level stays. Nor does a loss put back what a moderator took away: it gives what it
-- brings back, the single reward below one that is lost, and what is on its way already. Of rewards of
-- which only one stays, the highest reached counts.
CREATE FUNCTION besace_roles_want(member users, p_peak INTEGER, p_run BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_job besace_role_jobs;
	v_on BOOLEAN;
	v_keep BOOLEAN;
	v_peak INTEGER := greatest(p_peak, member.level);
	v_is_loss BOOLEAN := p_run IS NULL AND p_peak > member.level;
	v_single INTEGER; -- the level of the single rewards that stay
	v_wanted VARCHAR[];
	v_unwanted VARCHAR[];
	v_mass BOOLEAN := p_run IS NOT NULL
		OR coalesce(current_setting('besace.mass', true), '') = 'on';
BEGIN
	IF member.left_at IS NOT NULL
		OR NOT EXISTS (SELECT FROM besace_rewards WHERE guild_id = member.guild_id) THEN
		RETURN false;
	END IF;
	SELECT levels, reward_keep INTO v_on, v_keep FROM besace_settings
		WHERE guild_id = member.guild_id;
	v_keep := coalesce(v_keep, false);
	IF NOT coalesce(v_on, true) OR v_keep AND p_peak > member.level THEN
		RETURN false;
	END IF;
	SELECT * INTO v_job FROM besace_role_jobs
		WHERE guild_id = member.guild_id AND user_id = member.user_id FOR UPDATE;
	v_peak := greatest(v_peak, v_job.peak);
	-- One that was kept when its level was lost is the highest reached all the same.
	SELECT max(level) INTO v_single FROM besace_rewards
		WHERE guild_id = member.guild_id AND mode = 'single' AND (level <= member.level
			OR v_keep AND level <= member.level_rewarded AND role_id = ANY (member.roles));
	SELECT coalesce(array_agg(role_id) FILTER (WHERE level <= member.level
			AND (mode = 'stack' OR level = v_single)
			AND (NOT v_is_loss OR role_id = ANY (member.roles || v_job.wanted)
				OR mode = 'single' AND EXISTS (SELECT FROM besace_rewards lost
					WHERE lost.guild_id = member.guild_id AND lost.mode = 'single'
						AND lost.level > member.level AND lost.level <= p_peak))), '{}'),
		coalesce(array_agg(role_id) FILTER (WHERE mode = 'single' AND level < v_single
			OR NOT v_keep AND level > member.level AND level <= v_peak), '{}')
	INTO v_wanted, v_unwanted FROM besace_rewards
	WHERE guild_id = member.guild_id AND state <> 'gone';
	IF v_job.guild_id IS NULL AND member.roles @> v_wanted AND NOT member.roles && v_unwanted THEN
		RETURN false;
	END IF;
	INSERT INTO besace_role_guilds (guild_id)
	SELECT member.guild_id WHERE NOT EXISTS (
		SELECT FROM besace_role_guilds WHERE guild_id = member.guild_id)
	ON CONFLICT DO NOTHING;
	INSERT INTO besace_role_jobs AS j
		(guild_id, user_id, wanted, unwanted, peak, mass, run_id, state)
	VALUES (member.guild_id, member.user_id, v_wanted, v_unwanted, v_peak, v_mass, p_run,
		CASE WHEN member.pending THEN 'held' ELSE 'due' END)
	ON CONFLICT (guild_id, user_id) DO UPDATE SET wanted = excluded.wanted,
		unwanted = excluded.unwanted, peak = excluded.peak,
		mass = excluded.mass AND (j.mass OR j.state <> 'due'),
		run_id = coalesce(excluded.run_id, j.run_id), version = j.version + 1,
		state = excluded.state, attempts = 0,
		due_at = CASE WHEN j.state = 'due' AND j.attempts = 0 THEN j.due_at
			ELSE excluded.due_at END;
	RETURN true;
END
$$;

-- A reward that is no longer blocked, because it was changed, removed or looked at again: what
-- waited for it is due, behind level-ups.
CREATE FUNCTION besace_rewards_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	UPDATE besace_role_jobs SET state = 'due', mass = true,
		due_at = clock_timestamp() AT TIME ZONE 'utc'
	WHERE guild_id = OLD.guild_id AND state = 'blocked';
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_rewards_delete AFTER DELETE ON besace_rewards FOR EACH ROW
	WHEN (OLD.state = 'blocked') EXECUTE FUNCTION besace_rewards_changed();
CREATE TRIGGER besace_rewards_update AFTER UPDATE ON besace_rewards FOR EACH ROW
	WHEN (OLD.state = 'blocked' AND NEW.state <> 'blocked')
	EXECUTE FUNCTION besace_rewards_changed();

SELECT besace_catalogue_keep();
