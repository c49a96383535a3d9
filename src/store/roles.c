/* Calls about roles by level. */
#include "besace/store/roles.h"

#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

/* Members whose jobs are written in one transaction: their rows are locked for some tens of ms. */
#define EXPAND_ROWS 100

/* ---- Jobs */

struct role_jobs_take_row {
	struct snowflake guild_id;
	json_t *job;
	const char *locale;
	int32_t failures;
};
DB_SHAPE(shape_role_jobs_take, DB_FIELD(role_jobs_take_row, guild_id),
	DB_FIELD(role_jobs_take_row, job), DB_FIELD(role_jobs_take_row, locale),
	DB_FIELD(role_jobs_take_row, failures));

struct role_job_json {
	struct snowflake user;
	int32_t version;
	const json_t *steps;
};
DB_SHAPE(json_role_job, DB_FIELD(role_job_json, user), DB_FIELD(role_job_json, version),
	DB_FIELD(role_job_json, steps));
DB_SHAPE(json_role_step, DB_FIELD(role_step, role), DB_FIELD(role_step, give),
	DB_FIELD(role_step, level));

struct role_job_end_row {
	bool set_aside;
};
DB_SHAPE(shape_role_job_end, DB_FIELD(role_job_end_row, set_aside));

void role_jobs_take_call(void *ctx, const struct role_lease *lease, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_ROLE_JOBS_TAKE, NULL, out);
	db_set_text(out, "holder", lease->holder);
	db_set_integer(out, "count", lease->count);
	db_set_integer(out, "lease_s", lease->seconds);
	db_set_texts(out, "busy", lease->busy, lease->busy_count);
}

static bool read_steps(void *ctx, const json_t *steps, struct role_job *out)
{
	char *why;
	out->step_count = json_array_size(steps);
	out->steps = must(talloc_array(ctx, struct role_step, (unsigned)out->step_count));
	for (size_t i = 0; i < out->step_count; i++)
		if (!json_shape_read(
			    ctx, json_array_get(steps, i), &json_role_step, &out->steps[i], &why))
			return false;
	return out->step_count > 0;
}

enum status role_jobs_take_read(
	void *ctx, const struct db_rows *rows, int row_number, struct role_job *out)
{
	struct role_jobs_take_row row;
	struct role_job_json job;
	char *why;
	*out = (struct role_job){0};
	if (db_row_read(ctx, rows, row_number, &shape_role_jobs_take, &row) ||
		!json_shape_read(ctx, row.job, &json_role_job, &job, &why))
		return STATUS_FAILED;
	*out = (struct role_job){.guild = row.guild_id,
		.user = job.user,
		.version = job.version,
		.locale = must(talloc_strdup(ctx, row.locale)),
		.failures = (unsigned)row.failures};
	return read_steps(ctx, job.steps, out) ? STATUS_OK : STATUS_FAILED;
}

/* Binds NAME: the roles that were given, or taken away. */
static void set_roles(struct db_call *call, const char *name, const struct role_job *job,
	unsigned count, bool give)
{
	const char **roles = must(talloc_array(call->ctx, const char *, (unsigned)job->step_count));
	size_t used = 0;
	for (unsigned i = 0; i < count; i++)
		if (job->steps[i].give == give)
			roles[used++] = job->steps[i].role.text;
	db_set_texts(call, name, roles, used);
}

void role_job_end_call(void *ctx, const struct role_job *job, const char *holder,
	const struct role_job_end *end, struct db_call *out)
{
	static const char *const outcomes[ROLE_OUTCOME_COUNT] = {[ROLE_JOB_DONE] = "done",
		[ROLE_JOB_BLOCKED] = "blocked",
		[ROLE_JOB_GONE] = "gone",
		[ROLE_JOB_LEFT] = "left",
		[ROLE_JOB_LATER] = "later",
		[ROLE_JOB_FAILED] = "failed"};
	db_call_begin_change(ctx, QUERY_ROLE_JOB_END, NULL, out);
	db_set_id(out, "guild_id", &job->guild);
	db_set_id(out, "user_id", &job->user);
	db_set_integer(out, "version", job->version);
	db_set_text(out, "holder", holder);
	set_roles(out, "given", job, end->steps_done, true);
	set_roles(out, "taken", job, end->steps_done, false);
	db_set_text(out, "outcome", outcomes[end->outcome]);
	db_set_id_or_null(out, "role_id", &end->role);
	if (end->code)
		db_set_integer(out, "code", end->code);
	else
		db_set_null(out, "code");
	db_set_integer(out, "wait_ms", end->wait_ms);
}

