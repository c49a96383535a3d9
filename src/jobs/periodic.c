/* Settles, sweeps and folds in the background. */
#include "besace/jobs/periodic.h"

#include <stddef.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/events.h"
#include "besace/store/guilds.h"
#include "besace/store/jobs_waiting.h"
#include "besace/store/leaderboard.h"
#include "besace/store/ledger.h"
#include "besace/store/outbox.h"
#include "besace/store/receipts.h"
#include "job.h"
#include "settler.h"

/* Interval between sweeps of expired rows; a sweep that found as much as it may take runs again at
 * once. */
#define SWEEP_MS 60000

/* Interval between two foldings of changes into the leaderboard: a reader of a rank reads the
 * changes that are not folded yet, some thousands in a second at most. */
#define FOLD_MS 1000

/* Ranks by messages and by time in voice may be this old, and as much as the work takes. The longer
 * this is, the more changes of a member are copied at once, and the more members a page looks up
 * one by one. */
#define RANKED_MS 60000

/* What waits is counted as often as Prometheus usually asks. */
#define WAITING_MS 15000

/* Poll interval for what settling owes to members: of that much that it waits for slices. */
#define PAY_MS 1000

/* Poll interval for voice that no batch has settled. */
#define SETTLE_MS 5000

/* Background work: one call, made every period, and again at once while there is more. */
struct periodic_job {
	unsigned label; /* of METRIC_JOBS_FAILED */
	void (*call)(void *ctx, struct db_call *out); /* NULL: of those that need a setting */
	bool (*more)(const struct db_rows *rows); /* whether there may be more to do at once */
	int64_t period_ms;
	void (*call_days)(void *ctx, int days, struct db_call *out); /* of those */
	size_t days; /* offset of the setting in periodic_days; 0 there: the job is off */
};

/* A job with its timer. */
struct job_run {
	struct periodic *periodic;
	const struct periodic_job *job;
	struct job_health health;
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
};

static bool receipts_swept(const struct db_rows *rows)
{
	int64_t count = receipts_sweep_read(rows);
	metrics_add(METRIC_RECEIPTS_SWEPT, 0, count);
	return count > 0;
}

static bool events_swept(const struct db_rows *rows)
{
	if (events_sweep_read(rows))
		log_info(LOG_TEXT("events of more than seven days ago forgotten"));
	return false;
}

static bool voice_swept(const struct db_rows *rows)
{
	return voice_sweep_read(rows) > 0;
}

static bool outbox_swept(const struct db_rows *rows)
{
	int64_t expired, removed;
	outbox_sweep_read(rows, &expired, &removed);
	if (expired > 0)
		log_error(LOG_TEXT("announcements given up"), LOG_INT("count", expired),
			LOG_STR("why", "they waited for seven days"));
	metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_EXPIRED, expired);
	return expired + removed > 0;
}

_Static_assert(WAITING_COUNT == JOBS_WAITING_KINDS, "each kind that is counted has its label");

static bool waiting_counted(const struct db_rows *rows)
{
	struct jobs_waiting kind;
	for (int row = 0; row < JOBS_WAITING_KINDS; row++) {
		if (jobs_waiting_read(rows, row, &kind) || kind.kind != row)
			return false;
		metrics_set(METRIC_JOBS_WAITING, (unsigned)row, kind.waiting);
		metrics_set(METRIC_JOBS_OLDEST_SECONDS, (unsigned)row, kind.seconds);
		metrics_set(METRIC_CHECK_FAULTS, 0, kind.faults);
		metrics_set(METRIC_CHECK_TIME, 0, kind.checked_s);
	}
	return false;
}

static const struct periodic_job jobs[] = {
	{JOB_RECEIPTS, receipts_sweep_call, receipts_swept, SWEEP_MS, NULL, 0},
	{JOB_EVENTS, events_sweep_call, events_swept, SWEEP_MS, NULL, 0},
	{JOB_VOICE, voice_sweep_call, voice_swept, SWEEP_MS, NULL, 0},
	{JOB_VOICE_PAY, voice_owed_pay_call, voice_owed_pay_read, PAY_MS, NULL, 0},
	{JOB_GUILDS, NULL, guild_erase_read, SWEEP_MS, guild_erase_call,
		offsetof(struct periodic_days, keep)},
	{JOB_LEDGER, NULL, ledger_sweep_read, SWEEP_MS, ledger_sweep_call,
		offsetof(struct periodic_days, ledger)},
	{JOB_OUTBOX, outbox_sweep_call, outbox_swept, SWEEP_MS, NULL, 0},
	{JOB_LEADERBOARD, leaderboard_fold_call, leaderboard_fold_read, FOLD_MS, NULL, 0},
	{JOB_WAITING, jobs_waiting_call, waiting_counted, WAITING_MS, NULL, 0},
	{JOB_RANKED, leaderboard_ranked_call, leaderboard_fold_read, RANKED_MS, NULL, 0},
};

