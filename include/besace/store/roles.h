/*
 * The repository of role jobs: which rewards members should have, on their way to Discord, and runs
 * that give a reward to everybody who has its level.
 *
 * Wishes are written by triggers of the members' table, in the transaction that changes a level.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/role.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* ---- The worker's */

/* A difference between what a member should have and what they were last seen with. */
struct role_step {
	struct snowflake role;
	bool give; /* else: take away */
	int32_t level; /* of the reward */
};

struct role_job {
	struct snowflake guild, user;
	int32_t version; /* of the wish */
	const char *locale; /* the guild's language */
	struct role_step *steps;
	size_t step_count;
	unsigned failures; /* attempts at this guild since one went well */
};

/* Who takes jobs, how many, and for how long their guilds are then leased. */
struct role_lease {
	const char *holder;
	unsigned seconds, count;
	const char *const *busy; /* guilds on which this process works */
	unsigned busy_count;
};

/* Takes one job of each of up to LEASE->count guilds. Parameters are on CTX. */
void role_jobs_take_call(void *ctx, const struct role_lease *lease, struct db_call *out);

/* Reads the job in row ROW, on CTX. STATUS_FAILED when it is not what the routine returns. */
MUST_CHECK enum status role_jobs_take_read(
	void *ctx, const struct db_rows *rows, int row, struct role_job *out);

/* How a turn at a job ended. */
enum role_outcome {
	ROLE_JOB_DONE, /* so far: what is left is due */
	ROLE_JOB_BLOCKED, /* `role` is refused, by `code` */
	ROLE_JOB_GONE, /* `role` does not exist any more */
	ROLE_JOB_LEFT, /* the user is no member any more */
	ROLE_JOB_LATER, /* Discord is away */
	ROLE_JOB_FAILED, /* because of this job; too often sets it aside */
	ROLE_OUTCOME_COUNT
};

struct role_job_end {
	enum role_outcome outcome;
	struct snowflake role;
	int code; /* Discord's; 0: none */
	int64_t wait_ms; /* the guild is left alone for so long */
	unsigned steps_done; /* the first ones of the job */
};

void role_job_end_call(void *ctx, const struct role_job *job, const char *holder,
	const struct role_job_end *end, struct db_call *out);

/* Whether the job was set aside. */
bool role_job_end_read(const struct db_rows *rows);

/* Writes the next jobs of a run. */
void role_run_expand_call(void *ctx, struct db_call *out);

/* Whether there may be more to write at once. */
bool role_run_expand_read(const struct db_rows *rows);

/* Keeps what REST said of GUILD's roles, as the shim's events do. ROLES are copied. */
void guild_roles_keep_call(void *ctx, const struct guild_roles *roles, struct db_call *out);

/* ---- The panel's: texts and ids are borrowed */

/* Who begins a run, and the message from which: its interaction's token edits it. */
struct role_run_start {
	const struct snowflake *interaction, *application;
	const char *token, *language;
	const struct member_seen *actor;
	const struct snowflake *role; /* NULL: all rewards */
};

/* Begins to give the role to everybody who has its level. */
void role_run_start_call(void *ctx, const struct role_run_start *start, struct db_call *out);

/* The message of GUILD's run shows something else from now on. */
void role_run_leave_call(void *ctx, const struct snowflake *guild, struct db_call *out);

/* Stops it. */
void role_run_stop_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, struct db_call *out);

enum role_run_refusal {
	ROLE_RUN_DONE,
	ROLE_RUN_RUNNING, /* start: one is under way */
	ROLE_RUN_NONE, /* start: there is no such reward; stop: none is under way */
	ROLE_RUN_REFUSAL_COUNT
};

struct role_run_outcome {
	enum role_run_refusal result;
	int32_t total; /* members who have the level */
};

/* Reads what either of them brought. */
MUST_CHECK enum status role_run_outcome_read(
	void *ctx, const struct db_rows *rows, struct role_run_outcome *out);

/* Where the guild's latest run stands. */
void role_run_call(void *ctx, const struct snowflake *guild, struct db_call *out);

enum role_run_state { ROLE_RUN_NEVER, ROLE_RUN_UNDER_WAY, ROLE_RUN_STOPPED, ROLE_RUN_ENDED };

struct role_run {
	enum role_run_state state;
	int32_t total, done; /* members */
	struct snowflake role; /* empty: all rewards */
};

MUST_CHECK enum status role_run_read(void *ctx, const struct db_rows *rows, struct role_run *out);

/* A message that is to say how far its run is. */
struct role_run_follow {
	struct role_run run;
	const char *application_id, *token;
	const char *language; /* a code */
};

/* Takes up to MAX of them, of all guilds. */
void role_runs_follow_call(void *ctx, int max, struct db_call *out);
/* The one of ROW, on CTX. */
MUST_CHECK enum status role_runs_follow_read(
	void *ctx, const struct db_rows *rows, int row, struct role_run_follow *out);

/* How many members have the level of ROLE (NULL: of any reward). */
void role_entitled_call(void *ctx, const struct snowflake *guild, const struct snowflake *role,
	struct db_call *out);
MUST_CHECK enum status role_entitled_read(const struct db_rows *rows, int32_t *out);

/* Has the rewards that Discord refused tried again, as `verifier` does. */
void rewards_retry_call(void *ctx, const struct snowflake *guild, struct db_call *out);
MUST_CHECK enum status rewards_retry_read(const struct db_rows *rows, int32_t *out_count);
