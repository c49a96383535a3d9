/* Ends matches that have expired. */
#include "besace/jobs/ender.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/metrics.h"
#include "besace/store/matches.h"
#include "job.h"

/* Poll interval for expired matches. A turn may overrun by at most this. */
#define POLL_MS 500

/* Matches ended in one transaction: it holds their members' rows for some milliseconds. */
#define MAX_MATCHES 100

struct ender {
	struct loop *loop;
	struct pool *pool;
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
	struct job_health health;
};

static void set_timer(struct ender *ender, int64_t delay_ms)
{
	loop_timer_set(ender->loop, &ender->timer, loop_now_ms(ender->loop) + delay_ms);
}

/* Goes on at once as long as something had expired; what is locked is looked at again later. */
static void ended(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct ender *ender = arg;
	int64_t count = status ? 0 : matches_expire_read(rows);
	(void)job_ended(&ender->health, JOB_ENDER, status, why);
	metrics_add(METRIC_MATCHES_EXPIRED, 0, count);
	set_timer(ender, count > 0 ? 0 : POLL_MS);
}

static void expire(void *arg)
{
	struct ender *ender = arg;
	talloc_free(ender->ctx);
	ender->ctx = must(talloc_new(ender));
	ender->request = (struct pool_request){.done = ended, .arg = ender};
	matches_expire_call(ender->ctx, MAX_MATCHES, &ender->request.call);
	if (pool_submit(ender->pool, &ender->request)) {
		(void)job_ended(&ender->health, JOB_ENDER, STATUS_UNAVAILABLE, NULL);
		set_timer(ender, POLL_MS);
	}
}

struct ender *ender_create(struct loop *loop, struct pool *pool)
{
	struct ender *ender = must(talloc_zero(NULL, struct ender));
	ender->loop = loop;
	ender->pool = pool;
	ender->timer = (struct timer){.fn = expire, .arg = ender};
	set_timer(ender, 0); /* some may have expired while no service ran */
	return ender;
}

void ender_destroy(struct ender **handle)
{
	struct ender *ender = *handle;
	if (!ender)
		return;
	loop_timer_cancel(ender->loop, &ender->timer);
	(void)pool_cancel(ender->pool, &ender->request);
	talloc_free(ender);
	*handle = NULL;
}
