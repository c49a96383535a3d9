/* Ends matches that have expired. */
#include "besace/jobs/ender.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/metrics.h"
#include "besace/store/matches.h"
#include "job.h"

/* Poll interval for expired matches. A turn may overrun by at most this. */
#define POLL_MS 500

/* Matches ended in one transaction: it holds their members' rows for some tens of milliseconds. */
#define MAX_MATCHES 250

/* Calls under way at once, while there is much to do: beside members who ask for all that
 * PostgreSQL's processors can do, each gets no more of them than a member's call does. */
#define MAX_LANES 2

struct lane {
	struct ender *ender;
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
};

struct ender {
	struct loop *loop;
	struct pool *pool;
	struct lane lanes[MAX_LANES];
	struct job_health health;
};

static void set_timer(struct lane *lane, int64_t delay_ms)
{
	struct loop *loop = lane->ender->loop;
	loop_timer_set(loop, &lane->timer, loop_now_ms(loop) + delay_ms);
}

/* Goes on at once as long as something had expired; what is locked is looked at again later. The
 * first lane looks, the others join it when it finds more than it could end. */
static void ended(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct lane *lane = arg;
	struct ender *ender = lane->ender;
	int64_t count = status ? 0 : matches_expire_read(rows);
	talloc_free(lane->ctx);
	lane->ctx = NULL;
	(void)job_ended(&ender->health, JOB_ENDER, status, why);
	metrics_add(METRIC_MATCHES_EXPIRED, 0, count);
	for (int i = 1; i < MAX_LANES && count == MAX_MATCHES; i++)
		if (!ender->lanes[i].ctx)
			set_timer(&ender->lanes[i], 0);
	if (count > 0 || lane == ender->lanes)
		set_timer(lane, count > 0 ? 0 : POLL_MS);
}

static void expire(void *arg)
{
	struct lane *lane = arg;
	struct ender *ender = lane->ender;
	lane->ctx = must(talloc_new(ender));
	lane->request = (struct pool_request){.done = ended, .arg = lane};
	matches_expire_call(lane->ctx, MAX_MATCHES, &lane->request.call);
	if (pool_submit(ender->pool, &lane->request))
		ended(lane, STATUS_UNAVAILABLE, NULL, NULL);
}

struct ender *ender_create(struct loop *loop, struct pool *pool)
{
	struct ender *ender = must(talloc_zero(NULL, struct ender));
	ender->loop = loop;
	ender->pool = pool;
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
