/* Takes announcements from the outbox to Discord. */
#include "besace/jobs/announcer.h"

#include <sodium.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "announcement.h"
#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/rest/channels.h"
#include "besace/rest/guilds.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "job.h"

/* Bytes that name this process among the holders of leases. */
#define HOLDER_BYTES 16

/* Messages in flight at once: a quarter of what the REST client sends at once. Discord takes five
 * messages in five seconds for a channel, so it is the channels that make this many useful. */
#define MAX_IN_FLIGHT 8

/* Poll interval while nothing is due, and between attempts to reach the database. */
#define POLL_MS 1000

/* An announcement has this long to reach Discord; then the lease of its channel must still hold, so
 * that no other replica sends in between. */
#define SEND_MS 20000
#define LEASE_S 60

/* The waits between attempts to announce: within the time for which Discord knows a nonce. */
#define RETRY_MS 1000
#define RETRY_MAX_MS 60000

/* Discord's code of a channel that it does not know, also while the channel's guild is away. */
#define CODE_UNKNOWN_CHANNEL 10003

struct announcer {
	struct loop *loop;
	struct pool *pool;
	struct rest *rest;
	const char *public_url; /* NULL: messages have no pictures */
	struct link_key link_key;
	char holder[2 * HOLDER_BYTES + 1];
	TAILQ_HEAD(, delivery) deliveries;
	unsigned count; /* of deliveries */
	bool leasing; /* a call for a lease is under way */
	bool again; /* a channel became free meanwhile */
	void *ctx; /* of the call for a lease */
	struct pool_request request;
	struct timer timer; /* the next call */
	struct job_health health;
};

/* One message on its way. It is a context of its own. */
struct delivery {
	struct announcer *announcer;
	struct announcement announcement;
	struct outbox_end end;
	struct pool_request request; /* says how it ended */
	struct timer timer; /* says it again */
	TAILQ_ENTRY(delivery) next;
};

static void lease_in(struct announcer *announcer, int64_t delay_ms)
{
	loop_timer_set(announcer->loop, &announcer->timer, loop_now_ms(announcer->loop) + delay_ms);
}

/* ---- Saying how it ended */

/* Its channel is free: the next message of it, or of another one, can leave. */
static void forget(struct delivery *delivery)
{
	struct announcer *announcer = delivery->announcer;
	TAILQ_REMOVE(&announcer->deliveries, delivery, next);
	announcer->count--;
	talloc_free(delivery);
	if (announcer->leasing)
		announcer->again = true;
	else
		lease_in(announcer, 0);
}

static void say_again(struct delivery *delivery)
{
	struct loop *loop = delivery->announcer->loop;
	loop_timer_set(loop, &delivery->timer, loop_now_ms(loop) + POLL_MS);
}

/* An end that PostgreSQL refuses is a defect of ours: the lease runs out, and the message is sent
 * again under the same nonce. */
static void ended(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct delivery *delivery = arg;
	const struct announcement *announcement = &delivery->announcement;
	bool noted = job_ended(&delivery->announcer->health, JOB_ANNOUNCER, status, why);
	if (!noted && status != STATUS_FAILED) {
		say_again(delivery);
		return;
	}
	if (noted && outbox_end_read(rows)) {
		metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_SET_ASIDE, 1);
		log_error(LOG_TEXT("announcement set aside"), LOG_INT("id", announcement->id),
			LOG_STR("guild", announcement->guild_id),
			LOG_STR("channel", announcement->channel_id));
	}
	forget(delivery);
}

/* While the database is away the outcome is kept here; should we end before it is back, the message
 * is sent again under the same nonce. */
static void end(void *arg)
{
	struct delivery *delivery = arg;
	struct announcer *announcer = delivery->announcer;
	delivery->request = (struct pool_request){.done = ended, .arg = delivery};
	outbox_end_call(delivery, &delivery->announcement, announcer->holder, &delivery->end,
		&delivery->request.call);
	if (pool_submit(announcer->pool, &delivery->request))
		say_again(delivery);
}

/* ---- Sending */

static void postpone(struct delivery *delivery, enum delivery_outcome outcome, const char *why)
{
	const struct announcement *announcement = &delivery->announcement;
	struct backoff backoff = {
		.first_ms = RETRY_MS, .cap_ms = RETRY_MAX_MS, .tries = announcement->failures};
	delivery->end.outcome = outcome;
	int64_t pause_ms = backoff_next_ms(&backoff);
	if (delivery->end.retry_ms < pause_ms)
		delivery->end.retry_ms = pause_ms;
	metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_DELAYED, 1);
	log_warn(LOG_TEXT("announcement delayed"), LOG_INT("id", announcement->id),
		LOG_STR("guild", announcement->guild_id),
		LOG_STR("channel", announcement->channel_id),
		LOG_INT("retry_ms", delivery->end.retry_ms), LOG_STR("why", why));
	end(delivery);
}

