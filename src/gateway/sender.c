/* Batches of events on their way to the service. */
#include "sender.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

/* One batch: the contract allows 1,000 events and 4 MiB. Half the events keep the service's
 * transactions short. */
#define MAX_BATCH_EVENTS 500
#define MAX_BATCH_BYTES (3584u * 1024u)

/* After the first event that waits, others may join its batch for this long: half a busy member's
 * reaction time, a tenth of what an idle system may take to show XP. */
#define LINGER_MS 20

#define RETRY_FIRST_MS 500
#define MAX_RETRY_MS 15000
#define MAX_RETRY_AFTER_MS 300000
/* When the spool has something, but nothing that can be read. */
#define EMPTY_MS 1000

/* Rejections that are logged of one batch. */
#define MAX_REASONS 5

/* Users of one event that are asked for: a guild whose members nothing names must not hold up all
 * others for minutes. */
#define MAX_QUESTIONS 20

enum sender_state {
	SENDER_IDLE, /* nothing waits; sender_wake begins */
	SENDER_WAITING, /* for its timer: others may join the batch, or the service is away */
	SENDER_ASKING, /* for a name of the oldest event; sender_answered goes on */
	SENDER_POSTING, /* for the answer of the service */
	SENDER_OVER, /* drained */
};

struct sender {
	struct sender_options options;
	struct service_client *service;
	enum sender_state state;
	struct timer timer, deadline;
	bool draining;
	struct backoff backoff;
	size_t max_events, max_bytes; /* of the next batch: fewer after a 413 */
	unsigned failures; /* in a row */
	int64_t head; /* the event whose users are asked for */
	unsigned questions; /* that were asked of it */
	/* The batch under way. */
	void *ctx;
	struct spool_batch batch;
	struct service_event *sent; /* those of its events that are sent */
	size_t count;
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int64_t now_ms(const struct sender *sender)
{
	return discord_clock_ms(sender->options.clock, clock_mono_ms());
}

/* The time of an event: our own JSON, so its first "at" is the right one. */
static int64_t event_at_ms(const char *json, size_t length)
{
	static const char key[] = "\"at\":";
	const char *at = memmem(json, length, key, sizeof(key) - 1);
	return at ? strtoll(at + sizeof(key) - 1, NULL, 10) : 0;
}

static void show_lag(const struct sender *sender, const struct spool_event *oldest)
{
	int64_t lag_ms = oldest ? now_ms(sender) - event_at_ms(oldest->json, oldest->length) : 0;
	metrics_set(METRIC_SHIM_LAG_SECONDS, 0, lag_ms > 0 ? lag_ms / 1000 : 0);
}

/* ---- Waiting */

static void wait(struct sender *sender, int64_t ms)
{
	sender->state = SENDER_WAITING;
	loop_timer_set(sender->options.loop, &sender->timer, clock_mono_ms() + ms);
}

static void end(void *arg)
{
	struct sender *sender = arg;
	if (sender->state == SENDER_OVER)
		return;
	sender->state = SENDER_OVER;
	loop_timer_cancel(sender->options.loop, &sender->timer);
	loop_timer_cancel(sender->options.loop, &sender->deadline);
	sender->options.drained(sender->options.arg);
}

/* Behind a batch that was taken, or before the first. */
static void go_on(struct sender *sender)
{
	sender->state = SENDER_IDLE;
	if (spool_has_more(sender->options.spool)) {
		wait(sender, sender->draining ? 0 : LINGER_MS);
		return;
	}
	show_lag(sender, NULL);
	if (sender->draining)
		end(sender);
}

static void taken(struct sender *sender)
{
	spool_take(sender->options.spool, &sender->batch);
	sender->options.taken(sender->options.arg);
	if (sender->failures > 0)
		log_info(LOG_TEXT("the service takes events again"),
			LOG_INT("failures", sender->failures));
	sender->failures = 0;
	backoff_reset(&sender->backoff);
	sender->max_events = smaller(2 * sender->max_events, MAX_BATCH_EVENTS);
	sender->max_bytes = smaller(2 * sender->max_bytes, MAX_BATCH_BYTES);
	go_on(sender);
}

/* Nothing is lost: the batch stays in the spool. Logged at the first failure and now and then. */
static void failed(struct sender *sender, int http, const char *why, int64_t min_ms)
{
	bool refused = http >= 400 && http < 500;
	int64_t delay = backoff_next_ms(&sender->backoff);
	if (delay < min_ms)
		delay = min_ms;
	metrics_add(METRIC_SHIM_BATCHES, refused ? SHIM_BATCH_REFUSED : SHIM_BATCH_RETRIED, 1);
	if (sender->failures++ % 20 == 0)
		log_write(refused ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
			(struct log_field[]){
				LOG_TEXT(
					"the service does not take events: they stay in the spool"),
				LOG_INT("http", http), LOG_STR("why", why),
				LOG_INT("retry_ms", delay), {0}});
	if (sender->draining)
		end(sender);
	else
		wait(sender, delay);
}

/* ---- Names */

/* What becomes of a user in an event. */
enum naming {
	NAMED, /* or Discord does not say: the event goes without the name */
	NAMING_BOT,
	NAMING_NOBODY,
	NAMING_ASK, /* Discord is to be asked first */
};

/* Whether Discord is asked about one more user of event NUMBER. */
static bool may_ask(struct sender *sender, int64_t number)
{
	if (sender->head != number)
		sender->questions = 0;
	sender->head = number;
	return sender->questions < MAX_QUESTIONS && ask_may_users(sender->options.ask);
}

/* Writes the name into a user object that lacks it, of event NUMBER. With NAMING_ASK, *out_id is
 * the user to ask about. */
static enum naming name_user(struct sender *sender, json_t *user, int64_t number, uint64_t *out_id)
{
	const char *text = json_string_value(json_object_get(user, "id"));
	struct snowflake id;
	char *name;
	if (json_object_get(user, "username") || !snowflake_parse(text, &id))
		return NAMED;
	*out_id = strtoull(id.text, NULL, 10);
	switch (user_find(sender->options.guilds, sender->ctx, *out_id, &name)) {
	case USER_HUMAN:
		json_object_set_new(user, "username", json_string(name));
		return NAMED;
	case USER_BOT:
		return NAMING_BOT;
	case USER_NOBODY:
		log_warn(LOG_TEXT("Discord does not know a user that an event names"),
			LOG_STR("user", id.text));
		return NAMING_NOBODY;
	default:
		return may_ask(sender, number) ? NAMING_ASK : NAMED;
	}
}

/* Names the members of a snapshot, and removes those that are bots or nobody. */
static enum naming name_members(
	struct sender *sender, json_t *members, int64_t number, uint64_t *out_id)
{
	size_t i = 0;
	while (i < json_array_size(members)) {
		json_t *user = json_object_get(json_array_get(members, i), "user");
		enum naming naming = name_user(sender, user, number, out_id);
		if (naming == NAMING_ASK)
			return naming;
		if (naming == NAMED)
			i++;
		else
			json_array_remove(members, i);
	}
	return NAMED;
}

/* Fills in the names that EVENT lacks, on the batch's memory. Otherwise says why it cannot be sent,
 * or not yet. */
static enum naming fill_in(struct sender *sender, struct spool_event *event, uint64_t *out_id)
{
	json_t *json = json_loadb(event->json, event->length, JSON_ALLOW_NUL, NULL);
	json_t *members = json_object_get(json, "members"),
	       *author = json_object_get(json, "author");
	json_t *user = author ? author : json_object_get(json, "user");
	enum naming naming = members ? name_members(sender, members, event->number, out_id)
				     : name_user(sender, user, event->number, out_id);
	if (naming == NAMING_NOBODY && !author)
		naming = NAMED; /* the service knows better whether they were in voice */
	if (naming == NAMING_NOBODY)
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, 1);
	if (naming == NAMED) {
		char *text = must(json_dumps(json, JSON_COMPACT));
		event->json = must(talloc_strdup(sender->ctx, text));
		event->length = strlen(text);
		free(text);
	}
	json_decref(json);
	return naming;
}

