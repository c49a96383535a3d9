/* The REST client where it takes thousands of answers, or minutes: what protects from Discord's
 * ban, and what is believed of a bot token. The wire, the loop and the clock are stand-ins. */
#include "unit.h"

#include <string.h>

#include "besace/rest/client.h"
#include "besace/runtime/clock.h"
#include "rest/bucket.h"
#include "rest/wire.h"

#define TRANSFERS_MAX 8
#define MINUTE_MS 60000
#define HOUR_MS 3600000

static struct {
	int64_t now_ms;
	struct timer *timers[4]; /* set ones */
	unsigned timer_count;
	struct wire_transfer *sent[TRANSFERS_MAX]; /* and not answered yet */
	unsigned sent_count;
	struct rest *rest;
	unsigned answers;
	enum status status; /* of the last answer */
} world;

/* ---- The layers below */

int64_t clock_mono_ms(void)
{
	return world.now_ms;
}

void loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	(void)loop;
	for (unsigned i = 0; i < world.timer_count; i++)
		if (world.timers[i] == timer)
			world.timers[i--] = world.timers[--world.timer_count];
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
	loop_timer_cancel(loop, timer);
	timer->at_ms = at_ms;
	assert_true(world.timer_count < ARRAY_LEN(world.timers));
	world.timers[world.timer_count++] = timer;
}

struct wire *wire_create(void *ctx, struct loop *loop)
{
	(void)loop;
	return talloc_size(ctx, 1);
}

void wire_destroy(struct wire **wire)
{
	TALLOC_FREE(*wire);
}

void wire_send(struct wire *wire, struct wire_transfer *transfer)
{
	(void)wire;
	assert_true(world.sent_count < TRANSFERS_MAX);
	world.sent[world.sent_count++] = transfer;
}

void wire_cancel(struct wire_transfer *transfer)
{
	for (unsigned i = 0; i < world.sent_count; i++)
		if (world.sent[i] == transfer)
			world.sent[i--] = world.sent[--world.sent_count];
}

/* ---- What the tests do with them */

/* NULL: none is set. */
static struct timer *earliest(void)
{
	struct timer *first = NULL;
	for (unsigned i = 0; i < world.timer_count; i++)
		if (!first || world.timers[i]->at_ms < first->at_ms)
			first = world.timers[i];
	return first;
}

static void run_out(void)
{
	struct timer *timer = earliest();
	assert_non_null(timer); /* else what is waited for never comes */
	if (timer->at_ms > world.now_ms)
		world.now_ms = timer->at_ms;
	loop_timer_cancel(NULL, timer);
	timer->fn(timer->arg);
}

/* A call that was sent, of whose address PART is one; or NULL. */
static struct wire_transfer *find_sent(const char *part)
{
	for (unsigned i = 0; i < world.sent_count; i++)
		if (strstr(world.sent[i]->url, part))
			return world.sent[i];
	return NULL;
}

static struct wire_transfer *wait_for(const char *part)
{
	while (!find_sent(part))
		run_out();
	return find_sent(part);
}

/* Answers a call with HTTP and JSON, at once. */
static void answer(struct wire_transfer *transfer, int http, const char *json, bool shared)
{
	char text[128];
	snprintf(text, sizeof(text), "%s", json);
	rate_headers_clear(&transfer->rate);
	transfer->rate.from_discord = true;
	transfer->rate.shared = shared;
	transfer->end = WIRE_ANSWERED;
	transfer->http = http;
	transfer->answer = text;
	transfer->answer_length = strlen(text);
	transfer->done(transfer->arg, transfer);
}

static void on_answer(void *arg, const struct rest_answer *given)
{
	(void)arg;
	world.answers++;
	world.status = given->status;
}

static enum status ask(void)
{
	const struct rest_request request = {.method = "GET",
		.route = "/channels/{channel}",
		.params = {"7"},
		.within_ms = HOUR_MS,
		.done = on_answer};
	return rest_submit(world.rest, &request);
}

/* Waits until a call has been answered. */
static enum status result(void)
{
	unsigned before = world.answers;
	while (world.answers == before)
		run_out();
	return world.status;
}

static int open_world(void **state)
{
	const struct rest_options options = {
		.api_url = "http://discord", .bot_token = "bot.token.test", .retry_ms = 1};
	memset(&world, 0, sizeof(world));
	world.now_ms = 1000000;
	world.rest = rest_create(NULL, &options);
	return world.rest ? unit_open(state) : -1;
}

static int close_world(void **state)
{
	rest_destroy(&world.rest);
	assert_int_equal(world.timer_count, 0);
	assert_int_equal(world.sent_count, 0);
	return unit_close(state);
}

