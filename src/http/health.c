/* GET /healthz and /readyz: for load balancers. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/http/worker.h"
#include "besace/jobs/changes.h"
#include "besace/rest/client.h"
#include "besace/runtime/clock.h"
#include "besace/store/migrate.h"
#include "exchange.h"

void healthz_handle(struct exchange *exchange)
{
	exchange_answer(exchange, MHD_HTTP_OK, &CONTENT_LITERAL("{\"status\":\"alive\"}"));
}

/* /readyz waits this long for the database. */
#define DATABASE_MS 1000

/* A question to the database that is waited for. */
struct probe {
	struct exchange *exchange;
	struct pool_request request;
	struct timer timer;
};

/* Says why not, from what the connector saw. An unreachable server's own words stay in the log:
 * they name hosts. */
static void refuse(struct exchange *exchange)
{
	char *why = NULL;
	enum db_state state = connector_state(exchange->worker->connector, exchange->ctx, &why);
	bool tell = why && (state == DB_BEHIND || state == DB_REFUSED || state == DB_POOLED);
	exchange->retry_after = "1";
	exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		tell ? why : "the database does not answer");
}

static void refuse_ending(struct exchange *exchange)
{
	exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "the service is ending");
}

/* Commands work without a bot token: the service is ready, and says what is not. */
static void answer_ready(struct exchange *exchange)
{
	if (changes_mostly_fail(clock_mono_ms()))
		exchange_refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			"most changes of the last 30 seconds failed");
	else if (rest_token_is_refused(exchange->worker->rest))
		exchange_answer(exchange, MHD_HTTP_OK,
			&CONTENT_LITERAL("{\"status\":\"ready\",\"warning\":\"Discord refuses "
					 "DISCORD_BOT_TOKEN: "
					 "nothing is announced\"}"));
	else
		exchange_answer(exchange, MHD_HTTP_OK, &CONTENT_LITERAL("{\"status\":\"ready\"}"));
}

static void answered(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	(void)why;
	struct probe *probe = arg;
	loop_timer_cancel(probe->exchange->worker->loop, &probe->timer);
	if (status) {
		refuse(probe->exchange);
		return;
	}
	bool current;
	if (probe->exchange->worker->draining) /* since it was asked */
		refuse_ending(probe->exchange);
	else if (schema_version_read(rows, &current))
		refuse(probe->exchange);
	else if (current)
		answer_ready(probe->exchange);
	else
		exchange_refuse(probe->exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			"the schema is not this program's any more");
}

static void too_late(void *arg)
{
	struct probe *probe = arg;
	(void)pool_cancel(probe->exchange->worker->pool, &probe->request);
	refuse(probe->exchange);
}

void readyz_handle(struct exchange *exchange)
{
	struct worker *worker = exchange->worker;
	if (worker->draining) {
		refuse_ending(exchange);
		return;
	}
	struct probe *probe = must(talloc_zero(exchange->ctx, struct probe));
	probe->exchange = exchange;
	schema_version_call(exchange->ctx, &probe->request.call);
	probe->request.done = answered;
	probe->request.arg = probe;
	if (pool_submit(worker->pool, &probe->request)) {
		refuse(exchange);
		return;
	}
	probe->timer = (struct timer){.fn = too_late, .arg = probe};
	loop_timer_set(worker->loop, &probe->timer, loop_now_ms(worker->loop) + DATABASE_MS);
}
