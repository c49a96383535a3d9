/* POST /events: from a shim's signed batch to what became of each event. */
#include "events.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/http/worker.h"
#include "besace/jobs/ingest.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"
#include "exchange.h"

/* How long the shim waits when the database is away: it is noticed within a second. */
#define RETRY_S 2

/* A batch on its way through ingest. It lives on its exchange, as the body does. */
struct batch_exchange {
	struct exchange *exchange;
	struct ingest_job job;
};

bool events_is_on(const struct config *config)
{
	return config->event_key_count > 0;
}

static void refuse_away(struct exchange *exchange)
{
	exchange->retry_after = LITERAL(RETRY_S);
	exchange_refuse(
		exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "the database is away: send it again");
}

static void taken(void *arg)
{
	struct batch_exchange *batch = arg;
	struct exchange *exchange = batch->exchange;
	const char *text = talloc_steal(exchange->ctx, batch->job.text);
	exchange->worker->batches--;
	metrics_observe_us(METRIC_EVENTS_SECONDS, clock_mono_us() - exchange->body_end_us);
	switch (batch->job.outcome) {
	case INGEST_TAKEN:
		exchange_answer(
			exchange, MHD_HTTP_OK, &(struct content){text, strlen(text), CONTENT_JSON});
		break;
	case INGEST_UNSIGNED:
		exchange_refuse_signature(exchange, batch->job.verdict);
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

enum signature events_check_headers(const struct exchange *exchange)
{
	return find_key(exchange) ? exchange_check_headers(exchange) : SIGNATURE_MALFORMED;
}

void events_handle(struct exchange *exchange)
{
	if (exchange->worker->drained) {
		refuse_away(exchange);
		return;
	}
	const struct event_key *key = find_key(exchange); /* there, or the headers were refused */
	struct batch_exchange *batch = must(talloc_zero(exchange->ctx, struct batch_exchange));
	batch->exchange = exchange;
	batch->job = (struct ingest_job){.body = exchange->body.bytes,
		.length = exchange->body.length,
		.key = &key->key,
		.source = key->source,
		.signed_s = strtoll(exchange->timestamp, NULL, 10),
		.signature = exchange->signature,
		.timestamp = exchange->timestamp,
		.arrived_s = clock_wall_ms() / 1000,
		.skew_s = exchange->worker->config->max_skew_s,
		.home = exchange->worker->loop,
		.done = taken,
		.arg = batch};
	exchange->worker->batches++;
	ingest_submit(exchange->worker->ingest, &batch->job);
}
