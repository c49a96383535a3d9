/* The invocation host: a result, its deferral, and what is said when the outcome is unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/engine/invocation.h"
#include "besace/jobs/host.h"
#include "besace/runtime/clock.h"
#include "jobs/guilds_seen.h"
#include "jobs/members_seen.h"

#define NO_APOLOGY (-1)

/* What stands in for the layers around: it keeps what it is given, for the test to go on with. */
static struct {
	struct loop *loop;
	unsigned answers;
	char *answer; /* the last one */
	struct pool_request *request;
	unsigned place; /* of a call that was submitted, as pool_request has it */
	enum status submit_status;
	bool changes; /* the command's call is a change */
	bool is_complete; /* the reply needs no row */
	bool has_defect; /* the reply that the command gives */
	bool is_away; /* the database */
	bool was_sent; /* what pool_cancel says */
	bool was_cancelled;
	bool is_autocomplete;
	bool is_command; /* what is asked is known by a command */
	bool asks; /* its first step asks Discord */
	unsigned told; /* what answered commands told of their guild and member */
	unsigned enquiries;
	enquiry_fn *enquired;
	void *enquired_arg;
	unsigned follow_ups;
	int64_t left_ms; /* of the follow-up */
	int64_t ahead_ms; /* of the loop's clock */
	int apology; /* the last one, or NO_APOLOGY */
} seen;

int64_t loop_now_ms(const struct loop *loop)
{
	(void)loop;
	return clock_mono_ms() + seen.ahead_ms;
}

enum status pool_submit(struct pool *pool, struct pool_request *request)
{
	(void)pool;
	if (seen.submit_status)
		return seen.submit_status;
	request->place = seen.place;
	seen.request = request;
	return STATUS_OK;
}

bool pool_cancel(struct pool *pool, struct pool_request *request)
{
	(void)pool;
	request->place = REQUEST_OUT;
	seen.was_cancelled = true;
	return seen.was_sent;
}

bool pool_is_away(const struct pool *pool)
{
	(void)pool;
	return seen.is_away;
}

enum step invocation_start(struct invocation *invocation, void *ctx, const struct interaction *in,
	int64_t seen_ms, const struct invocation_world *world, struct db_call *out)
{
	(void)in, (void)seen_ms, (void)world;
	*invocation = (struct invocation){.complete = seen.is_complete};
	invocation->reply = (struct reply){.kind = REPLY_MESSAGE, .description = "complete"};
	invocation->command = seen.is_command ? (const struct command *)&seen : NULL;
	invocation->ctx = ctx;
	strcpy(invocation->guild.text, "3");
	out->changes = seen.changes;
	return seen.asks ? STEP_QUESTION : STEP_CALL;
}

enum step invocation_resume(
	struct invocation *invocation, const struct db_rows *rows, struct db_call *out)
{
	(void)rows, (void)out;
	invocation->reply = (struct reply){.kind = REPLY_MESSAGE, .description = "done"};
	if (seen.has_defect)
		reply_add_button(&invocation->reply, (struct button){.custom_id = ""});
	return STEP_REPLY;
}

enum step invocation_told(struct invocation *invocation, struct db_call *out)
{
	(void)out;
	assert_true(seen.asks);
	invocation->reply = (struct reply){.kind = REPLY_MESSAGE, .description = "told"};
	return STEP_REPLY;
}

struct enquiry *enquiry_start(
	void *ctx, struct enquiries *enquiries, const struct enquiry_order *order)
{
	(void)enquiries;
	seen.enquiries++;
	seen.enquired = order->done;
	seen.enquired_arg = order->arg;
	return talloc_named_const(ctx, 1, "enquiry");
}

void invocation_apologise(struct invocation *invocation, enum apology apology)
{
	if (invocation->complete)
		return;
	invocation->reply =
		(struct reply){.kind = REPLY_MESSAGE, .ephemeral = true, .description = "sorry"};
	seen.apology = (int)apology;
}

struct reply invocation_deferral(const struct invocation *invocation)
{
	(void)invocation;
	return (struct reply){.kind = REPLY_DEFERRED};
}

