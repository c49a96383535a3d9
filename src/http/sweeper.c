/* Removes receipts older than a day. */
#include "sweeper.h"

#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

struct sweeper {
	struct loop *loop;
	struct pool *pool;
	struct pool_request request;
	struct timer timer;
};

static void swept(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct sweeper *sweeper = arg;
	int64_t count = status ? 0 : db_integer(rows, 0, 0);
	if (status == STATUS_FAILED)
		log_error(LOG_TEXT("sweeping failed"), LOG_STR("why", why));
	metrics_add(METRIC_RECEIPTS_SWEPT, 0, count);
	int64_t delay = count > 0 ? 0 : TIME_SWEEP_MS;
	loop_timer_set(sweeper->loop, &sweeper->timer, loop_now_ms(sweeper->loop) + delay);
}

static void sweep(void *arg)
{
	struct sweeper *sweeper = arg;
	sweeper->request =
		(struct pool_request){.call = {.query = QUERY_RECEIPTS_SWEEP, .changes = true},
			.done = swept,
			.arg = sweeper};
	if (pool_submit(sweeper->pool, &sweeper->request))
		loop_timer_set(
			sweeper->loop, &sweeper->timer, loop_now_ms(sweeper->loop) + TIME_SWEEP_MS);
}

struct sweeper *sweeper_create(struct loop *loop, struct pool *pool)
{
	struct sweeper *sweeper = must(talloc_zero(NULL, struct sweeper));
	sweeper->loop = loop;
	sweeper->pool = pool;
	sweeper->timer = (struct timer){.fn = sweep, .arg = sweeper};
	/* At once: a service that is restarted often must sweep too. */
	loop_timer_set(loop, &sweeper->timer, loop_now_ms(loop));
	return sweeper;
}

void sweeper_destroy(struct sweeper **handle)
{
	struct sweeper *sweeper = *handle;
	if (!sweeper)
		return;
	loop_timer_cancel(sweeper->loop, &sweeper->timer);
	(void)pool_cancel(sweeper->pool, &sweeper->request);
	talloc_free(sweeper);
	*handle = NULL;
}