struct periodic {
	struct loop *loop;
	struct pool *pool;
	struct periodic_days days;
	struct job_run runs[ARRAY_LEN(jobs)];
	void *ctx; /* of the settling under way */
	struct settler settler;
	struct job_health health; /* of settling */
	struct pool_request request;
	struct timer timer;
};

/* ---- Jobs of one call */

static void schedule(struct job_run *run, int64_t delay_ms)
{
	struct loop *loop = run->periodic->loop;
	loop_timer_set(loop, &run->timer, loop_now_ms(loop) + delay_ms);
}

static void job_done(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct job_run *run = arg;
	bool more = job_ended(&run->health, run->job->label, status, why) && run->job->more(rows);
	schedule(run, more ? 0 : run->job->period_ms);
}

static int days_of(const struct job_run *run)
{
	int days;
	memcpy(&days, (const char *)&run->periodic->days + run->job->days, sizeof(days));
	return days;
}

static void job_start(void *arg)
{
	struct job_run *run = arg;
	run->request = (struct pool_request){.done = job_done, .arg = run};
	talloc_free(run->ctx);
	run->ctx = must(talloc_new(run->periodic));
	if (run->job->call)
		run->job->call(run->ctx, &run->request.call);
	else
		run->job->call_days(run->ctx, days_of(run), &run->request.call);
	enum status status = pool_submit(run->periodic->pool, &run->request);
	if (!status)
		return;
	(void)job_ended(&run->health, run->job->label, status, NULL);
	schedule(run, run->job->period_ms);
}

/* ---- Settling */

static void settle_in(struct periodic *periodic, int64_t delay_ms)
{
	loop_timer_set(periodic->loop, &periodic->timer, loop_now_ms(periodic->loop) + delay_ms);
}

/* Goes on without the guild that fails. Whether a change was made that ended in UNKNOWN, the next
 * load tells. */
static enum settle_step failed(struct periodic *periodic, enum status status, const char *why)
{
	if (status == STATUS_UNKNOWN || pool_is_away(periodic->pool))
		return SETTLE_DONE;
	enum settle_step step =
		settler_failed(&periodic->settler, status, why, &periodic->request.call);
	if (step == SETTLE_CALL)
		(void)job_ended(&periodic->health, JOB_SETTLING, status, why);
	return step;
}

static void settled(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct periodic *periodic = arg;
	enum settle_step step;
	if (!status)
		step = settler_resume(&periodic->settler, rows, &periodic->request.call);
	else
		step = failed(periodic, status, why);
	if (step == SETTLE_BROKEN) {
		status = STATUS_FAILED;
		why = "the rows make no sense";
	}
	if (step == SETTLE_CALL)
		status = pool_submit(periodic->pool, &periodic->request);
	if (step == SETTLE_CALL && !status)
		return;
	(void)job_ended(&periodic->health, JOB_SETTLING, status, why);
	settle_in(periodic, step == SETTLE_LATER ? 0 : SETTLE_MS);
}

static void settle(void *arg)
{
	struct periodic *periodic = arg;
	talloc_free(periodic->ctx);
	periodic->ctx = must(talloc_new(periodic));
	periodic->request = (struct pool_request){.done = settled, .arg = periodic};
	settler_start(&periodic->settler, periodic->ctx, NULL, &periodic->request.call);
	enum status status = pool_submit(periodic->pool, &periodic->request);
	if (!status)
		return;
	(void)job_ended(&periodic->health, JOB_SETTLING, status, NULL);
	settle_in(periodic, SETTLE_MS);
}

struct periodic *periodic_create(
	struct loop *loop, struct pool *pool, const struct periodic_days *days)
{
	struct periodic *periodic = must(talloc_zero(NULL, struct periodic));
	periodic->loop = loop;
	periodic->pool = pool;
	periodic->days = *days;
	periodic->timer = (struct timer){.fn = settle, .arg = periodic};
	/* All of them at once: what a killed process has left waits since then, and a service that
	 * is restarted often must sweep too. */
	settle_in(periodic, 0);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		struct job_run *run = &periodic->runs[i];
		*run = (struct job_run){.periodic = periodic, .job = &jobs[i]};
		run->timer = (struct timer){.fn = job_start, .arg = run};
		if (run->job->call || days_of(run) > 0)
			schedule(run, 0);
	}
	return periodic;
}

void periodic_destroy(struct periodic **handle)
{
	struct periodic *periodic = *handle;
	if (!periodic)
		return;
	loop_timer_cancel(periodic->loop, &periodic->timer);
	(void)pool_cancel(periodic->pool, &periodic->request);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		loop_timer_cancel(periodic->loop, &periodic->runs[i].timer);
		(void)pool_cancel(periodic->pool, &periodic->runs[i].request);
	}
	talloc_free(periodic);
	*handle = NULL;
}
