-- Roles by level on their way to Discord.

-- name: role_jobs_take
SELECT guild_id, job, locale, failures
FROM besace_role_jobs_take($holder::varchar, $count::integer, $lease_s::integer, $busy::varchar[]);

-- name: role_job_end
SELECT besace_role_job_end($guild_id::varchar, $user_id::varchar, $version::integer,
	$holder::varchar, $given::varchar[], $taken::varchar[], $outcome::varchar, $role_id::varchar,
	$code::integer, $wait_ms::bigint) AS set_aside;

-- Goes on with what is given to everybody. Returns how many members were seen; NULL: nothing to do.
-- name: role_run_expand
SELECT besace_role_run_expand($rows::integer) AS seen;

-- name: role_run_start
SELECT besace_role_run_start($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $role_id::varchar, $application_id::varchar,
	$token::varchar, $language::varchar) AS outcome;

-- name: role_runs_follow
SELECT guild_id, run, application_id, token, language
FROM besace_role_runs_follow($max::integer);

-- name: role_run_leave
SELECT besace_role_run_leave($guild_id::varchar);

-- name: role_run_stop
SELECT besace_role_run_stop($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar) AS outcome;

-- name: role_run
SELECT besace_role_run($guild_id::varchar) AS run;

-- How many members have a right to $role_id (NULL: to any reward).
-- name: role_entitled
SELECT besace_role_entitled($guild_id::varchar, $role_id::varchar) AS members;

-- Has all rewards that Discord refused tried again. Returns how many.
-- name: rewards_retry
SELECT besace_rewards_retry($guild_id::varchar, NULL) AS rewards;

-- name: guild_roles_keep
SELECT besace_guild_roles_keep($guild_id::varchar, $own_role_id::varchar, $roles::jsonb);