bool role_job_end_read(const struct db_rows *rows)
{
	struct role_job_end_row row;
	return db_row_read(NULL, rows, 0, &shape_role_job_end, &row) == STATUS_OK && row.set_aside;
}

/* ---- Runs */

struct role_run_expand_row {
	int32_t seen;
};
DB_SHAPE(shape_role_run_expand, DB_FIELD_OR_NULL(role_run_expand_row, seen));

struct role_run_row {
	json_t *run;
};
DB_SHAPE(shape_role_run, DB_FIELD_OR_NULL(role_run_row, run));

struct role_run_json {
	const char *state;
	int32_t total, done;
	struct snowflake role;
};
DB_SHAPE(json_role_run, DB_FIELD(role_run_json, state), DB_FIELD(role_run_json, total),
	DB_FIELD(role_run_json, done), DB_FIELD_OR_NULL(role_run_json, role));

struct role_run_outcome_json {
	int32_t total;
};
DB_SHAPE(json_role_run_outcome, DB_FIELD_OPTIONAL(role_run_outcome_json, total));

void role_run_expand_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_ROLE_RUN_EXPAND, NULL, out);
	db_set_integer(out, "rows", EXPAND_ROWS);
}

bool role_run_expand_read(const struct db_rows *rows)
{
	struct role_run_expand_row row;
	return db_row_read(NULL, rows, 0, &shape_role_run_expand, &row) == STATUS_OK &&
	       row.seen > 0;
}

void role_run_start_call(void *ctx, const struct role_run_start *start, struct db_call *out)
{
	routine_begin(ctx, QUERY_ROLE_RUN_START, start->interaction, start->actor, out);
	db_set_id_or_null(out, "role_id", start->role);
	db_set_id_or_null(out, "application_id", start->application);
	db_set_text(out, "token", start->token);
	db_set_text(out, "language", start->language);
}

void role_run_leave_call(void *ctx, const struct snowflake *guild, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_ROLE_RUN_LEAVE, NULL, out);
	db_set_id(out, "guild_id", guild);
}

void role_run_stop_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, struct db_call *out)
{
	routine_begin(ctx, QUERY_ROLE_RUN_STOP, interaction, actor, out);
}

enum status role_run_outcome_read(
	void *ctx, const struct db_rows *rows, struct role_run_outcome *out)
{
	static const char *const refusals[ROLE_RUN_REFUSAL_COUNT] = {
		[ROLE_RUN_RUNNING] = "running", [ROLE_RUN_NONE] = "none"};
	const struct outcome_format format = {
		&json_role_run_outcome, &json_role_run_outcome, refusals, ARRAY_LEN(refusals)};
	struct role_run_outcome_json json = {0};
	unsigned refusal;
	enum status status = routine_outcome_read(ctx, rows, &format, &refusal, &json);
	*out = (struct role_run_outcome){.result = refusal, .total = json.total};
	return status;
}

void role_run_call(void *ctx, const struct snowflake *guild, struct db_call *out)
{
	db_call_begin(ctx, QUERY_ROLE_RUN, out);
	db_set_id(out, "guild_id", guild);
}

static bool parse_state(const char *name, enum role_run_state *out)
{
	static const char *const names[] = {[ROLE_RUN_UNDER_WAY] = "running",
		[ROLE_RUN_STOPPED] = "stopped",
		[ROLE_RUN_ENDED] = "done"};
	for (size_t i = ROLE_RUN_UNDER_WAY; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum role_run_state)i;
			return true;
		}
	return false;
}