bool invocation_can_defer(const struct invocation *invocation)
{
	(void)invocation;
	return !seen.is_autocomplete;
}

enum language invocation_public_language(const struct invocation *invocation)
{
	(void)invocation;
	return LANGUAGE_DEFAULT;
}

struct guilds_seen *guilds_seen_create(void *ctx, struct loop *loop, struct pool *pool)
{
	(void)ctx, (void)loop, (void)pool;
	return NULL;
}

void guilds_seen_tell(struct guilds_seen *guilds, const struct guild_seen *member_seen)
{
	(void)guilds, (void)member_seen;
	assert_true(seen.is_command);
	seen.told++;
}

unsigned guilds_seen_pending(const struct guilds_seen *guilds)
{
	(void)guilds;
	return 0;
}

void guilds_seen_give_up(struct guilds_seen *guilds)
{
	(void)guilds;
}

bool guilds_seen_wants_members(struct guilds_seen *guilds, const struct guild_seen *member_seen)
{
	(void)guilds, (void)member_seen;
	return true;
}

struct members_seen *members_seen_create(void *ctx, struct loop *loop, struct pool *pool)
{
	(void)ctx, (void)loop, (void)pool;
	return NULL;
}

void members_seen_tell(struct members_seen *members, const struct interaction *in, int64_t seen_ms)
{
	(void)members, (void)in, (void)seen_ms;
	assert_true(seen.is_command);
	seen.told++;
}

unsigned members_seen_pending(const struct members_seen *members)
{
	(void)members;
	return 0;
}

void members_seen_give_up(struct members_seen *members)
{
	(void)members;
}

bool follow_ups_have_room(const struct follow_ups *follow_ups, size_t length)
{
	(void)follow_ups;
	(void)length;
	return true;
}

void follow_up_render(void *ctx, const struct reply *deferral, const struct reply *reply,
	struct follow_up_message *out)
{
	assert_int_equal(deferral->kind, REPLY_DEFERRED);
	*out = (struct follow_up_message){.content = reply_message(ctx, reply, true)};
}

static void answered(void *arg, enum status status, const struct content *content)
{
	(void)arg;
	free(seen.answer);
	seen.answer = must(strndup(content->bytes, content->length));
	assert_true(status == STATUS_OK || status == STATUS_INVALID);
	seen.answers++;
	loop_stop(seen.loop);
}

void follow_ups_send(struct follow_ups *follow_ups, const struct interaction *in,
	const char *application_id, int64_t left_ms, const struct follow_up_message *message)
{
	(void)follow_ups;
	assert_string_equal(in->token, "t");
	assert_string_equal(application_id, "9");
	free(seen.answer);
	seen.answer = must(strndup(message->content.bytes, message->content.length));
	seen.left_ms = left_ms;
	seen.follow_ups++;
}

struct scene {
	struct config config;
	struct loop *loop;
	struct host *host;
	struct host_request request;
};

static int begin(void **state)
{
	memset(&seen, 0, sizeof(seen));
	seen.apology = NO_APOLOGY;
	seen.place = REQUEST_RUNNING;
	seen.changes = true;
	seen.was_sent = true;
	struct scene *scene = must(talloc_zero(NULL, struct scene));
	strcpy(scene->config.application_id.text, "9");
	scene->loop = seen.loop = loop_create();
	scene->host = host_create(scene->loop, NULL, NULL, NULL, &scene->config);
	*state = scene;
	return 0;
}

/* Every test ends with nothing pending. */
static int end(void **state)
{
	struct scene *scene = *state;
	unsigned pending = host_pending(scene->host);
	host_destroy(&scene->host);
	loop_destroy(&scene->loop);
	talloc_free(scene);
	free(seen.answer);
	return pending > 0;
}

static const char command[] =
	"{\"id\":\"1\",\"application_id\":\"2\",\"type\":2,\"token\":\"t\",\"guild_id\":\"3\","
	"\"member\":{\"user\":{\"id\":\"4\",\"username\":\"lou\"},\"permissions\":\"0\"},"
	"\"data\":{\"id\":\"5\",\"name\":\"lc\",\"type\":1}}";

