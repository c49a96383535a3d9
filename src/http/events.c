/* POST /events: from a shim's signed batch to what became of each event. */
#include "events.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/intake/intake.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "exchange.h"
#include "worker.h"

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

/* A batch that is being taken in. It lives on its exchange. */
struct taking {
	struct worker *worker;
	struct exchange *exchange;
	struct batch batch;
	struct intake intake;
	struct pool_request request;
	struct timer timer; /* giving up */
	TAILQ_ENTRY(taking) next;
};

static uint32_t draw(uint32_t bound)
{
	return randombytes_uniform(bound);
}

bool events_is_on(const struct config *config)
{
	return config->event_key_count > 0;
}

/* ---- Ending */

static void log_trouble(const struct taking *taking, const char *why)
{
	log_error(LOG_TEXT("batch"), LOG_STR("source", taking->batch.source),
		LOG_INT("events", (int64_t)taking->batch.count), LOG_STR("why", why));
}

static void taking_end(struct taking *taking)
{
	loop_timer_cancel(taking->worker->loop, &taking->timer);
	TAILQ_REMOVE(&taking->worker->takings, taking, next);
	taking->worker->works--;
	metrics_observe_us(METRIC_EVENTS_SECONDS, clock_mono_us() - taking->exchange->body_end_us);
}

static void answer(struct taking *taking)
{
	struct exchange *exchange = taking->exchange;
	taking_end(taking);
	exchange_answer(exchange, MHD_HTTP_OK, intake_answer(&taking->intake, exchange->ctx));
}

/* The batch counts if it was applied; else the shim keeps it. What is left to settle is done by
 * upkeep. */
static void end_early(struct taking *taking, unsigned status, const char *sentence)
{
	if (intake_is_applied(&taking->intake)) {
		answer(taking);
		return;
	}
	struct exchange *exchange = taking->exchange;
	taking_end(taking);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		exchange->retry_after = TEXT(TIME_EVENTS_RETRY_S);
	exchange_refuse(exchange, status, sentence);
}

static void end_away(struct taking *taking)
{
	end_early(taking, MHD_HTTP_SERVICE_UNAVAILABLE, "the database is away: send it again");
}

static void give_up(void *arg)
{
	struct taking *taking = arg;
	(void)pool_cancel(taking->worker->pool, &taking->request);
	end_away(taking);
}

void events_give_up(struct worker *worker)
{
	struct taking *taking, *after;
	for (taking = TAILQ_FIRST(&worker->takings); taking; taking = after) {
		after = TAILQ_NEXT(taking, next);
		give_up(taking);
	}
}

/* ---- Taking in */

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why);

static void taking_step(struct taking *taking, enum intake_step step)
{
	switch (step) {
	case INTAKE_CALL:
		taking->request.done = got_rows;
		taking->request.arg = taking;
		if (pool_submit(taking->worker->pool, &taking->request))
			end_away(taking);
		break;
	case INTAKE_DONE:
		answer(taking);
		break;
	case INTAKE_BROKEN:
		log_trouble(taking, "the rows make no sense");
		end_early(taking, MHD_HTTP_INTERNAL_SERVER_ERROR, "the batch cannot be applied");
		break;
	}
}

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct taking *taking = arg;
	if (status == STATUS_OK) {
		taking_step(taking, intake_resume(&taking->intake, rows, &taking->request.call));
	} else if (status == STATUS_UNAVAILABLE) {
		end_away(taking);
	} else {
		log_trouble(taking, why);
		end_early(taking, MHD_HTTP_INTERNAL_SERVER_ERROR, "the batch cannot be applied");
	}
}

static void taking_start(struct exchange *exchange, const struct batch *batch)
{
	struct worker *worker = exchange->worker;
	struct taking *taking = must(talloc_zero(exchange->ctx, struct taking));
	taking->worker = worker;
	taking->exchange = exchange;
	taking->batch = *batch;
	taking->timer = (struct timer){.fn = give_up, .arg = taking};
	TAILQ_INSERT_TAIL(&worker->takings, taking, next);
	worker->works++;
	loop_timer_set(
		worker->loop, &taking->timer, loop_now_ms(worker->loop) + TIME_EVENTS_GIVE_UP_MS);
	enum intake_step step = intake_start(&taking->intake, exchange->ctx, &taking->batch,
		config_announce_channel(worker->config), &taking->request.call);
	if (step == INTAKE_CALL && worker->drained)
		end_away(taking);
	else
		taking_step(taking, step);
}

/* ---- The request */

/* The key that the request names, or NULL. */
static const struct public_key *find_key(const struct exchange *exchange)
{
	const struct config *config = exchange->worker->config;
	for (size_t i = 0; exchange->key_id && i < config->event_key_count; i++)
		if (strcmp(config->event_keys[i].id, exchange->key_id) == 0)
			return &config->event_keys[i].key;
	return NULL;
}

void events_handle(struct exchange *exchange)
{
	const struct public_key *key = find_key(exchange);
	if (!exchange_admit(exchange, key, key ? 1 : 0))
		return;
	struct batch batch;
	char *why;
	if (batch_parse(exchange->ctx, (const char *)exchange->body, exchange->body_length,
		    clock_wall_ms(), draw, &batch, &why))
		exchange_refuse(exchange, MHD_HTTP_BAD_REQUEST, why);
	else
		taking_start(exchange, &batch);
}
