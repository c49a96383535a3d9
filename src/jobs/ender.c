/* Ends matches that have expired. */
#include "besace/jobs/ender.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/store/matches.h"
#include "job.h"

/* Poll interval for expired matches. A turn may overrun by at most this. */
#define POLL_MS 500

/* Matches ended in one transaction: it holds their members' rows for some tens of milliseconds. */
#define MAX_MATCHES 250

/* The least that is ended together: what the database cannot do of so few either, it is asked to do
 * one by one, of which it keeps what it had the time for. */
#define MIN_MATCHES 16

/* Matches ended one by one in one transaction: after a failure, to find those that fail. */
#define MAX_SINGLE 50

/* A call that has taken less than this leaves room for twice as many. The database gives up one
 * that takes ten times as long. */
#define QUICK_MS 1000

/* Calls under way at once, while there is much to do: beside members who ask for all that
 * PostgreSQL's processors can do, each gets no more of them than a member's call does. */
#define MAX_LANES 2

struct lane {
	struct ender *ender;
	void *ctx; /* of the call under way */
	bool singly; /* that call ends matches one by one, or the next one does */
	int size; /* of that call */
	int64_t began_ms;
	struct pool_request request;
	struct timer timer;
};

struct ender {
	struct loop *loop;
	struct pool *pool;
	struct lane lanes[MAX_LANES];
	int size; /* matches that a call ends together; 1: one by one */
	struct job_health health;
};

static void set_timer(struct lane *lane, int64_t delay_ms)
{
	struct loop *loop = lane->ender->loop;
	loop_timer_set(loop, &lane->timer, loop_now_ms(loop) + delay_ms);
}

/* Reads how many have been ended one by one, and logs those that are set aside. */
static int64_t count_singly(struct lane *lane, const struct db_rows *rows)
{
	struct match_ended match;
	int64_t count = 0;
	for (int i = 0; matches_expire_singly_read(lane->ctx, rows, i, &match); i++) {
		if (match.failures == 0) {
			count++;
			continue;
		}
		metrics_add(METRIC_MATCHES_SET_ASIDE, 0, 1);
		log_error(LOG_TEXT("a match cannot be ended and is set aside"),
			LOG_STR("guild", match.guild), LOG_STR("match", match.id),
			LOG_INT("failures", match.failures), LOG_STR("why", match.why));
	}
	return count;
}

/* A failure of all together says nothing about any of them: they are looked at one by one, and the
 * next call goes on with what is left. */
static bool tries_singly(struct lane *lane, enum status status)
{
	lane->singly = status == STATUS_FAILED && !lane->singly;
	if (lane->singly)
		set_timer(lane, 0);
	return lane->singly;
}

/* A call that the database did not get done, though it tried (it says why), was too much for one
 * transaction: the next one is half of it. True when it is. */
static bool choose_size(struct lane *lane, enum status status, bool was_tried)
{
	struct ender *ender = lane->ender;
	int64_t took_ms = loop_now_ms(ender->loop) - lane->began_ms;
	if (status == STATUS_UNAVAILABLE && was_tried) {
		int half = lane->size / 2 < MIN_MATCHES ? 1 : lane->size / 2;
		if (half < ender->size) {
			ender->size = half;
			return true;
		}
	} else if (!status && took_ms < QUICK_MS) {
		int twice = ender->size < MIN_MATCHES ? MIN_MATCHES : 2 * ender->size;
		ender->size = twice < MAX_MATCHES ? twice : MAX_MATCHES;
	}
	return false;
}

/* Goes on at once as long as something had expired, or less is to be tried; what is locked is
 * looked at again later. The first lane looks, the others join it when it finds more than it could
 * end. */
static void ended(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct lane *lane = arg;
	struct ender *ender = lane->ender;
	int64_t count = 0;
	if (!status)
		count = lane->singly ? count_singly(lane, rows) : matches_expire_read(rows);
	talloc_free(lane->ctx);
	lane->ctx = NULL;
	bool goes_on = choose_size(lane, status, why != NULL) || count > 0;
	if (tries_singly(lane, status))
		return;
	(void)job_ended(&ender->health, JOB_ENDER, status, why);
	metrics_add(METRIC_MATCHES_EXPIRED, 0, count);
	for (int i = 1; i < MAX_LANES && count == lane->size; i++)
		if (!ender->lanes[i].ctx)
			set_timer(&ender->lanes[i], 0);
	if (goes_on || lane == ender->lanes)
		set_timer(lane, goes_on ? 0 : POLL_MS);
}

static void expire(void *arg)
{
	struct lane *lane = arg;
	struct ender *ender = lane->ender;
	lane->ctx = must(talloc_new(ender));
	lane->request = (struct pool_request){.done = ended, .arg = lane};
	lane->began_ms = loop_now_ms(ender->loop);
	lane->singly = lane->singly || ender->size == 1;
	lane->size = lane->singly ? MAX_SINGLE : ender->size;
	if (lane->singly)
		matches_expire_singly_call(lane->ctx, lane->size, &lane->request.call);
	else
		matches_expire_call(lane->ctx, lane->size, &lane->request.call);
	if (pool_submit(ender->pool, &lane->request))
		ended(lane, STATUS_UNAVAILABLE, NULL, NULL);
}

struct ender *ender_create(struct loop *loop, struct pool *pool)
{
	struct ender *ender = must(talloc_zero(NULL, struct ender));
	ender->loop = loop;
	ender->pool = pool;
	ender->size = MAX_MATCHES;
	for (int i = 0; i < MAX_LANES; i++) {
		ender->lanes[i].ender = ender;
		ender->lanes[i].timer = (struct timer){.fn = expire, .arg = &ender->lanes[i]};
	}
	set_timer(ender->lanes, 0); /* some may have expired while no service ran */
	return ender;
}

void ender_destroy(struct ender **handle)
{
	struct ender *ender = *handle;
	if (!ender)
		return;
	for (int i = 0; i < MAX_LANES; i++) {
		loop_timer_cancel(ender->loop, &ender->lanes[i].timer);
		(void)pool_cancel(ender->pool, &ender->lanes[i].request);
	}
	talloc_free(ender);
	*handle = NULL;
}