/* Hands over BYTES, which came AGE_MS ago. */
static void take(struct scene *scene, const char *bytes, int64_t age_ms)
{
	scene->request = (struct host_request){.ctx = scene,
		.bytes = bytes,
		.length = strlen(bytes),
		.signed_s = 1800000000,
		.started_ms = clock_mono_ms() - age_ms,
		.arrived_us = clock_mono_us(),
		.answer = answered};
	host_take(scene->host, &scene->request);
}

/* A command that waits for the database. */
static void start(struct scene *scene, int64_t age_ms)
{
	take(scene, command, age_ms);
	assert_non_null(seen.request);
	assert_int_equal(host_pending(scene->host), 1);
}

/* The same, until its deferral is on its way. */
static void start_deferred(struct scene *scene)
{
	start(scene, 2000);
	loop_run(scene->loop);
	assert_int_equal(seen.answers, 1);
	assert_string_equal(seen.answer, "{\"type\":5}");
}

static void come_back(enum status status)
{
	seen.request->place = REQUEST_OUT;
	seen.request->done(seen.request->arg, status, NULL, NULL);
}

static bool says(const char *text)
{
	return strstr(seen.answer, text) != NULL;
}

static void host_take_answers_a_ping(void **state)
{
	struct scene *scene = *state;
	take(scene, "{\"id\":\"1\",\"application_id\":\"2\",\"type\":1,\"token\":\"t\"}", 0);
	assert_string_equal(seen.answer, "{\"type\":1}");
	host_left(&scene->request);
}

static void host_take_says_what_is_no_interaction(void **state)
{
	struct scene *scene = *state;
	take(scene, "{\"type\":\"x\"}", 0);
	assert_int_equal(seen.answers, 1);
	assert_true(strlen(seen.answer) > 0);
	assert_null(seen.request);
	host_left(&scene->request);
}

static void host_take_answers_at_once_what_comes_in_time(void **state)
{
	struct scene *scene = *state;
	start(scene, 0);
	come_back(STATUS_OK);
	assert_int_equal(seen.answers, 1);
	assert_true(says("{\"type\":4,\"data\":{") && says("done"));
	host_left(&scene->request);
	assert_int_equal(seen.follow_ups, 0);
}

static void host_take_sends_a_result_after_its_deferral(void **state)
{
	struct scene *scene = *state;
	start_deferred(scene);
	host_left(&scene->request);
	assert_int_equal(seen.follow_ups, 0);
	come_back(STATUS_OK);
	assert_int_equal(seen.follow_ups, 1);
	assert_true(says("done") && !says("\"type\":4"));
}

/* The result is there while the deferral still waits for its socket: it is kept until that left. */
static void host_left_sends_the_result_that_came_before(void **state)
{
	struct scene *scene = *state;
	start_deferred(scene);
	int64_t before = clock_mono_ms();
	come_back(STATUS_OK);
	assert_int_equal(seen.follow_ups, 0);
	assert_int_equal(host_pending(scene->host), 1);
	host_left(&scene->request);
	assert_int_equal(seen.follow_ups, 1);
	assert_true(seen.left_ms >= before);
	assert_int_equal(seen.answers, 1);
	assert_true(says("done"));
}

/* ---- What is said without a result */

static void host_apologises_by_what_is_known(void **state)
{
	static const struct {
		enum status status;
		enum apology apology;
	} rows[] = {{STATUS_UNAVAILABLE, APOLOGY_AWAY}, {STATUS_UNKNOWN, APOLOGY_UNSURE},
		{STATUS_FAILED, APOLOGY_FAULT}, {STATUS_DENIED, APOLOGY_REUSED}};
	struct scene *scene = *state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		start(scene, 0);
		come_back(rows[i].status);
		assert_int_equal(seen.apology, rows[i].apology);
		assert_true(says("sorry"));
		host_left(&scene->request);
	}
}

static void host_apologises_for_a_pool_without_room(void **state)
{
	struct scene *scene = *state;
	seen.submit_status = STATUS_UNAVAILABLE;
	take(scene, command, 0);
	assert_int_equal(seen.apology, APOLOGY_AWAY);
	host_left(&scene->request);
}

