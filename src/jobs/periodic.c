/* Settles, sweeps and folds in the background. */
#include "besace/jobs/periodic.h"

#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/jobs/settler.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/events.h"
#include "besace/store/outbox.h"
#include "besace/store/receipts.h"
#include "besace/store/standings.h"

/* Something that is done again and again. */
struct job {
	const char *name; /* for the log */
	void (*call)(struct db_call *out);
	bool (*more)(const struct db_rows *rows); /* whether there may be more of it at once */
	int64_t every_ms;
};

/* A job that comes round. */
struct job_run {
	struct periodic *periodic;
	const struct job *job;
	struct pool_request request;
	struct timer timer;
};

static bool receipts_swept(const struct db_rows *rows)
{
	int64_t count = receipts_sweep_read(rows);
	metrics_add(METRIC_RECEIPTS_SWEPT, 0, count);
	return count > 0;
}

static bool slot_swept(const struct db_rows *rows)
{
	if (db_bool(rows, 0, 0))
		log_info(LOG_TEXT("events of more than seven days ago forgotten"));
	return false;
}

static bool voice_swept(const struct db_rows *rows)
{
	return db_integer(rows, 0, 0) > 0;
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

static const struct job jobs[] = {
	{"receipts", receipts_sweep_call, receipts_swept, TIME_SWEEP_MS},
	{"events", events_sweep_call, slot_swept, TIME_SWEEP_MS},
	{"guilds", voice_sweep_call, voice_swept, TIME_SWEEP_MS},
	{"outbox", outbox_sweep_call, outbox_swept, TIME_SWEEP_MS},
	{"standings", standings_fold_call, standings_fold_read, TIME_FOLD_MS},
};

struct periodic {
	struct loop *loop;
	struct pool *pool;
	const char *channel;
	struct job_run runs[ARRAY_LEN(jobs)];
	void *ctx; /* of the settling under way */
	struct settler settler;
	struct pool_request request;
	struct timer timer;
};

/* ---- Chores */

static void come_round(struct job_run *round, int64_t delay_ms)
{
	struct loop *loop = round->periodic->loop;
	loop_timer_set(loop, &round->timer, loop_now_ms(loop) + delay_ms);
}

static void swept(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct job_run *round = arg;
	if (status == STATUS_FAILED)
		log_error(LOG_TEXT("sweeping failed"), LOG_STR("what", round->job->name),
			LOG_STR("why", why));
	bool more = !status && round->job->more(rows);
	come_round(round, more ? 0 : round->job->every_ms);
}

static void sweep(void *arg)
{
	struct job_run *round = arg;
	round->request = (struct pool_request){.done = swept, .arg = round};
	round->job->call(&round->request.call);
	if (pool_submit(round->periodic->pool, &round->request))
		come_round(round, round->job->every_ms);
}

/* ---- Settling */

static void settle_in(struct periodic *periodic, int64_t delay_ms)
{
	loop_timer_set(periodic->loop, &periodic->timer, loop_now_ms(periodic->loop) + delay_ms);
}

static void settled(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct periodic *periodic = arg;
	enum settle_step step = SETTLE_DONE;
	if (!status)
		step = settler_resume(&periodic->settler, rows, &periodic->request.call);
	if (status == STATUS_FAILED || step == SETTLE_BROKEN)
		log_error(LOG_TEXT("settling failed"),
			LOG_STR("why", why ? why : "the rows make no sense"));
	if (step == SETTLE_CALL && pool_submit(periodic->pool, &periodic->request) == STATUS_OK)
		return;
	settle_in(periodic, step == SETTLE_LATER ? 0 : TIME_SETTLE_MS);
}

static void settle(void *arg)
{
	struct periodic *periodic = arg;
	talloc_free(periodic->ctx);
	periodic->ctx = must(talloc_new(periodic));
	periodic->request = (struct pool_request){.done = settled, .arg = periodic};
	settler_start(&periodic->settler, periodic->ctx, NULL, periodic->channel, &periodic->request.call);
	if (pool_submit(periodic->pool, &periodic->request))
		settle_in(periodic, TIME_SETTLE_MS);
}

struct periodic *periodic_create(struct loop *loop, struct pool *pool, const char *channel)
{
	struct periodic *periodic = must(talloc_zero(NULL, struct periodic));
	periodic->loop = loop;
	periodic->pool = pool;
	periodic->channel = channel;
	periodic->timer = (struct timer){.fn = settle, .arg = periodic};
	/* All of it at once: what a killed process has left waits since then, and a service that is
	 * restarted often must sweep too. */
	settle_in(periodic, 0);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		struct job_run *round = &periodic->runs[i];
		*round = (struct job_run){.periodic = periodic, .job = &jobs[i]};
		round->timer = (struct timer){.fn = sweep, .arg = round};
		come_round(round, 0);
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
