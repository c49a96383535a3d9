/* Takes role jobs to Discord. */
#include "besace/jobs/role_giver.h"

#include <sodium.h>
#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/rest/guilds.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/roles.h"
#include "besace/text/catalogue.h"
#include "job.h"

/* Bytes that name this process among the holders of leases. */
#define HOLDER_BYTES 16

/* Guilds in work at once. Fifty calls a second of a tenth of a second each keep five of them busy;
 * a guild that has to wait is not among them. */
#define MAX_IN_WORK 16

/* Poll interval while nothing is due: a level-up has its role within a second. */
#define POLL_MS 250

/* Interval between looks at runs that give a reward to everybody. */
#define EXPAND_MS 1000

/* One call has this long; then the lease of its guild must still hold for the calls that a job may
 * have. A job whose lease is nearly over ends its turn. */
#define CALL_MS 15000
#define LEASE_S 60
#define TURN_MS 30000

/* The waits between attempts at a guild. */
#define RETRY_MS 1000
#define RETRY_MAX_MS 300000

struct role_giver {
	struct loop *loop;
	struct pool *pool;
	struct rest *rest;
	char holder[2 * HOLDER_BYTES + 1];
	TAILQ_HEAD(, turn) turns;
	unsigned count; /* of turns */
	bool leasing; /* a call for a lease is under way */
	bool again; /* a guild became free meanwhile */
	void *ctx; /* of the call for a lease */
	struct pool_request request;
	struct timer timer; /* the next call */
	struct pool_request expand_request;
	void *expand_ctx;
	struct timer expand_timer;
	struct job_health health;
};

/* A turn at one job. It is a context of its own. */
struct turn {
	struct role_giver *giver;
	struct role_job job;
	struct role_job_end end;
	int64_t began_ms;
	struct pool_request request; /* says how it ended */
	struct timer timer; /* says it again */
	TAILQ_ENTRY(turn) next;
};

static void lease_in(struct role_giver *giver, int64_t delay_ms)
{
	loop_timer_set(giver->loop, &giver->timer, loop_now_ms(giver->loop) + delay_ms);
}

/* ---- Saying how it ended */

/* Its guild is free: the next job of it, or of another one, can begin. */
static void forget(struct turn *turn)
{
	struct role_giver *giver = turn->giver;
	TAILQ_REMOVE(&giver->turns, turn, next);
	giver->count--;
	talloc_free(turn);
	if (giver->leasing)
		giver->again = true;
	else
		lease_in(giver, 0);
}

static void say_again(struct turn *turn)
{
	struct loop *loop = turn->giver->loop;
	loop_timer_set(loop, &turn->timer, loop_now_ms(loop) + RETRY_MS);
}

/* An end that PostgreSQL refuses is a defect of ours: the lease runs out, and the job is done
 * again. */
static void ended(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct turn *turn = arg;
	bool noted = job_ended(&turn->giver->health, JOB_ROLES, status, why);
	if (!noted && status != STATUS_FAILED) {
		say_again(turn);
		return;
	}
	if (noted && role_job_end_read(rows)) {
		metrics_add(METRIC_ROLE_JOBS, ROLE_TURN_SET_ASIDE, 1);
		log_error(LOG_TEXT("role job set aside"), LOG_STR("guild", turn->job.guild.text),
			LOG_STR("member", turn->job.user.text));
	}
	forget(turn);
}

/* While the database is away the outcome is kept here; should we end before it is back, the calls
 * are made again. */
static void say(void *arg)
{
	struct turn *turn = arg;
	turn->request = (struct pool_request){.done = ended, .arg = turn};
	role_job_end_call(turn, &turn->job, turn->giver->holder, &turn->end, &turn->request.call);
	if (pool_submit(turn->giver->pool, &turn->request))
		say_again(turn);
}

static void end(struct turn *turn, enum role_outcome outcome, unsigned label)
{
	turn->end.outcome = outcome;
	metrics_add(METRIC_ROLE_JOBS, label, 1);
	say(turn);
}