/* The change was made; what failed is its sentence. */
static void host_apologises_for_a_defect_after_a_change_as_unknown(void **state)
{
	struct scene *scene = *state;
	seen.has_defect = true;
	start(scene, 0);
	come_back(STATUS_OK);
	assert_int_equal(seen.apology, APOLOGY_UNSURE);
	assert_true(says("sorry"));
	host_left(&scene->request);
	seen.changes = false;
	start(scene, 0);
	come_back(STATUS_OK);
	assert_int_equal(seen.apology, APOLOGY_FAULT);
	host_left(&scene->request);
}

static void host_give_up_says_that_a_sent_change_is_unknown(void **state)
{
	struct scene *scene = *state;
	start_deferred(scene);
	host_left(&scene->request);
	host_give_up(scene->host);
	assert_true(seen.was_cancelled);
	assert_int_equal(seen.apology, APOLOGY_UNSURE);
	assert_int_equal(seen.follow_ups, 1);
}

/* What was never sent has done nothing, and neither has a read. */
static void host_give_up_says_what_did_not_happen(void **state)
{
	struct scene *scene = *state;
	seen.was_sent = false;
	start(scene, 0);
	host_give_up(scene->host);
	assert_int_equal(seen.apology, APOLOGY_AWAY);
	host_left(&scene->request);
}

static void host_give_up_calls_no_read_unknown(void **state)
{
	struct scene *scene = *state;
	seen.changes = false;
	start(scene, 0);
	host_give_up(scene->host);
	assert_int_equal(seen.apology, APOLOGY_AWAY);
	host_left(&scene->request);
}

static void host_give_up_lets_nothing_wait_any_more(void **state)
{
	struct scene *scene = *state;
	host_give_up(scene->host);
	take(scene, command, 0);
	assert_null(seen.request);
	assert_int_equal(seen.apology, APOLOGY_AWAY);
	assert_int_equal(seen.answers, 1);
	host_left(&scene->request);
}

/* A result that is there already is sent, not apologised for. */
static void host_give_up_keeps_a_result_that_waits_for_its_deferral(void **state)
{
	struct scene *scene = *state;
	start_deferred(scene);
	come_back(STATUS_OK);
	host_give_up(scene->host);
	assert_int_equal(seen.apology, NO_APOLOGY);
	host_left(&scene->request);
	assert_int_equal(seen.follow_ups, 1);
	assert_true(says("done"));
}

static void host_does_not_defer_while_the_database_is_away(void **state)
{
	struct scene *scene = *state;
	seen.place = REQUEST_QUEUED;
	seen.is_away = true;
	seen.was_sent = false;
	start(scene, 2000);
	loop_run(scene->loop);
	assert_int_equal(seen.apology, APOLOGY_AWAY);
	assert_true(says("sorry"));
	host_left(&scene->request);
}

/* A first attempt was lost: the call is queued again, and may have been done. */
static void host_defers_what_may_have_been_done(void **state)
{
	struct scene *scene = *state;
	seen.place = REQUEST_QUEUED;
	seen.is_away = true;
	take(scene, command, 2000);
	seen.request->maybe_done = true;
	loop_run(scene->loop);
	assert_string_equal(seen.answer, "{\"type\":5}");
	host_left(&scene->request);
	come_back(STATUS_UNKNOWN);
	assert_int_equal(seen.apology, APOLOGY_UNSURE);
	assert_int_equal(seen.follow_ups, 1);
}

/* An apology is no answer: nothing is kept of who was apologised to. */
static void host_keeps_what_an_answered_command_tells(void **state)
{
	struct scene *scene = *state;
	seen.is_command = true;
	start(scene, 0);
	come_back(STATUS_OK);
	assert_int_equal(seen.told, 2);
	host_left(&scene->request);
	start(scene, 0);
	come_back(STATUS_UNAVAILABLE);
	assert_int_equal(seen.told, 2);
	host_left(&scene->request);
}

static char enquiries_memory;

