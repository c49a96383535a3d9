/* Settles, sweeps and folds in the background. */
#include "besace/jobs/upkeep.h"

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
struct chore {
	const char *name; /* for the log */
	void (*call)(struct db_call *out);
	bool (*more)(const struct db_rows *rows); /* whether there may be more of it at once */
	int64_t every_ms;
};

/* A chore that comes round. */
struct round {
	struct upkeep *upkeep;
	const struct chore *chore;
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

static bool lounges_swept(const struct db_rows *rows)
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

static const struct chore chores[] = {
	{"receipts", receipts_sweep_call, receipts_swept, TIME_SWEEP_MS},
	{"events", events_sweep_call, slot_swept, TIME_SWEEP_MS},
	{"lounges", lounges_sweep_call, lounges_swept, TIME_SWEEP_MS},
	{"outbox", outbox_sweep_call, outbox_swept, TIME_SWEEP_MS},
	{"standings", standings_fold_call, standings_fold_read, TIME_FOLD_MS},
};

struct upkeep {
	struct loop *loop;
	struct pool *pool;
	const char *channel;
	struct round rounds[ARRAY_LEN(chores)];
	void *ctx; /* of the settling under way */
	struct settler settler;
	struct pool_request request;
	struct timer timer;
};

/* ---- Chores */

static void come_round(struct round *round, int64_t delay_ms)
{
	struct loop *loop = round->upkeep->loop;
	loop_timer_set(loop, &round->timer, loop_now_ms(loop) + delay_ms);
}

static void swept(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct round *round = arg;
	if (status == STATUS_FAILED)
		log_error(LOG_TEXT("sweeping failed"), LOG_STR("what", round->chore->name),
			LOG_STR("why", why));
	bool more = !status && round->chore->more(rows);
	come_round(round, more ? 0 : round->chore->every_ms);
}

static void sweep(void *arg)
{
	struct round *round = arg;
	round->request = (struct pool_request){.done = swept, .arg = round};
	round->chore->call(&round->request.call);
	if (pool_submit(round->upkeep->pool, &round->request))
		come_round(round, round->chore->every_ms);
}

/* ---- Settling */

static void settle_in(struct upkeep *upkeep, int64_t delay_ms)
{
	loop_timer_set(upkeep->loop, &upkeep->timer, loop_now_ms(upkeep->loop) + delay_ms);
}

static void settled(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct upkeep *upkeep = arg;
	enum settle_step step = SETTLE_DONE;
	if (!status)
		step = settler_resume(&upkeep->settler, rows, &upkeep->request.call);
	if (status == STATUS_FAILED || step == SETTLE_BROKEN)
		log_error(LOG_TEXT("settling failed"),
			LOG_STR("why", why ? why : "the rows make no sense"));
	if (step == SETTLE_CALL && pool_submit(upkeep->pool, &upkeep->request) == STATUS_OK)
		return;
	settle_in(upkeep, step == SETTLE_LATER ? 0 : TIME_SETTLE_MS);
}

static void settle(void *arg)
{
	struct upkeep *upkeep = arg;
	talloc_free(upkeep->ctx);
	upkeep->ctx = must(talloc_new(upkeep));
	upkeep->request = (struct pool_request){.done = settled, .arg = upkeep};
	settler_start(&upkeep->settler, upkeep->ctx, NULL, upkeep->channel, &upkeep->request.call);
	if (pool_submit(upkeep->pool, &upkeep->request))
		settle_in(upkeep, TIME_SETTLE_MS);
}

struct upkeep *upkeep_create(struct loop *loop, struct pool *pool, const char *channel)
{
	struct upkeep *upkeep = must(talloc_zero(NULL, struct upkeep));
	upkeep->loop = loop;
	upkeep->pool = pool;
	upkeep->channel = channel;
	upkeep->timer = (struct timer){.fn = settle, .arg = upkeep};
	/* All of it at once: what a killed process has left waits since then, and a service that is
	 * restarted often must sweep too. */
	settle_in(upkeep, 0);
	for (size_t i = 0; i < ARRAY_LEN(chores); i++) {
		struct round *round = &upkeep->rounds[i];
		*round = (struct round){.upkeep = upkeep, .chore = &chores[i]};
		round->timer = (struct timer){.fn = sweep, .arg = round};
		come_round(round, 0);
	}
	return upkeep;
}

void upkeep_destroy(struct upkeep **handle)
{
	struct upkeep *upkeep = *handle;
	if (!upkeep)
		return;
	loop_timer_cancel(upkeep->loop, &upkeep->timer);
	(void)pool_cancel(upkeep->pool, &upkeep->request);
	for (size_t i = 0; i < ARRAY_LEN(chores); i++) {
		loop_timer_cancel(upkeep->loop, &upkeep->rounds[i].timer);
		(void)pool_cancel(upkeep->pool, &upkeep->rounds[i].request);
	}
	talloc_free(upkeep);
	*handle = NULL;
}
