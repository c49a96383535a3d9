/* The sender: batches in order, kept until they are taken, named before they leave. The service,
 * Discord and the timers are stand-ins; the spool is a real one. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"
#include "gateway/sender.h"
#include "support/shim_store.h"

/* What the stand-ins saw. One test at a time. */
struct world {
	struct shim_store store;
	struct sender *sender;
	struct discord_clock clock;
	struct timer *timers[2]; /* set ones */
	struct service_batch posted; /* that waits for its answer; no DONE: none does */
	char *body; /* its events, in a line each */
	uint64_t asked; /* the user that Discord is asked about; 0: none */
	unsigned questions;
	bool is_silent; /* Discord is not to be asked */
	unsigned drained;
};

static struct world *world;

/* ---- The stand-ins */

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
	(void)loop;
	loop_timer_cancel(loop, timer);
	timer->at_ms = at_ms;
	world->timers[world->timers[0] != NULL] = timer;
}

void loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	(void)loop;
	for (size_t i = 0; i < 2; i++)
		if (world->timers[i] == timer)
			world->timers[i] = NULL;
	if (!world->timers[0]) {
		world->timers[0] = world->timers[1];
		world->timers[1] = NULL;
	}
}

struct service_client *service_create(struct loop *loop, const struct service_options *options)
{
	(void)loop, (void)options;
	static char client;
	return (struct service_client *)&client;
}

void service_destroy(struct service_client **client)
{
	*client = NULL;
}

void service_post(struct service_client *client, const struct service_batch *batch)
{
	(void)client;
	assert_null(world->posted.done);
	world->posted = *batch;
	world->body = talloc_strdup(world, "");
	for (size_t i = 0; i < batch->count; i++)
		world->body = talloc_asprintf_append(
			world->body, "%.*s\n", (int)batch->events[i].length, batch->events[i].json);
}

bool ask_may_users(const struct ask *ask)
{
	(void)ask;
	return !world->is_silent;
}

bool ask_user(struct ask *ask, uint64_t id)
{
	(void)ask;
	assert_int_equal(world->asked, 0);
	world->asked = id;
	world->questions++;
	return true;
}

/* ---- A world */

static void on_taken(void *arg)
{
	(void)arg;
}

static void on_drained(void *arg)
{
	(void)arg;
	world->drained++;
}

static int release_world(struct world *old)
{
	world = old; /* of several in one test */
	sender_destroy(&old->sender);
	return shim_store_close(&old->store);
}

static void world_create(void *ctx)
{
	world = talloc_zero(ctx, struct world);
	shim_store_open(&world->store, world);
	discord_clock_init(&world->clock, clock_wall_ms(), clock_mono_ms());
	struct sender_options options = {.spool = world->store.spool,
		.guilds = world->store.guilds,
		.clock = &world->clock,
		.taken = on_taken,
		.drained = on_drained};
	world->sender = sender_create(&options);
	talloc_set_destructor(world, release_world);
}

static void spool(const char *json, bool complete)
{
	spool_append(world->store.spool, json, strlen(json), complete);
	assert_int_equal(spool_commit(world->store.spool), STATUS_OK);
	sender_wake(world->sender);
}

/* Spools complete events FIRST to LAST. */
static void spool_all(int first, int last)
{
	char json[32];
	for (int i = first; i <= last; i++) {
		int length = snprintf(json, sizeof(json), "{\"at\":%d}", i);
		spool_append(world->store.spool, json, (size_t)length, true);
	}
	assert_int_equal(spool_commit(world->store.spool), STATUS_OK);
	sender_wake(world->sender);
}

/* Lets the time of the one timer come. Returns how long that would have been. */
static int64_t fire(void)
{
	struct timer *timer = world->timers[0];
	assert_non_null(timer);
	int64_t ms = timer->at_ms - clock_mono_ms();
	loop_timer_cancel(NULL, timer);
	timer->fn(timer->arg);
	return ms;
}

static void answer(const struct service_answer *given)
{
	struct service_batch batch = world->posted;
	assert_non_null(batch.done);
	world->posted = (struct service_batch){0};
	batch.done(batch.arg, given);
}

static void answer_taken(void)
{
	json_t *none = json_array();
	answer(&(struct service_answer){.outcome = SERVICE_TAKEN, .http = 200, .rejected = none});
	json_decref(none);
}

static void answer_away(int http, int64_t retry_after_ms)
{
	answer(&(struct service_answer){.outcome = SERVICE_AWAY,
		.http = http,
		.why = "a test",
		.retry_after_ms = retry_after_ms});
}

static void answer_too_large(void)
{
	answer(&(struct service_answer){
		.outcome = SERVICE_TOO_LARGE, .http = 413, .bytes = strlen(world->body)});
}