/* The same host, which may ask Discord. */
static void let_ask(struct scene *scene)
{
	host_destroy(&scene->host);
	scene->host = host_create(
		scene->loop, NULL, NULL, (struct enquiries *)&enquiries_memory, &scene->config);
	seen.asks = true;
}

/* Takes a command that asks; its answers come at once. Whether Discord was asked. */
static bool take_asking(struct scene *scene)
{
	unsigned before = seen.enquiries;
	take(scene, command, 0);
	bool asked = seen.enquiries > before;
	assert_string_equal(seen.answer,
		asked ? "{\"type\":5}" : seen.answer); /* the member sees that something is done */
	host_left(&scene->request);
	if (asked)
		seen.enquired(seen.enquired_arg);
	assert_true(says("told"));
	assert_int_equal(host_pending(scene->host), 0);
	return asked;
}

/* A guild uses up no more than its share of the calls of all, and has it again in the next half
 * minute. */
static void host_asks_discord_a_few_times_in_half_a_minute(void **state)
{
	struct scene *scene = *state;
	let_ask(scene);
	for (int i = 0; i < 6; i++)
		assert_true(take_asking(scene));
	assert_false(take_asking(scene));
	seen.ahead_ms = 15000;
	assert_false(take_asking(scene));
	seen.ahead_ms = 30000;
	for (int i = 0; i < 6; i++)
		assert_true(take_asking(scene));
	assert_false(take_asking(scene));
}

static void host_give_up_asks_discord_for_nothing_more(void **state)
{
	struct scene *scene = *state;
	let_ask(scene);
	assert_true(take_asking(scene));
	host_give_up(scene->host);
	assert_false(take_asking(scene));
}

static void host_give_up_does_not_wait_for_discord(void **state)
{
	struct scene *scene = *state;
	let_ask(scene);
	take(scene, command, 0);
	host_left(&scene->request);
	assert_int_equal(host_pending(scene->host), 1);
	host_give_up(scene->host);
	assert_int_equal(seen.apology, APOLOGY_AWAY); /* between two calls: nothing was changed */
	assert_false(seen.was_cancelled);
	assert_int_equal(seen.follow_ups, 1);
}

static void host_answers_a_complete_reply_whatever_becomes_of_its_call(void **state)
{
	struct scene *scene = *state;
	seen.is_complete = true;
	start(scene, 2000);
	loop_run(scene->loop);
	assert_int_equal(seen.apology, NO_APOLOGY);
	assert_true(says("complete"));
	host_left(&scene->request);
}

static void host_does_not_defer_autocomplete(void **state)
{
	struct scene *scene = *state;
	seen.is_autocomplete = true;
	seen.changes = false;
	start(scene, 2000);
	loop_run(scene->loop);
	assert_int_equal(seen.apology, APOLOGY_AWAY);
	host_left(&scene->request);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(host_take_answers_a_ping),
		TEST(host_take_says_what_is_no_interaction),
		TEST(host_take_answers_at_once_what_comes_in_time),
		TEST(host_take_sends_a_result_after_its_deferral),
		TEST(host_left_sends_the_result_that_came_before),
		TEST(host_apologises_by_what_is_known),
		TEST(host_apologises_for_a_pool_without_room),
		TEST(host_apologises_for_a_defect_after_a_change_as_unknown),
		TEST(host_give_up_says_that_a_sent_change_is_unknown),
		TEST(host_give_up_says_what_did_not_happen),
		TEST(host_give_up_calls_no_read_unknown),
		TEST(host_give_up_lets_nothing_wait_any_more),
		TEST(host_give_up_keeps_a_result_that_waits_for_its_deferral),
		TEST(host_does_not_defer_while_the_database_is_away),
		TEST(host_defers_what_may_have_been_done),
		TEST(host_give_up_does_not_wait_for_discord),
		TEST(host_give_up_asks_discord_for_nothing_more),
		TEST(host_asks_discord_a_few_times_in_half_a_minute),
		TEST(host_keeps_what_an_answered_command_tells),
		TEST(host_answers_a_complete_reply_whatever_becomes_of_its_call),
		TEST(host_does_not_defer_autocomplete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