/* Reads RUN; NULL: there never was one. */
static enum status read_run(void *ctx, const json_t *run, struct role_run *out)
{
	struct role_run_json json;
	char *why;
	*out = (struct role_run){0};
	if (!run)
		return STATUS_OK;
	if (!json_shape_read(ctx, run, &json_role_run, &json, &why) ||
		!parse_state(json.state, &out->state))
		return STATUS_FAILED;
	out->total = json.total;
	out->done = json.done;
	out->role = json.role;
	return STATUS_OK;
}

enum status role_run_read(void *ctx, const struct db_rows *rows, struct role_run *out)
{
	struct role_run_row row;
	*out = (struct role_run){0};
	if (db_row_read(ctx, rows, 0, &shape_role_run, &row))
		return STATUS_FAILED;
	return read_run(ctx, row.run, out);
}

struct role_runs_follow_row {
	struct snowflake guild_id;
	json_t *run;
	const char *application_id, *token, *language;
};
DB_SHAPE(shape_role_runs_follow, DB_FIELD(role_runs_follow_row, guild_id),
	DB_FIELD(role_runs_follow_row, run), DB_FIELD(role_runs_follow_row, application_id),
	DB_FIELD(role_runs_follow_row, token), DB_FIELD(role_runs_follow_row, language));

void role_runs_follow_call(void *ctx, int max, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_ROLE_RUNS_FOLLOW, NULL, out);
	db_set_integer(out, "max", max);
}

enum status role_runs_follow_read(
	void *ctx, const struct db_rows *rows, int row_number, struct role_run_follow *out)
{
	struct role_runs_follow_row row;
	*out = (struct role_run_follow){0};
	if (db_row_read(ctx, rows, row_number, &shape_role_runs_follow, &row))
		return STATUS_FAILED;
	out->application_id = must(talloc_strdup(ctx, row.application_id));
	out->token = must(talloc_strdup(ctx, row.token));
	out->language = must(talloc_strdup(ctx, row.language));
	return read_run(ctx, row.run, &out->run);
}

struct role_entitled_row {
	int32_t members;
};
DB_SHAPE(shape_role_entitled, DB_FIELD(role_entitled_row, members));

void role_entitled_call(
	void *ctx, const struct snowflake *guild, const struct snowflake *role, struct db_call *out)
{
	db_call_begin(ctx, QUERY_ROLE_ENTITLED, out);
	db_set_id(out, "guild_id", guild);
	if (role)
		db_set_id(out, "role_id", role);
	else
		db_set_null(out, "role_id");
}

enum status role_entitled_read(const struct db_rows *rows, int32_t *out)
{
	struct role_entitled_row row = {0};
	enum status status = db_row_read(NULL, rows, 0, &shape_role_entitled, &row);
	*out = row.members;
	return status;
}

/* ---- What is known of rewards and roles */

struct rewards_retry_row {
	int32_t rewards;
};
DB_SHAPE(shape_rewards_retry, DB_FIELD(rewards_retry_row, rewards));

void rewards_retry_call(void *ctx, const struct snowflake *guild, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_REWARDS_RETRY, NULL, out);
	db_set_id(out, "guild_id", guild);
}

enum status rewards_retry_read(const struct db_rows *rows, int32_t *out_count)
{
	struct rewards_retry_row row = {0};
	enum status status = db_row_read(NULL, rows, 0, &shape_rewards_retry, &row);
	*out_count = row.rewards;
	return status;
}

void guild_roles_keep_call(void *ctx, const struct guild_roles *known, struct db_call *out)
{
	json_t *list = must(json_array());
	for (size_t i = 0; i < known->count; i++) {
		const struct guild_role *role = &known->roles[i];
		char *permissions = must(talloc_asprintf(ctx, "%" PRIu64, role->permissions));
		json_array_append_new(list, must(json_pack("[s, i, s, b]", role->id.text,
						    role->position, permissions, role->managed)));
	}
	db_call_begin_change(ctx, QUERY_GUILD_ROLES_KEEP, NULL, out);
	struct snowflake *ids = must(talloc_array(ctx, struct snowflake, 2));
	ids[0] = known->guild;
	ids[1] = known->own;
	db_set_id(out, "guild_id", &ids[0]);
	db_set_id_or_null(out, "own_role_id", &ids[1]);
	db_set_json(out, "roles", list);
}