/* ---- Making a batch */

/*
 * Fills in names. The batch is cut before a name that has to be asked for, so that what stands
 * before does not wait; only of its first event users are asked for. 0, or such a user.
 */
static uint64_t fill_batch(struct sender *sender)
{
	struct spool_batch *batch = &sender->batch;
	sender->sent =
		must(talloc_array(sender->ctx, struct service_event, (unsigned)batch->count));
	sender->count = 0;
	for (size_t i = 0; i < batch->count; i++) {
		struct spool_event *event = &batch->events[i];
		uint64_t user = 0;
		enum naming naming = event->complete ? NAMED : fill_in(sender, event, &user);
		if (naming == NAMED) {
			sender->sent[sender->count++] =
				(struct service_event){event->json, event->length};
		} else if (naming == NAMING_ASK && i == 0) {
			return user;
		} else if (naming == NAMING_ASK) {
			batch->count = i;
			batch->last = batch->events[i - 1].number;
		}
	}
	return 0;
}

/* ---- What the answer means */

static void log_rejected(const struct sender *sender, const json_t *rejected)
{
	size_t i;
	json_t *one;
	json_array_foreach (rejected, i, one) {
		json_int_t index = json_integer_value(json_object_get(one, "index"));
		const char *reason = json_string_value(json_object_get(one, "reason"));
		if (i == MAX_REASONS)
			break;
		if (index < 0 || (size_t)index >= sender->count)
			continue;
		const struct service_event *event = &sender->sent[index];
		log_warn(LOG_TEXT("the service rejects an event"), LOG_STR("reason", reason),
			LOG_INT("at", event_at_ms(event->json, event->length)));
	}
}

