/* The Gateway session: when it may identify, and how seldom it does. */
#include "unit.h"

#include "support/session_world.h"

static void discord_is_asked_for_the_address_before_each_identify(void **state)
{
	struct world *world = world_create(*state, NULL);
	struct session_limits limits = {
		.url = "wss://told.example", .remaining = 3, .max_concurrency = 1};
	start(world);
	until_due(world);
	assert_non_null(action(world, SESSION_ASK));
	session_told(world->session, &limits, world->now);
	until_due(world);
	assert_string_equal(action(world, SESSION_CONNECT), "wss://told.example" QUERY);
	closed(world, 4009);
	until_due(world);
	assert_non_null(action(world, SESSION_ASK));
}

static void without_identifies_left_it_waits_for_the_reset(void **state)
{
	struct world *world = world_create(*state, NULL);
	struct session_limits limits = {
		.url = "wss://told.example", .remaining = 0, .reset_after_ms = 3600000};
	start(world);
	until_due(world);
	session_told(world->session, &limits, world->now);
	assert_non_null(action(world, SESSION_NOTE));
	assert_int_equal(until_due(world), 3600000);
	assert_non_null(action(world, SESSION_ASK)); /* the count may have changed: ask again */
}

static void limits_out_of_every_range_are_brought_into_it(void **state)
{
	struct world *world = world_create(*state, NULL);
	struct session_limits limits;
	json_t *answer = json_loads(
		"{\"url\": \"wss://told.example\", \"session_start_limit\": {\"remaining\": 0,"
		"\"reset_after\": 9223372036854775807, \"max_concurrency\": 2147483647}}",
		0, NULL);
	start(world);
	until_due(world);
	assert_true(session_limits_read(answer, &limits));
	session_told(world->session, &limits, world->now);
	assert_int_equal(until_due(world), 86400000); /* the longest that Discord counts */
	assert_non_null(action(world, SESSION_ASK));
	json_decref(answer);
}

static void an_answer_without_an_address_tells_nothing(void **state)
{
	struct session_limits limits;
	json_t *answer = json_loads("{\"session_start_limit\": {\"remaining\": 1,"
				    "\"reset_after\": 2}}",
		0, NULL);
	(void)state;
	assert_non_null(answer);
	assert_false(session_limits_read(answer, &limits));
	assert_false(session_limits_read(NULL, &limits));
	json_decref(answer);
}

static void a_refused_token_ends_it_and_a_fault_does_not(void **state)
{
	struct world *world = world_create(*state, NULL);
	start(world);
	until_due(world);
	session_not_told(world->session, false, world->now);
	assert_int_equal(session_state(world->session), SESSION_WAITING);
	until_due(world);
	assert_non_null(action(world, SESSION_ASK));
	session_not_told(world->session, true, world->now);
	assert_non_null(action(world, SESSION_FATAL));
}

static void identifies_are_at_least_five_seconds_apart(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 4009);
	assert_true(until_due(world) >= 5000);
}

static void a_crash_loop_burns_few_identifies(void **state)
{
	struct world *world = world_create(*state, "wss://gateway.example");
	int64_t began = world->now.wall_ms;
	size_t count = 0;
	/* Each run knows of the former ones what is on disk, and crashes after its IDENTIFY. */
	while (world->now.wall_ms < began + DAY_MS) {
		start(world);
		until_due(world);
		connected(world);
		feed(world, HELLO);
		count += world->now.wall_ms < began + DAY_MS;
		world->history = *session_history(world->session);
		session_destroy(&world->session);
		pass(world, 100);
	}
	assert_true(count > 5);
	assert_true(count <= identify_share(1));
}

static void an_identify_that_cannot_be_counted_is_not_sent(void **state)
{
	struct world *world = world_create(*state, "wss://gateway.example");
	start(world);
	until_due(world);
	connected(world);
	feed(world, HELLO);
	session_not_identified(world->session, world->now);
	assert_non_null(action(world, SESSION_CLOSE));
	assert_int_equal(session_history(world->session)->count, 0);
	assert_true(until_due(world) >= 5000);
	assert_non_null(action(world, SESSION_CONNECT));
}

static void shards_take_turns_by_the_calendar(void **state)
{
	(void)state;
	int64_t base = 1800000000000 / 24000 * 24000;
	/* Four shards, one at a time: a round of 24 s. */
	for (int shard = 0; shard < 4; shard++)
		assert_int_equal(identify_turn_ms(shard, 4, 1, base + 1),
			shard == 0 ? base + 1 : base + shard * 6000);
	assert_int_equal(identify_turn_ms(0, 4, 1, base + 2000), base + 24000);
	/* As many at a time as there are: no turns. */
	assert_int_equal(identify_turn_ms(3, 4, 4, base + 777), base + 777);
	assert_int_equal(identify_turn_ms(3, 4, 2, base), base + 6000);
}

static const struct CMUnitTest tests[] = {
	UNIT(discord_is_asked_for_the_address_before_each_identify),
	UNIT(without_identifies_left_it_waits_for_the_reset),
	UNIT(limits_out_of_every_range_are_brought_into_it),
	UNIT(an_answer_without_an_address_tells_nothing),
	UNIT(a_refused_token_ends_it_and_a_fault_does_not),
	UNIT(identifies_are_at_least_five_seconds_apart),
	UNIT(a_crash_loop_burns_few_identifies),
	UNIT(an_identify_that_cannot_be_counted_is_not_sent),
	UNIT(shards_take_turns_by_the_calendar),
};

UNIT_MAIN(tests)