/* Lets Discord answer the question about a user. */
static void answer_user(uint64_t id, enum user_kind kind, const char *name)
{
	assert_int_equal(world->asked, id);
	world->asked = 0;
	if (kind != USER_UNKNOWN)
		user_learn(world->store.guilds, id, kind, name);
	else
		world->is_silent = true;
	sender_answered(world->sender);
}

/* ---- Batches */

static void sender_sends_in_order_and_one_batch_at_a_time(void **state)
{
	world_create(*state);
	spool_all(1, 700);
	fire();
	assert_int_equal(world->posted.count, 500);
	assert_memory_equal(world->body, "{\"at\":1}\n{\"at\":2}\n", 18);
	spool_all(701, 701);
	assert_null(world->timers[0]); /* it waits for the answer alone */
	answer_taken();
	fire();
	assert_int_equal(world->posted.count, 201);
	assert_memory_equal(world->body, "{\"at\":501}\n", 11);
	answer_taken();
	assert_null(world->timers[0]);
	assert_false(spool_has_more(world->store.spool));
	spool_all(702, 702);
	fire();
	assert_string_equal(world->body, "{\"at\":702}\n");
}

static void sender_lingers_for_events_that_join_a_batch(void **state)
{
	world_create(*state);
	spool_all(1, 1);
	spool_all(2, 2);
	assert_null(world->timers[1]);
	assert_true(fire() <= 20);
	assert_int_equal(world->posted.count, 2);
}

static void sender_keeps_a_batch_that_is_not_taken(void **state)
{
	static const int statuses[] = {0, 200, 400, 401, 404, 500, 503};
	world_create(*state);
	spool_all(1, 3);
	fire();
	char *first = talloc_strdup(world, world->body);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		answer_away(statuses[i], -1);
		assert_null(world->posted.done);
		fire();
		assert_string_equal(world->body, first);
	}
	answer_taken();
	assert_false(spool_has_more(world->store.spool));
}

/* Between half and whole of 500 ms, doubled each time up to 15 s. */
static void sender_waits_longer_after_each_failure(void **state)
{
	world_create(*state);
	spool_all(1, 1);
	fire();
	for (int64_t whole = 500; whole < 100000; whole *= 2) {
		int64_t max_ms = whole < 15000 ? whole : 15000;
		answer_away(500, -1);
		int64_t ms = fire();
		assert_true(ms > max_ms / 2 - 50 && ms <= max_ms);
	}
	answer_taken();
	spool_all(2, 2);
	fire();
	answer_away(500, -1);
	assert_true(fire() <= 500); /* success begins anew */
}

static void sender_gives_the_service_the_time_it_asks_for(void **state)
{
	world_create(*state);
	spool_all(1, 1);
	fire();
	answer_away(503, 7000);
	int64_t ms = fire();
	assert_true(ms > 6900 && ms <= 7000);
	answer_away(503, 86400000);
	assert_true(fire() <= 300000);
	answer_away(503, 0); /* "at once", again and again, is no reason to spin */
	assert_true(fire() > 900);
}

static void sender_halves_what_is_too_large_and_sets_one_event_aside(void **state)
{
	world_create(*state);
	int64_t dropped = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED);
	spool_all(1, 4);
	fire();
	answer_too_large();
	fire();
	assert_string_equal(world->body, "{\"at\":1}\n{\"at\":2}\n");
	answer_too_large();
	fire();
	assert_string_equal(world->body, "{\"at\":1}\n");
	answer_too_large(); /* alone: never */
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED), dropped + 1);
	assert_int_equal(
		access(talloc_asprintf(world, "%s/refused", world->store.folder), F_OK), 0);
	fire();
	assert_memory_equal(world->body, "{\"at\":2}\n", 9);
	answer_taken();
	fire();
	answer_taken();
	assert_false(spool_has_more(world->store.spool));
}

/* Half of what was too large, in bytes as well: two events of a batch may be nearly all of it. */
static void sender_halves_the_bytes_of_what_is_too_large(void **state)
{
	char large[2000];
	world_create(*state);
	spool_all(1, 1);
	snprintf(large, sizeof(large), "{\"at\":2,\"x\":\"%01500d\"}", 0);
	spool(large, true);
	spool_all(3, 4);
	fire();
	answer_too_large();
	fire();
	assert_string_equal(world->body, "{\"at\":1}\n");
}