/* LABEL: of METRIC_ANNOUNCEMENTS_REFUSED. */
static void give_up(struct delivery *delivery, unsigned label, const char *why)
{
	const struct announcement *announcement = &delivery->announcement;
	delivery->end.outcome = DELIVERY_REFUSED;
	metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_REFUSED, 1);
	metrics_add(METRIC_ANNOUNCEMENTS_REFUSED, label, 1);
	log_error(LOG_TEXT("announcement given up"), LOG_INT("id", announcement->id),
		LOG_STR("guild", announcement->guild_id),
		LOG_STR("channel", announcement->channel_id), LOG_STR("why", why));
	end(delivery);
}

/* Discord does not know the channel. If it knows the guild, the channel is gone; else the guild is
 * away, and the channel with it. */
static void looked_at_guild(void *arg, const struct rest_answer *answer)
{
	struct delivery *delivery = arg;
	if (answer->status == STATUS_OK)
		give_up(delivery, REFUSED_GONE, "Discord answered HTTP 404, code 10003");
	else
		postpone(delivery, DELIVERY_FAILED,
			"the channel is unknown while its guild is away");
}

static void look_at_guild(struct delivery *delivery)
{
	struct rest_request request = guilds_get(delivery->announcement.guild_id);
	request.within_ms = SEND_MS;
	request.done = looked_at_guild;
	request.arg = delivery;
	enum status status = rest_submit(delivery->announcer->rest, &request);
	if (status)
		postpone(delivery, DELIVERY_LATER, status_name(status));
}

/* What an answer means for its message. */
static enum delivery_outcome judge(const struct rest_answer *answer)
{
	const json_t *id = json_object_get(answer->body, "id");
	switch (answer->status) {
	case STATUS_OK: /* of a message, or of something in between that says yes to everything */
		return json_is_string(id) ? DELIVERY_SENT : DELIVERY_FAILED;
	case STATUS_INVALID:
	case STATUS_NOT_FOUND:
		return DELIVERY_REFUSED;
	case STATUS_TOO_LARGE: /* of a 2xx only the answer was: sent or not, the nonce will tell */
		return answer->http / 100 == 2 ? DELIVERY_FAILED : DELIVERY_REFUSED;
	case STATUS_DENIED: /* a bot token that is refused is an operator's to mend */
		return answer->http == 403 ? DELIVERY_REFUSED : DELIVERY_LATER;
	default: /* no answer, 429 and 5xx are about Discord, the others about this message */
		return answer->http == 0 || answer->http == 429 || answer->http >= 500
			       ? DELIVERY_LATER
			       : DELIVERY_FAILED;
	}
}

static void sent(void *arg, const struct rest_answer *answer)
{
	struct delivery *delivery = arg;
	/* Another replica may have the channel next, and knows nothing of its limit. */
	delivery->end.retry_ms = answer->wait_ms;
	if (answer->status == STATUS_NOT_FOUND && answer->code == CODE_UNKNOWN_CHANNEL) {
		look_at_guild(delivery);
		return;
	}
	switch (judge(answer)) {
	case DELIVERY_SENT:
		delivery->end.outcome = DELIVERY_SENT;
		metrics_add(METRIC_ANNOUNCEMENTS, ANNOUNCEMENT_SENT, 1);
		end(delivery);
		break;
	case DELIVERY_REFUSED:
		give_up(delivery, rest_refused_label(answer->code), rest_summary(delivery, answer));
		break;
	case DELIVERY_LATER:
		postpone(delivery, DELIVERY_LATER, rest_summary(delivery, answer));
		break;
	case DELIVERY_FAILED:
		postpone(delivery, DELIVERY_FAILED, rest_summary(delivery, answer));
		break;
	}
}

static void send_message(struct delivery *delivery)
{
	const struct announcement *announcement = &delivery->announcement;
	const struct announcer *announcer = delivery->announcer;
	json_t *message = announcement_message(
		delivery, announcement, announcer->public_url, &announcer->link_key);
	struct rest_request request;
	struct defect defect;
	if (defect_take(&defect)) {
		log_error(LOG_TEXT("defect in an announcement"), LOG_INT("id", announcement->id),
			LOG_STR("file", defect.file), LOG_INT("line", defect.line),
			LOG_STR("why", defect.why));
		json_decref(message);
		postpone(delivery, DELIVERY_FAILED, defect.why);
		return;
	}
	enum status status = channels_create_message(
		announcement->channel_id, message, announcement->nonce, &request);
	if (!status) {
		request.within_ms = SEND_MS;
		request.done = sent;
		request.arg = delivery;
		status = rest_submit(delivery->announcer->rest, &request);
	}
	json_decref(message);
	if (status == STATUS_INVALID || status == STATUS_TOO_LARGE)
		give_up(delivery, REFUSED_OTHER, status_name(status));
	else if (status)
		postpone(delivery, DELIVERY_LATER, status_name(status));
}