static void all_answered(struct sender *sender, const json_t *rejected)
{
	int64_t refused = (int64_t)json_array_size(rejected);
	log_rejected(sender, rejected);
	metrics_add(METRIC_SHIM_BATCHES, SHIM_BATCH_TAKEN, 1);
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_REJECTED, refused);
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_FORWARDED, (int64_t)sender->count - refused);
	taken(sender);
}

/* Smaller batches; a single event that is too large is set aside. */
static void too_large(struct sender *sender, size_t bytes)
{
	metrics_add(METRIC_SHIM_BATCHES, SHIM_BATCH_REFUSED, 1);
	if (sender->batch.count > 1) {
		sender->max_events = sender->batch.count / 2;
		sender->max_bytes = bytes / 2;
		log_warn(LOG_TEXT("the service finds the batch too large: it is halved"),
			LOG_INT("events", (int64_t)sender->batch.count));
		go_on(sender);
		return;
	}
	if (spool_set_aside(sender->options.spool, &sender->batch.events[0],
		    "the service finds it too large") != STATUS_OK) {
		failed(sender, 413, "and the event cannot be set aside", 0);
		return;
	}
	log_error(LOG_TEXT("event set aside: the service finds it too large"),
		LOG_INT("bytes", (int64_t)bytes));
	metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED, 1);
	taken(sender);
}

static void on_answer(void *arg, const struct service_answer *answer)
{
	struct sender *sender = arg;
	int64_t wait_ms = answer->retry_after_ms;
	if (sender->state != SENDER_POSTING)
		return; /* drained meanwhile */
	switch (answer->outcome) {
	case SERVICE_TAKEN:
		all_answered(sender, answer->rejected);
		break;
	case SERVICE_TOO_LARGE:
		too_large(sender, answer->bytes);
		break;
	case SERVICE_AWAY:
		failed(sender, answer->http, answer->why,
			wait_ms < MAX_RETRY_AFTER_MS ? wait_ms : MAX_RETRY_AFTER_MS);
		break;
	}
}

/* ---- A batch */

static void send_next(void *arg)
{
	struct sender *sender = arg;
	uint64_t user = 0;
	talloc_free_children(sender->ctx);
	spool_read(sender->options.spool, sender->ctx, sender->max_events, sender->max_bytes,
		&sender->batch);
	if (sender->batch.count == 0) { /* dropped or not readable: the spool looks after it */
		sender->options.taken(sender->options.arg);
		if (!spool_has_more(sender->options.spool))
			go_on(sender);
		else if (sender->draining)
			end(sender);
		else
			wait(sender, EMPTY_MS);
		return;
	}
	show_lag(sender, &sender->batch.events[0]);
	while ((user = fill_batch(sender))) {
		sender->state = SENDER_ASKING;
		sender->questions++;
		if (ask_user(sender->options.ask, user))
			return;
	}
	if (sender->count == 0) {
		taken(sender); /* nothing that is to be sent */
		return;
	}
	sender->state = SENDER_POSTING;
	service_post(sender->service, &(struct service_batch){.events = sender->sent,
					      .count = sender->count,
					      .time_s = now_ms(sender) / 1000,
					      .done = on_answer,
					      .arg = sender});
}

void sender_wake(struct sender *sender)
{
	if (sender->state == SENDER_IDLE)
		go_on(sender);
}

void sender_answered(struct sender *sender)
{
	if (sender->state == SENDER_ASKING)
		send_next(sender);
}

/* ---- Life cycle */

struct sender *sender_create(const struct sender_options *options)
{
	struct sender *sender = must(talloc_zero(NULL, struct sender));
	sender->options = *options;
	sender->ctx = must(talloc_new(sender));
	sender->max_events = MAX_BATCH_EVENTS;
	sender->max_bytes = MAX_BATCH_BYTES;
	sender->backoff = (struct backoff){.first_ms = RETRY_FIRST_MS, .cap_ms = MAX_RETRY_MS};
	sender->timer = (struct timer){.fn = send_next, .arg = sender};
	sender->deadline = (struct timer){.fn = end, .arg = sender};
	sender->service = service_create(options->loop, &options->service);
	if (!sender->service)
		TALLOC_FREE(sender);
	return sender;
}

void sender_destroy(struct sender **handle)
{
	struct sender *sender = *handle;
	if (!sender)
		return;
	loop_timer_cancel(sender->options.loop, &sender->timer);
	loop_timer_cancel(sender->options.loop, &sender->deadline);
	service_destroy(&sender->service);
	TALLOC_FREE(*handle);
}

void sender_drain(struct sender *sender, int64_t until_ms)
{
	sender->draining = true;
	loop_timer_set(sender->options.loop, &sender->deadline, until_ms);
	if (sender->state == SENDER_ASKING || sender->failures > 0)
		end(sender); /* what is left is for the next run */
	else if (sender->state != SENDER_POSTING)
		go_on(sender);
}
