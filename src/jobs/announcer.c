/* Takes announcements from the outbox to Discord. */
#include "besace/jobs/announcer.h"

#include <inttypes.h>
#include <sodium.h>
#include <talloc.h>

#include "announcement.h"
#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/rest/channels.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

/* Bytes that name this process among the holders of leases. */
#define HOLDER_BYTES 16

struct announcer {
	struct loop *loop;
	struct pool *pool;
	struct rest *rest;
	char holder[2 * HOLDER_BYTES + 1];
	void *ctx; /* of the announcement under way */
	struct announcement announcement;
	enum delivery delivery;
	int64_t retry_ms;
	struct pool_request request;
	struct timer timer; /* the next look, or saying again how a message ended */
};

static void take(void *arg);

static void wait_before(struct announcer *announcer, timer_fn *fn, int64_t delay_ms)
{
	announcer->timer.fn = fn;
	loop_timer_set(announcer->loop, &announcer->timer, loop_now_ms(announcer->loop) + delay_ms);
}

/* ---- Saying how it ended */

static void end(void *arg);

static void ended(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	(void)rows;
	struct announcer *announcer = arg;
	if (status == STATUS_UNAVAILABLE) {
		wait_before(announcer, end, TIME_OUTBOX_MS);
		return;
	}
	if (status)
		log_error(LOG_TEXT("outbox"), LOG_STR("why", why));
	wait_before(announcer, take, status ? TIME_OUTBOX_MS : 0);
}

/* While the database is away the outcome is kept here; should we end before it is back, the
 * message is sent again under the same nonce. */
static void end(void *arg)
{
	struct announcer *announcer = arg;
	announcer->request = (struct pool_request){.done = ended, .arg = announcer};
	outbox_end_call(announcer->ctx, &announcer->announcement, announcer->holder,
		announcer->delivery, announcer->retry_ms, &announcer->request.call);
	if (pool_submit(announcer->pool, &announcer->request))
		wait_before(announcer, end, TIME_OUTBOX_MS);
}

/* ---- Sending */

static int64_t delay_of(const struct announcement *announcement)
{
	struct backoff backoff = {.first_ms = TIME_ANNOUNCE_RETRY_MS,
		.cap_ms = TIME_ANNOUNCE_RETRY_MOST_MS,
		.tries = announcement->failures};
	return backoff_next_ms(&backoff);
}

static void postpone(struct announcer *announcer, const char *why)
{
	announcer->delivery = DELIVERY_LATER;
	announcer->retry_ms = delay_of(&announcer->announcement);
	metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_DELAYED, 1);
	log_warn(LOG_TEXT("announcement delayed"), LOG_INT("id", announcer->announcement.id),
		LOG_STR("channel", announcer->announcement.channel_id),
		LOG_INT("retry_ms", announcer->retry_ms), LOG_STR("why", why));
}

static void give_up(struct announcer *announcer, const char *why)
{
	announcer->delivery = DELIVERY_REFUSED;
	metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_REFUSED, 1);
	log_error(LOG_TEXT("announcement given up"), LOG_INT("id", announcer->announcement.id),
		LOG_STR("channel", announcer->announcement.channel_id), LOG_STR("why", why));
}

/* Whether Discord would say the same again: not for a token that is wrong (401, or no call at
 * all), which an operator can set right. */
static bool is_refused(const struct rest_answer *answer)
{
	switch (answer->status) {
	case STATUS_INVALID:
	case STATUS_NOT_FOUND:
	case STATUS_TOO_LARGE:
		return true;
	case STATUS_DENIED:
		return answer->http == 403;
	default:
		return false;
	}
}

static void sent(void *arg, const struct rest_answer *answer)
{
	struct announcer *announcer = arg;
	if (answer->status == STATUS_OK) {
		announcer->delivery = DELIVERY_SENT;
		metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_SENT, 1);
	} else if (is_refused(answer)) {
		give_up(announcer, rest_summary(announcer->ctx, answer));
	} else {
		postpone(announcer, rest_summary(announcer->ctx, answer));
	}
	end(announcer);
}

static void send_message(struct announcer *announcer)
{
	const struct announcement *announcement = &announcer->announcement;
	json_t *message = announcement_message(announcer->ctx, announcement);
	struct rest_request request;
	enum status status = channels_create_message(
		announcement->channel_id, message, announcement->nonce, &request);
	if (!status) {
		request.within_ms = TIME_ANNOUNCE_MS;
		request.done = sent;
		request.arg = announcer;
		status = rest_submit(announcer->rest, &request);
	}
	json_decref(message);
	if (!status)
		return;
	if (status == STATUS_INVALID)
		give_up(announcer, status_name(status));
	else
		postpone(announcer, status_name(status));
	end(announcer);
}

/* ---- Taking */

static void taken(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct announcer *announcer = arg;
	if (!status)
		status = outbox_take_read(announcer->ctx, rows, &announcer->announcement);
	if (!status) {
		send_message(announcer);
		return;
	}
	if (status == STATUS_FAILED)
		log_error(LOG_TEXT("outbox"), LOG_STR("why", why));
	wait_before(announcer, take, TIME_OUTBOX_MS);
}

static void take(void *arg)
{
	struct announcer *announcer = arg;
	talloc_free(announcer->ctx);
	announcer->ctx = must(talloc_new(announcer));
	announcer->request = (struct pool_request){.done = taken, .arg = announcer};
	outbox_take_call(
		announcer->ctx, announcer->holder, TIME_OUTBOX_LEASE_S, &announcer->request.call);
	if (pool_submit(announcer->pool, &announcer->request))
		wait_before(announcer, take, TIME_OUTBOX_MS);
}

struct announcer *announcer_create(struct loop *loop, struct pool *pool, struct rest *rest)
{
	struct announcer *announcer = must(talloc_zero(NULL, struct announcer));
	unsigned char random[HOLDER_BYTES];
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(announcer->holder, sizeof(announcer->holder), random, sizeof(random));
	announcer->loop = loop;
	announcer->pool = pool;
	announcer->rest = rest;
	announcer->timer.arg = announcer;
	wait_before(announcer, take, 0);
	return announcer;
}

void announcer_destroy(struct announcer **handle)
{
	struct announcer *announcer = *handle;
	if (!announcer)
		return;
	loop_timer_cancel(announcer->loop, &announcer->timer);
	(void)pool_cancel(announcer->pool, &announcer->request);
	talloc_free(announcer);
	*handle = NULL;
}