static void postpone(struct turn *turn, enum role_outcome outcome, const char *why)
{
	struct backoff backoff = {
		.first_ms = RETRY_MS, .cap_ms = RETRY_MAX_MS, .tries = turn->job.failures};
	int64_t wait = backoff_next_ms(&backoff);
	if (turn->end.wait_ms < wait)
		turn->end.wait_ms = wait;
	log_warn(LOG_TEXT("role job delayed"), LOG_STR("guild", turn->job.guild.text),
		LOG_STR("member", turn->job.user.text), LOG_INT("retry_ms", turn->end.wait_ms),
		LOG_STR("why", why));
	end(turn, outcome, ROLE_TURN_DELAYED);
}

/* ---- Asking Discord */

static void next_step(struct turn *turn);

/* The role is refused for everybody, so nobody tries again. */
static void block(struct turn *turn, const struct rest_answer *answer)
{
	bool is_gone = answer->code == REST_UNKNOWN_ROLE;
	turn->end.role = turn->job.steps[turn->end.steps_done].role;
	turn->end.code = answer->code;
	metrics_add(METRIC_ROLES_REFUSED, rest_refused_label(answer->code), 1);
	log_warn(LOG_TEXT("reward refused"), LOG_STR("guild", turn->job.guild.text),
		LOG_STR("role", turn->end.role.text), LOG_STR("why", rest_summary(turn, answer)));
	end(turn, is_gone ? ROLE_JOB_GONE : ROLE_JOB_BLOCKED,
		is_gone ? ROLE_TURN_GONE : ROLE_TURN_BLOCKED);
}

static void judge_not_found(struct turn *turn, const struct rest_answer *answer)
{
	if (answer->code == REST_UNKNOWN_ROLE)
		block(turn, answer);
	else if (answer->code == REST_UNKNOWN_MEMBER || answer->code == REST_UNKNOWN_USER)
		end(turn, ROLE_JOB_LEFT, ROLE_TURN_LEFT);
	else if (answer->code == REST_UNKNOWN_GUILD)
		postpone(turn, ROLE_JOB_LATER, "the guild is away");
	else
		postpone(turn, ROLE_JOB_FAILED, rest_summary(turn, answer));
}

static void answered(void *arg, const struct rest_answer *answer)
{
	struct turn *turn = arg;
	turn->end.wait_ms = answer->wait_ms;
	if (answer->status == STATUS_OK) {
		turn->end.steps_done++;
		next_step(turn);
	} else if (answer->status == STATUS_NOT_FOUND) {
		judge_not_found(turn, answer);
	} else if ((answer->status == STATUS_DENIED && answer->http == 403) ||
		   answer->code == REST_INVALID_ROLE) {
		block(turn, answer);
	} else if (answer->http == 0 || answer->http == 401 || answer->http == 429 ||
		   answer->http >= 500) {
		postpone(turn, ROLE_JOB_LATER, rest_summary(turn, answer));
	} else {
		postpone(turn, ROLE_JOB_FAILED, rest_summary(turn, answer));
	}
}

/* Makes the call of the next step. The turn ends when all are made, when Discord asks to wait, or
 * before the lease is over: what is left is due again. */
static void next_step(struct turn *turn)
{
	struct role_giver *giver = turn->giver;
	const struct role_job *job = &turn->job;
	bool is_late = loop_now_ms(giver->loop) - turn->began_ms > TURN_MS;
	if (turn->end.steps_done == job->step_count || turn->end.wait_ms > 0 || is_late) {
		end(turn, ROLE_JOB_DONE, ROLE_TURN_DONE);
		return;
	}
	const struct role_step *step = &job->steps[turn->end.steps_done];
	enum language language = text_language(job->locale);
	const char *reason = text_fill(turn, language,
		step->give ? TEXT_ROLE_REASON_GIVE : TEXT_ROLE_REASON_TAKE, "level",
		text_number(turn, language, step->level), NULL);
	struct rest_request request = (step->give ? guilds_give_role : guilds_take_role)(
		job->guild.text, job->user.text, step->role.text, reason);
	request.within_ms = CALL_MS;
	request.done = answered;
	request.arg = turn;
	enum status status = rest_submit(giver->rest, &request);
	if (status)
		postpone(turn, ROLE_JOB_LATER, status_name(status));
}

/* ---- Taking */