/* ---- Taking */

/* False for a row that cannot be read, which was logged; its lease runs out. */
static bool start_delivery(struct announcer *announcer, const struct db_rows *rows, int row)
{
	struct delivery *delivery = must(talloc_zero(NULL, struct delivery));
	delivery->announcer = announcer;
	delivery->timer = (struct timer){.fn = end, .arg = delivery};
	TAILQ_INSERT_TAIL(&announcer->deliveries, delivery, next);
	announcer->count++;
	switch (outbox_take_read(delivery, rows, row, &delivery->announcement)) {
	case STATUS_OK:
		send_message(delivery);
		return true;
	case STATUS_INVALID: /* of a newer build perhaps, which then sends it */
		postpone(delivery, DELIVERY_FAILED, "this build does not know its form");
		return true;
	default:
		forget(delivery);
		return false;
	}
}

static void leased(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct announcer *announcer = arg;
	bool fine = job_ended(&announcer->health, JOB_ANNOUNCER, status, why);
	int count = fine ? db_rows_count(rows) : 0;
	for (int row = 0; row < count; row++)
		fine &= start_delivery(announcer, rows, row);
	announcer->leasing = false;
	lease_in(announcer, fine && announcer->again ? 0 : POLL_MS);
}

/* The channels of what is in flight. */
static unsigned list_busy(const struct announcer *announcer, const char **channels)
{
	unsigned count = 0;
	const struct delivery *delivery;
	TAILQ_FOREACH (delivery, &announcer->deliveries, next)
		channels[count++] = delivery->announcement.channel_id;
	return count;
}

static void lease_next(void *arg)
{
	struct announcer *announcer = arg;
	if (announcer->leasing || announcer->count == MAX_IN_FLIGHT)
		return; /* its end, or the next delivery's, looks again */
	talloc_free(announcer->ctx);
	announcer->ctx = must(talloc_new(announcer));
	announcer->request = (struct pool_request){.done = leased, .arg = announcer};
	const char *channels[MAX_IN_FLIGHT];
	const struct outbox_lease lease = {.holder = announcer->holder,
		.seconds = LEASE_S,
		.count = MAX_IN_FLIGHT - announcer->count,
		.busy = channels,
		.busy_count = list_busy(announcer, channels)};
	outbox_take_call(announcer->ctx, &lease, &announcer->request.call);
	announcer->leasing = true;
	announcer->again = false;
	if (pool_submit(announcer->pool, &announcer->request)) {
		announcer->leasing = false;
		(void)job_ended(&announcer->health, JOB_ANNOUNCER, STATUS_UNAVAILABLE, NULL);
		lease_in(announcer, POLL_MS);
	}
}

struct announcer *announcer_create(
	struct loop *loop, struct pool *pool, struct rest *rest, const struct config *config)
{
	struct announcer *announcer = must(talloc_zero(NULL, struct announcer));
	unsigned char random[HOLDER_BYTES];
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(announcer->holder, sizeof(announcer->holder), random, sizeof(random));
	announcer->loop = loop;
	announcer->pool = pool;
	announcer->rest = rest;
	announcer->public_url = config->has_link_key ? config->public_url : NULL;
	memcpy(announcer->link_key.bytes, config->link_key, sizeof(announcer->link_key.bytes));
	TAILQ_INIT(&announcer->deliveries);
	announcer->timer = (struct timer){.fn = lease_next, .arg = announcer};
	lease_in(announcer, 0);
	return announcer;
}

void announcer_destroy(struct announcer **handle)
{
	struct announcer *announcer = *handle;
	if (!announcer)
		return;
	(void)pool_cancel(announcer->pool, &announcer->request);
	struct delivery *delivery;
	while ((delivery = TAILQ_FIRST(&announcer->deliveries))) {
		(void)pool_cancel(announcer->pool, &delivery->request);
		loop_timer_cancel(announcer->loop, &delivery->timer);
		forget(delivery);
	}
	loop_timer_cancel(announcer->loop, &announcer->timer);
	talloc_free(announcer);
	*handle = NULL;
}