/* Nothing is dropped that is not kept for an operator first. */
static void sender_keeps_an_event_that_cannot_be_set_aside(void **state)
{
	world_create(*state);
	char *refused = talloc_asprintf(world, "%s/refused", world->store.folder);
	int64_t dropped = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED);
	assert_int_equal(mkdir(refused, 0700), 0); /* no file can be made there */
	spool_all(1, 1);
	fire();
	answer_too_large();
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED), dropped);
	assert_true(spool_has_more(world->store.spool));
	assert_int_equal(rmdir(refused), 0);
	fire();
	assert_string_equal(world->body, "{\"at\":1}\n");
	answer_too_large();
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED), dropped + 1);
	assert_false(spool_has_more(world->store.spool));
}

static void sender_counts_what_the_service_rejects(void **state)
{
	world_create(*state);
	int64_t rejected = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_REJECTED),
		forwarded = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_FORWARDED);
	json_t *list = json_pack("[{s:i, s:s}]", "index", 1, "reason", "a test");
	spool_all(1, 3);
	fire();
	answer(&(struct service_answer){.outcome = SERVICE_TAKEN, .http = 200, .rejected = list});
	json_decref(list);
	assert_false(spool_has_more(world->store.spool)); /* nothing is repeated */
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_REJECTED), rejected + 1);
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_FORWARDED), forwarded + 2);
}

/* The first index behind a full batch is none: a sanitizer notices when it is read. */
static void sender_reads_no_rejected_event_behind_its_batch(void **state)
{
	world_create(*state);
	int64_t rejected = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_REJECTED);
	json_t *list = json_pack("[{s:i, s:s}]", "index", 500, "reason", "a test");
	spool_all(1, 500);
	fire();
	assert_int_equal(world->posted.count, 500);
	answer(&(struct service_answer){.outcome = SERVICE_TAKEN, .http = 200, .rejected = list});
	json_decref(list);
	assert_false(spool_has_more(world->store.spool));
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_REJECTED), rejected + 1);
}

/* ---- Names */

#define REACTION(id) "{\"at\":5,\"author\":{\"id\":\"" id "\"}}"
#define VOICE(id) "{\"at\":5,\"user\":{\"id\":\"" id "\"}}"

static void sender_asks_for_the_author_of_the_oldest_event_alone(void **state)
{
	world_create(*state);
	spool_all(1, 1);
	spool(REACTION("7"), false);
	spool_all(2, 2);
	fire();
	assert_int_equal(world->asked, 0); /* what stands before does not wait */
	assert_string_equal(world->body, "{\"at\":1}\n");
	answer_taken();
	fire();
	assert_null(world->posted.done);
	answer_user(7, USER_HUMAN, "lou");
	assert_string_equal(world->body,
		"{\"at\":5,\"author\":{\"id\":\"7\",\"username\":\"lou\"}}\n{\"at\":2}\n");
	answer_taken();
	spool(REACTION("7"), false);
	fire();
	assert_int_equal(world->questions, 1); /* it is known now */
}

static void sender_drops_reactions_to_bots_and_to_nobody(void **state)
{
	world_create(*state);
	int64_t dropped = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED);
	spool(REACTION("7"), false);
	spool(REACTION("8"), false);
	spool(VOICE("8"), false);
	spool(VOICE("7"), false);
	fire();
	answer_user(7, USER_BOT, "robot");
	fire();
	answer_user(8, USER_NOBODY, NULL);
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_DROPPED), dropped + 1);
	/* The service knows better whether nobody was in voice. */
	assert_string_equal(world->body, VOICE("8") "\n");
}

static void sender_removes_bots_and_nobody_from_a_snapshot(void **state)
{
	world_create(*state);
	user_learn(world->store.guilds, 2, USER_BOT, "robot");
	spool("{\"at\":5,\"members\":[{\"user\":{\"id\":\"1\",\"username\":\"a\"}},"
	      "{\"user\":{\"id\":\"2\"}},{\"user\":{\"id\":\"3\"}},{\"user\":{\"id\":\"4\"}}]}",
		false);
	fire();
	answer_user(3, USER_NOBODY, NULL);
	answer_user(4, USER_HUMAN, "d");
	assert_string_equal(world->body,
		"{\"at\":5,\"members\":[{\"user\":{\"id\":\"1\",\"username\":\"a\"}},"
		"{\"user\":{\"id\":\"4\",\"username\":\"d\"}}]}\n");
}

static void sender_goes_on_without_a_name_that_discord_does_not_give(void **state)
{
	world_create(*state);
	spool(REACTION("7"), false);
	spool(VOICE("8"), false);
	fire();
	answer_user(7, USER_UNKNOWN, NULL);
	assert_string_equal(world->body, REACTION("7") "\n" VOICE("8") "\n");
	assert_int_equal(world->questions, 1);
}

