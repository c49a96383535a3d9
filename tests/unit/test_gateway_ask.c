/* Questions to Discord: what an answer teaches, and when nothing more is asked. REST is a stand-in.
 */
#include "unit.h"

#include <stdio.h>

#include "gateway/ask.h"
#include "support/shim_store.h"

struct world {
	struct shim_store store;
	struct ask *ask;
	struct rest_request request; /* that waits for its answer; no DONE: none does */
	char id[24]; /* what it is about */
	enum status submitted; /* what rest_submit returns */
	unsigned requests, answered, changed;
};

static struct world *world;

enum status rest_submit(struct rest *rest, const struct rest_request *request)
{
	(void)rest;
	world->requests++;
	if (world->submitted != STATUS_OK)
		return world->submitted;
	world->request = *request;
	snprintf(world->id, sizeof(world->id), "%s", request->params[0]);
	return STATUS_OK;
}

static void on_answered(void *arg)
{
	(void)arg;
	world->answered++;
}

static void on_changed(void *arg)
{
	(void)arg;
	world->changed++;
}

static int release_world(struct world *old)
{
	ask_destroy(&old->ask);
	return shim_store_close(&old->store);
}

static void world_create(void *ctx)
{
	world = talloc_zero(ctx, struct world);
	shim_store_open(&world->store, world);
	struct ask_options options = {
		.guilds = world->store.guilds, .answered = on_answered, .changed = on_changed};
	world->ask = ask_create(&options);
	talloc_set_destructor(world, release_world);
}

static void answer(enum status status, int code, const char *body)
{
	struct rest_request request = world->request;
	json_t *json = body ? json_loads(body, 0, NULL) : NULL;
	struct rest_answer given = {.status = status, .code = code, .body = json};
	assert_non_null(request.done);
	world->request = (struct rest_request){0};
	request.done(request.arg, &given);
	json_decref(json);
}

static void ask_user_learns_what_discord_says(void **state)
{
	world_create(*state);
	assert_true(ask_user(world->ask, 7));
	assert_string_equal(world->request.route, "/users/{user}");
	assert_string_equal(world->id, "7");
	assert_true(world->request.within_ms <= 10000); /* events wait meanwhile */
	answer(STATUS_OK, 0, "{\"id\":\"7\",\"username\":\"lou\"}");
	expect_user(world->store.guilds, 7, USER_HUMAN, "lou");
	assert_true(ask_user(world->ask, 8));
	answer(STATUS_OK, 0, "{\"id\":\"8\",\"username\":\"r\",\"bot\":true}");
	expect_user(world->store.guilds, 8, USER_BOT, "r");
	assert_true(ask_user(world->ask, 9));
	answer(STATUS_OK, 0, "{\"id\":\"9\",\"username\":\"s\",\"bot\":false,\"system\":true}");
	expect_user(world->store.guilds, 9, USER_BOT, "s");
	assert_true(ask_user(world->ask, 10));
	answer(STATUS_NOT_FOUND, 10013, NULL);
	expect_user(world->store.guilds, 10, USER_NOBODY, NULL);
	assert_true(ask_user(world->ask, 11));
	answer(STATUS_INVALID, 50035, NULL);
	expect_user(world->store.guilds, 11, USER_NOBODY, NULL);
	assert_int_equal(world->answered, 5);
	assert_int_equal(world->changed, 5);
	assert_true(ask_may_users(world->ask));
}

/* Nothing is known, and nothing is asked for a minute. */
static void ask_user_is_silent_after_an_answer_that_says_nothing(void **state)
{
	static const struct {
		enum status status;
		int code;
		const char *body;
	} rows[] = {{STATUS_UNAVAILABLE, 0, NULL}, {STATUS_DENIED, 0, NULL},
		{STATUS_NOT_FOUND, 0, NULL}, {STATUS_NOT_FOUND, 10003, NULL},
		{STATUS_OK, 0, "{\"id\":\"6\",\"username\":\"another\"}"},
		{STATUS_OK, 0, "{\"id\":\"7\",\"username\":\"\"}"}, {STATUS_OK, 0, "{\"id\":7}"},
		{STATUS_OK, 0, NULL}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		world_create(*state);
		assert_true(ask_user(world->ask, 7));
		answer(rows[i].status, rows[i].code, rows[i].body);
		expect_user(world->store.guilds, 7, USER_UNKNOWN, NULL);
		assert_false(ask_may_users(world->ask));
		assert_int_equal(world->answered, 1);
	}
}

static void ask_user_says_when_it_cannot_be_asked(void **state)
{
	world_create(*state);
	world->submitted = STATUS_DENIED;
	assert_false(ask_user(world->ask, 7));
	assert_false(ask_may_users(world->ask));
	assert_int_equal(world->answered, 0);
}

static struct channel find(uint64_t id)
{
	struct channel channel;
	assert_true(channel_find(world->store.guilds, id, &channel));
	return channel;
}

static void ask_channel_learns_where_it_belongs(void **state)
{
	world_create(*state);
	ask_channel(world->ask, 1, 30);
	assert_string_equal(world->request.route, "/channels/{channel}");
	assert_string_equal(world->id, "30");
	ask_channel(world->ask, 1, 31); /* one at a time: a later event asks again */
	assert_int_equal(world->requests, 1);
	answer(STATUS_OK, 0, "{\"id\":\"30\",\"type\":11,\"parent_id\":\"2\"}");
	assert_int_equal(find(30).kind, 11);
	assert_int_equal(find(30).parent, 2);
	ask_channel(world->ask, 1, 31);
	answer(STATUS_OK, 0, "{\"type\":0,\"parent_id\":null}");
	assert_int_equal(find(31).kind, 0);
	assert_int_equal(find(31).parent, 0);
	assert_int_equal(world->changed, 2);
	assert_int_equal(world->answered, 0); /* that is for the question about a user */
}

static void ask_channel_keeps_what_discord_does_not_show(void **state)
{
	world_create(*state);
	ask_channel(world->ask, 1, 30);
	answer(STATUS_DENIED, 50001, NULL);
	ask_channel(world->ask, 1, 31);
	answer(STATUS_NOT_FOUND, 10003, NULL);
	assert_int_equal(find(30).kind, CHANNEL_ASKED);
	assert_int_equal(find(31).kind, CHANNEL_ASKED);
}

static void ask_channel_is_silent_when_discord_does_not_answer(void **state)
{
	struct channel channel;
	world_create(*state);
	ask_channel(world->ask, 1, 30);
	answer(STATUS_UNAVAILABLE, 0, NULL);
	assert_false(channel_find(world->store.guilds, 30, &channel));
	ask_channel(world->ask, 1, 30);
	assert_int_equal(world->requests, 1);
	assert_true(ask_may_users(world->ask)); /* users are another matter */
}

static const struct CMUnitTest tests[] = {
	UNIT(ask_user_learns_what_discord_says),
	UNIT(ask_user_is_silent_after_an_answer_that_says_nothing),
	UNIT(ask_user_says_when_it_cannot_be_asked),
	UNIT(ask_channel_learns_where_it_belongs),
	UNIT(ask_channel_keeps_what_discord_does_not_show),
	UNIT(ask_channel_is_silent_when_discord_does_not_answer),
};

UNIT_MAIN(tests)
