/* POST /events: from a shim's signed batch to what became of each event. */
#include "events.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/http/worker.h"
#include "besace/jobs/ingest.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"
#include "exchange.h"

/* A batch on its way through ingest. It lives on its exchange, as the body does. */
struct taking {
	struct exchange *exchange;
	struct ingest_job job;
};

bool events_is_on(const struct config *config)
{
	return config->event_key_count > 0;
}

static void refuse_away(struct exchange *exchange)
{
	exchange->retry_after = LITERAL(TIME_EVENTS_RETRY_S);
	exchange_refuse(
		exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "the database is away: send it again");
}

static void taken(void *arg)
{
	struct taking *taking = arg;
	struct exchange *exchange = taking->exchange;
	const char *text = talloc_steal(exchange->ctx, taking->job.text);
	exchange->worker->batches--;
	metrics_observe_us(METRIC_EVENTS_SECONDS, clock_mono_us() - exchange->body_end_us);
	switch (taking->job.outcome) {
	case INGEST_TAKEN:
		exchange_answer(exchange, MHD_HTTP_OK, text);
		break;
	case INGEST_MALFORMED:
		exchange_refuse(exchange, MHD_HTTP_BAD_REQUEST, text);
		break;
	case INGEST_DENIED:
		exchange_refuse(exchange, MHD_HTTP_UNAUTHORIZED, text);
		break;
	case INGEST_AWAY:
		refuse_away(exchange);
		break;
	case INGEST_FAILED:
		exchange_refuse(
			exchange, MHD_HTTP_INTERNAL_SERVER_ERROR, "the batch cannot be applied");
		break;
	}
}

void events_give_up(struct worker *worker)
{
	if (worker->ingest)
		ingest_give_up(worker->ingest, worker->loop);
}

/* The key that the request names, or NULL. */
static const struct event_key *find_key(const struct exchange *exchange)
{
	const struct config *config = exchange->worker->config;
	for (size_t i = 0; exchange->key_id && i < config->event_key_count; i++)
		if (strcmp(config->event_keys[i].id, exchange->key_id) == 0)
			return &config->event_keys[i];
	return NULL;
}

void events_handle(struct exchange *exchange)
{
	const struct event_key *key = find_key(exchange);
	if (!exchange_admit(exchange, key ? &key->key : NULL, key ? 1 : 0))
		return;
	if (exchange->worker->drained) {
		refuse_away(exchange);
		return;
	}
	struct taking *taking = must(talloc_zero(exchange->ctx, struct taking));
	taking->exchange = exchange;
	taking->job = (struct ingest_job){.body = (const char *)exchange->body,
		.length = exchange->body_length,
		.signed_s = strtoll(exchange->timestamp, NULL, 10),
		.source = key->source,
		.home = exchange->worker->loop,
		.done = taken,
		.arg = taking};
	exchange->worker->batches++;
	ingest_submit(exchange->worker->ingest, &taking->job);
}