/* A guild whose members nothing names must not hold up all others. */
static void sender_asks_for_a_bounded_number_of_users_of_one_event(void **state)
{
	world_create(*state);
	char *json = talloc_strdup(world, "{\"at\":5,\"members\":[");
	for (int i = 1; i <= 30; i++)
		json = talloc_asprintf_append(
			json, "%s{\"user\":{\"id\":\"%d\"}}", i > 1 ? "," : "", i);
	spool(talloc_asprintf(world, "%s]}", json), false);
	fire();
	for (uint64_t id = 1; id <= 20; id++)
		answer_user(id, USER_HUMAN, "x");
	assert_int_equal(world->questions, 20);
	assert_non_null(strstr(world->body, "{\"user\":{\"id\":\"20\",\"username\":\"x\"}}"));
	assert_non_null(strstr(world->body, "{\"user\":{\"id\":\"21\"}}"));
	/* The next event has as many questions. */
	answer_taken();
	spool("{\"at\":6,\"user\":{\"id\":\"99\"}}", false);
	fire();
	answer_user(99, USER_HUMAN, "y");
	assert_non_null(strstr(world->body, "\"username\":\"y\""));
}

/* ---- The end */

static void sender_drain_sends_the_rest_without_lingering(void **state)
{
	world_create(*state);
	spool_all(1, 600);
	sender_drain(world->sender, clock_mono_ms() + 5000);
	assert_int_equal(world->drained, 0);
	for (int batch = 0; batch < 2; batch++) {
		struct timer *timer = world->timers[1];
		assert_non_null(timer); /* behind the deadline */
		assert_true(timer->at_ms <= clock_mono_ms());
		loop_timer_cancel(NULL, timer);
		timer->fn(timer->arg);
		answer_taken();
	}
	assert_int_equal(world->drained, 1);
	assert_null(world->timers[0]);
}

static void sender_drain_does_not_wait_for_what_is_away(void **state)
{
	world_create(*state);
	spool_all(1, 1);
	fire();
	answer_away(0, -1);
	sender_drain(world->sender, clock_mono_ms() + 5000);
	assert_int_equal(world->drained, 1);
	world_create(*state); /* nor for a failure on the way, nor for a name */
	spool_all(1, 1);
	fire();
	sender_drain(world->sender, clock_mono_ms() + 5000);
	assert_int_equal(world->drained, 0);
	answer_away(503, -1);
	assert_int_equal(world->drained, 1);
	world_create(*state);
	spool(REACTION("7"), false);
	fire();
	sender_drain(world->sender, clock_mono_ms() + 5000);
	assert_int_equal(world->drained, 1);
	answer_user(7, USER_HUMAN, "lou"); /* too late */
	assert_null(world->posted.done);
}

static void sender_drain_ends_at_its_deadline(void **state)
{
	world_create(*state);
	spool_all(1, 1);
	fire();
	sender_drain(world->sender, clock_mono_ms() + 5000);
	int64_t ms = fire();
	assert_true(ms > 4000 && ms <= 5000);
	assert_int_equal(world->drained, 1);
	answer_taken(); /* after that nothing is taken from the spool */
	assert_true(spool_has_more(world->store.spool));
	assert_int_equal(world->drained, 1);
}

static void sender_drain_of_an_empty_spool_is_done_at_once(void **state)
{
	world_create(*state);
	sender_drain(world->sender, clock_mono_ms() + 5000);
	assert_int_equal(world->drained, 1);
}

static const struct CMUnitTest tests[] = {
	UNIT(sender_sends_in_order_and_one_batch_at_a_time),
	UNIT(sender_lingers_for_events_that_join_a_batch),
	UNIT(sender_keeps_a_batch_that_is_not_taken),
	UNIT(sender_waits_longer_after_each_failure),
	UNIT(sender_gives_the_service_the_time_it_asks_for),
	UNIT(sender_halves_what_is_too_large_and_sets_one_event_aside),
	UNIT(sender_halves_the_bytes_of_what_is_too_large),
	UNIT(sender_keeps_an_event_that_cannot_be_set_aside),
	UNIT(sender_counts_what_the_service_rejects),
	UNIT(sender_reads_no_rejected_event_behind_its_batch),
	UNIT(sender_asks_for_the_author_of_the_oldest_event_alone),
	UNIT(sender_drops_reactions_to_bots_and_to_nobody),
	UNIT(sender_removes_bots_and_nobody_from_a_snapshot),
	UNIT(sender_goes_on_without_a_name_that_discord_does_not_give),
	UNIT(sender_asks_for_a_bounded_number_of_users_of_one_event),
	UNIT(sender_drain_sends_the_rest_without_lingering),
	UNIT(sender_drain_does_not_wait_for_what_is_away),
	UNIT(sender_drain_ends_at_its_deadline),
	UNIT(sender_drain_of_an_empty_spool_is_done_at_once),
};

UNIT_MAIN(tests)