/* False for a row that cannot be read, which was logged; its lease runs out. */
static bool start_turn(struct role_giver *giver, const struct db_rows *rows, int row)
{
	struct turn *turn = must(talloc_zero(NULL, struct turn));
	turn->giver = giver;
	turn->began_ms = loop_now_ms(giver->loop);
	turn->timer = (struct timer){.fn = say, .arg = turn};
	TAILQ_INSERT_TAIL(&giver->turns, turn, next);
	giver->count++;
	if (role_jobs_take_read(turn, rows, row, &turn->job)) {
		forget(turn);
		return false;
	}
	next_step(turn);
	return true;
}

static void leased(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct role_giver *giver = arg;
	bool fine = job_ended(&giver->health, JOB_ROLES, status, why);
	int count = fine ? db_rows_count(rows) : 0;
	for (int row = 0; row < count; row++)
		fine &= start_turn(giver, rows, row);
	giver->leasing = false;
	lease_in(giver, fine && giver->again ? 0 : POLL_MS);
}

static unsigned list_busy(const struct role_giver *giver, const char **guilds)
{
	unsigned count = 0;
	const struct turn *turn;
	TAILQ_FOREACH (turn, &giver->turns, next)
		guilds[count++] = turn->job.guild.text;
	return count;
}

static void lease_next(void *arg)
{
	struct role_giver *giver = arg;
	if (giver->leasing || giver->count == MAX_IN_WORK)
		return; /* its end, or the next turn's, looks again */
	talloc_free(giver->ctx);
	giver->ctx = must(talloc_new(giver));
	giver->request = (struct pool_request){.done = leased, .arg = giver};
	const char *guilds[MAX_IN_WORK];
	const struct role_lease lease = {.holder = giver->holder,
		.seconds = LEASE_S,
		.count = MAX_IN_WORK - giver->count,
		.busy = guilds,
		.busy_count = list_busy(giver, guilds)};
	role_jobs_take_call(giver->ctx, &lease, &giver->request.call);
	giver->leasing = true;
	giver->again = false;
	if (pool_submit(giver->pool, &giver->request)) {
		giver->leasing = false;
		(void)job_ended(&giver->health, JOB_ROLES, STATUS_UNAVAILABLE, NULL);
		lease_in(giver, POLL_MS);
	}
}

/* ---- Runs */

static void expand_in(struct role_giver *giver, int64_t delay_ms)
{
	loop_timer_set(giver->loop, &giver->expand_timer, loop_now_ms(giver->loop) + delay_ms);
}

static void expanded(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct role_giver *giver = arg;
	bool more = job_ended(&giver->health, JOB_ROLES, status, why) && role_run_expand_read(rows);
	expand_in(giver, more ? 0 : EXPAND_MS);
}

static void expand(void *arg)
{
	struct role_giver *giver = arg;
	talloc_free(giver->expand_ctx);
	giver->expand_ctx = must(talloc_new(giver));
	giver->expand_request = (struct pool_request){.done = expanded, .arg = giver};
	role_run_expand_call(giver->expand_ctx, &giver->expand_request.call);
	if (pool_submit(giver->pool, &giver->expand_request))
		expand_in(giver, EXPAND_MS);
}

struct role_giver *role_giver_create(struct loop *loop, struct pool *pool, struct rest *rest)
{
	struct role_giver *giver = must(talloc_zero(NULL, struct role_giver));
	unsigned char random[HOLDER_BYTES];
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(giver->holder, sizeof(giver->holder), random, sizeof(random));
	giver->loop = loop;
	giver->pool = pool;
	giver->rest = rest;
	TAILQ_INIT(&giver->turns);
	giver->timer = (struct timer){.fn = lease_next, .arg = giver};
	giver->expand_timer = (struct timer){.fn = expand, .arg = giver};
	lease_in(giver, 0);
	expand_in(giver, 0);
	return giver;
}

void role_giver_destroy(struct role_giver **handle)
{
	struct role_giver *giver = *handle;
	if (!giver)
		return;
	(void)pool_cancel(giver->pool, &giver->request);
	(void)pool_cancel(giver->pool, &giver->expand_request);
	struct turn *turn;
	while ((turn = TAILQ_FIRST(&giver->turns))) {
		(void)pool_cancel(giver->pool, &turn->request);
		loop_timer_cancel(giver->loop, &turn->timer);
		forget(turn);
	}
	loop_timer_cancel(giver->loop, &giver->timer);
	loop_timer_cancel(giver->loop, &giver->expand_timer);
	talloc_free(giver);
	*handle = NULL;
}