/* ---- The guard. Discord bans an address for an hour after 10,000 invalid answers in ten minutes.
 */

#define CHANNEL "/channels/7"
#define WAIT "{\"message\":\"slow down\",\"retry_after\":0.001,\"global\":false}"

/* Makes COUNT calls that are answered 429, and then well. Returns the longest wait between. */
static int64_t make_refused_calls(unsigned count, bool shared)
{
	int64_t longest_ms = 0;
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(ask(), STATUS_OK);
		answer(wait_for(CHANNEL), 429, WAIT, shared);
		int64_t since_ms = world.now_ms;
		struct wire_transfer *again = wait_for(CHANNEL);
		if (world.now_ms - since_ms > longest_ms)
			longest_ms = world.now_ms - since_ms;
		answer(again, 200, "{}", false);
		assert_int_equal(result(), STATUS_OK);
	}
	return longest_ms;
}

static void refusals_that_count_stop_all_calls_before_discord_bans(void **state)
{
	(void)state;
	assert_true(make_refused_calls(RATE_GUARD_MAX - 1, false) < MINUTE_MS);
	assert_true(make_refused_calls(1, false) > MINUTE_MS);
}

/* A limit that all bots share: Discord does not count its refusals. */
static void refusals_of_scope_shared_stop_nothing(void **state)
{
	(void)state;
	assert_true(make_refused_calls(RATE_GUARD_MAX + 1, true) < MINUTE_MS);
}

/* ---- The bot token */

#define ME "/users/@me"
#define UNAUTHORIZED "{\"message\":\"401: Unauthorized\",\"code\":0}"

/* The ways in which a probe may say nothing of the token: its connection, or its status. */
static const struct {
	enum wire_end end;
	int http;
} silences[] = {{WIRE_NOT_SENT, 0}, {WIRE_BROKEN, 0}, {WIRE_ANSWERED, 502}, {WIRE_ANSWERED, 500}};

/* Lets a probe, with all its attempts, end without an answer. */
static void silence_probe(size_t silence)
{
	struct wire_transfer *probe = wait_for(ME);
	int64_t end_ms = world.now_ms + REST_ATTEMPT_MS;
	while (probe) {
		if (silences[silence].end == WIRE_ANSWERED) {
			answer(probe, silences[silence].http, "<html>", false);
		} else {
			probe->end = silences[silence].end;
			probe->done(probe->arg, probe);
		}
		while (world.sent_count == 0 && earliest() && earliest()->at_ms <= end_ms)
			run_out();
		probe = find_sent(ME);
	}
}

/* Neither accepted again nor given up for good: it is asked anew until Discord says something. */
static void a_probe_without_an_answer_leaves_a_token_refused(void **state)
{
	(void)state;
	assert_int_equal(ask(), STATUS_OK);
	answer(wait_for(CHANNEL), 401, UNAUTHORIZED, false);
	answer(wait_for(ME), 401, UNAUTHORIZED, false);
	assert_int_equal(result(), STATUS_DENIED);
	for (size_t i = 0; i < ARRAY_LEN(silences); i++) {
		int64_t since_ms = world.now_ms;
		silence_probe(i);
		assert_true(rest_token_is_refused(world.rest));
		assert_int_equal(ask(), STATUS_DENIED);
		(void)wait_for(ME);
		assert_true(world.now_ms - since_ms >= REST_TOKEN_RETRY_MS);
	}
	answer(wait_for(ME), 200, "{}", false);
	run_out();
	assert_false(rest_token_is_refused(world.rest));
	assert_int_equal(ask(), STATUS_OK);
	answer(wait_for(CHANNEL), 200, "{}", false);
	assert_int_equal(result(), STATUS_OK);
}

static void a_probe_without_an_answer_ends_a_suspicion(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(silences); i++) {
		assert_int_equal(ask(), STATUS_OK);
		answer(wait_for(CHANNEL), 401, UNAUTHORIZED, false);
		silence_probe(i);
		assert_false(rest_token_is_refused(world.rest));
		answer(wait_for(CHANNEL), 200, "{}", false);
		assert_int_equal(result(), STATUS_OK);
	}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

static const struct CMUnitTest tests[] = {
	TEST(refusals_that_count_stop_all_calls_before_discord_bans),
	TEST(refusals_of_scope_shared_stop_nothing),
	TEST(a_probe_without_an_answer_leaves_a_token_refused),
	TEST(a_probe_without_an_answer_ends_a_suspicion),
};

UNIT_MAIN(tests)
