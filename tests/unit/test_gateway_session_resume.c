/* The Gateway session: what is resumed, where, and when that is given up. */
#include "unit.h"

#include <string.h>

#include "support/session_world.h"

static void op_9_says_whether_the_session_can_be_resumed(void **state)
{
	struct world *world = live_world(*state);
	feed(world, "{\"op\":9,\"d\":true}");
	assert_non_null(action(world, SESSION_CLOSE));
	int64_t wait = session_due_ms(world->session) - world->now.mono_ms;
	assert_true(wait >= 1000 && wait <= 5000);
	assert_true(next_resumes(world));
	feed(world, "{\"op\":9,\"d\":false}");
	assert_non_null(action(world, SESSION_REMEMBER)); /* that there is none */
	assert_false(next_resumes(world));
}

static void a_resumed_session_goes_on_after_the_replay(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 1006);
	assert_true(next_resumes(world));
	assert_true(feed(world, "{\"op\":0,\"s\":2,\"t\":\"X\",\"d\":{}}"));
	assert_int_equal(session_state(world->session), SESSION_OPENING);
	assert_true(feed(world, "{\"op\":0,\"s\":3,\"t\":\"RESUMED\",\"d\":{}}"));
	assert_int_equal(session_state(world->session), SESSION_LIVE);
}

/* As long as something comes, however long that takes. */
static void a_long_replay_is_waited_for(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 1006);
	assert_true(next_resumes(world));
	for (int i = 2; i < 40; i++) {
		char frame[64];
		snprintf(frame, sizeof(frame), "{\"op\":0,\"s\":%d,\"t\":\"X\",\"d\":{}}", i);
		world->now.mono_ms += 20000;
		assert_true(feed(world, frame));
		session_due(world->session, world->now);
		assert_int_equal(session_state(world->session), SESSION_OPENING);
		feed(world, "{\"op\":11}");
	}
	feed(world, "{\"op\":0,\"s\":40,\"t\":\"RESUMED\",\"d\":{}}");
	assert_int_equal(session_state(world->session), SESSION_LIVE);
}

static void resuming_is_given_up_after_a_bounded_number_of_refusals(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 0);
	for (int i = 0; i < SESSION_MAX_RESUMES; i++) {
		assert_true(next_resumes(world));
		closed(world, 0);
	}
	assert_non_null(action(world, SESSION_REMEMBER));
	assert_false(next_resumes(world));
}

/* Fails to connect until UNTIL_MS have passed. */
static void stay_unreachable(struct world *world, int64_t until_ms)
{
	int64_t from = world->now.mono_ms;
	while (world->now.mono_ms - from < until_ms) {
		until_due(world);
		assert_string_equal(
			action(world, SESSION_CONNECT), "wss://gateway-us.discord.gg" QUERY);
		closed(world, 0);
	}
}

static void an_outage_of_minutes_does_not_cost_the_session(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 0);
	stay_unreachable(world, 200000);
	assert_null(action(world, SESSION_REMEMBER));
	assert_true(next_resumes(world));
	/* The next outage is another one. */
	closed(world, 0);
	stay_unreachable(world, 200000);
	assert_true(next_resumes(world));
}

static void an_address_that_cannot_be_reached_is_given_up(void **state)
{
	struct world *world = live_world(*state);
	int64_t from = world->now.mono_ms;
	closed(world, 0);
	while (!action(world, SESSION_REMEMBER)) {
		until_due(world);
		closed(world, 0);
		assert_true(world->now.mono_ms - from < 400000);
	}
	assert_true(world->now.mono_ms - from >= 300000);
	assert_false(next_resumes(world));
}

static void an_outage_does_not_delay_the_identify_behind_op_9(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 0);
	stay_unreachable(world, 100000);
	assert_true(next_resumes(world));
	feed(world, "{\"op\":9,\"d\":false}");
	int64_t waits = session_due_ms(world->session) - world->now.mono_ms;
	assert_in_range(waits, 1000, 5000);
	assert_false(next_resumes(world));
}

static void a_peer_that_asks_to_wait_is_given_the_time(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 0);
	until_due(world);
	session_closed(world->session, 0, 42000, world->now);
	assert_int_equal(session_due_ms(world->session) - world->now.mono_ms, 42000);
	until_due(world);
	session_closed(world->session, 0, INT64_MAX, world->now);
	assert_int_equal(session_due_ms(world->session) - world->now.mono_ms, 900000);
}

/* On to the second heartbeat: the first one alone does not show it. */
static void a_dead_predecessors_heartbeat_does_not_count(void **state)
{
	struct world *world = live_world(*state);
	until_due(world);
	assert_non_null(action(world, SESSION_SEND)); /* a heartbeat that is never answered */
	closed(world, 0);
	assert_true(next_resumes(world));
	feed(world, "{\"op\":0,\"s\":2,\"t\":\"RESUMED\",\"d\":{}}");
	assert_true(session_healthy(world->session, world->now.mono_ms));
	for (int i = 0; i < 3; i++) {
		until_due(world);
		assert_null(action(world, SESSION_CLOSE));
		assert_non_null(action(world, SESSION_SEND));
		feed(world, "{\"op\":11}");
	}
}

static void the_session_of_a_former_run_is_resumed(void **state)
{
	struct world *world = world_create(*state, NULL);
	start_with(world, "old", "wss://gateway-us.discord.gg", 41);
	assert_true(next_resumes(world));
	assert_string_equal(action(world, SESSION_SEND),
		"{\"op\":6,\"d\":{\"token\":\"t0ken\",\"session_id\":\"old\",\"seq\":41}}");
}

/* The resume address that is kept when READY names URL to a session that was opened at OPENED. */
static const char *kept_address(void *ctx, const char *opened, const char *url)
{
	struct world *world = world_create(ctx, opened);
	struct session_identity identity;
	start(world);
	until_due(world);
	connected(world);
	feed(world, HELLO);
	feed(world, talloc_asprintf(ctx,
			    "{\"op\":0,\"s\":1,\"t\":\"READY\",\"d\":{\"session_id\":"
			    "\"a\",\"resume_gateway_url\":\"%s\"}}",
			    url));
	session_identity(world->session, &identity);
	return talloc_strdup(ctx, identity.resume_url);
}

static void a_resume_address_is_discords_and_not_less_safe(void **state)
{
	static const char *const bad[] = {"ws://gateway.discord.gg", "http://gateway.discord.gg",
		"", "wss://gateway.discord.gg/?v=9", "wss://x.example",
		"wss://discord.gg.x.example", "wss://xdiscord.gg", "wss://x.example/.discord.gg",
		"wss://a@gateway.discord.gg", "wss://gateway.discord.gg@x.example",
		"wss://localhost", "ws://gateway.example"};
	static const char *const good[] = {"wss://gateway-us.discord.gg", "wss://discord.gg",
		"wss://GATEWAY.discord.gg:443", "wss://gateway.example:8443"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(kept_address(*state, "wss://gateway.example", bad[i]),
			"wss://gateway.example");
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_string_equal(
			kept_address(*state, "wss://gateway.example", good[i]), good[i]);
	assert_string_equal(
		kept_address(*state, "ws://127.0.0.1:1", "ws://localhost:2"), "ws://localhost:2");
	assert_string_equal(
		kept_address(*state, "ws://127.0.0.1:1", "ws://x.example"), "ws://127.0.0.1:1");
}

static void a_paused_session_resumes_from_what_the_disk_has(void **state)
{
	struct world *world = live_world(*state);
	struct session_identity kept = {
		.id = "abc", .resume_url = "wss://gateway-us.discord.gg", .seq = 1};
	assert_true(feed(world, "{\"op\":0,\"s\":7,\"t\":\"X\",\"d\":{}}"));
	session_pause(world->session, &kept);
	assert_non_null(action(world, SESSION_CLOSE));
	assert_int_equal(session_due_ms(world->session), INT64_MAX);
	assert_false(feed(world, "{\"op\":0,\"s\":8,\"t\":\"X\",\"d\":{}}"));
	session_continue(world->session, world->now);
	assert_true(next_resumes(world));
	assert_non_null(strstr(action(world, SESSION_SEND), "\"seq\":1}"));
	/* Or not at all, when the disk has no session. */
	kept = (struct session_identity){.seq = -1};
	session_pause(world->session, &kept);
	session_continue(world->session, world->now);
	assert_false(next_resumes(world));
}

static void a_stopped_session_is_closed_so_that_it_can_be_resumed(void **state)
{
	struct world *world = live_world(*state);
	struct session_identity identity;
	session_stop(world->session);
	assert_non_null(action(world, SESSION_CLOSE));
	assert_null(action(world, SESSION_REMEMBER));
	session_identity(world->session, &identity);
	assert_string_equal(identity.id, "abc");
	assert_int_equal(session_due_ms(world->session), INT64_MAX);
}

/* A session that fails five times, comes back and lives LIVED_MS. Returns the delay behind that. */
static int64_t delay_after(void *ctx, int64_t lived_ms)
{
	struct world *world = live_world(ctx);
	for (int i = 0; i < 5; i++) {
		closed(world, 0);
		until_due(world);
	}
	connected(world);
	feed(world, HELLO);
	feed(world, "{\"op\":0,\"s\":2,\"t\":\"RESUMED\",\"d\":{}}");
	pass(world, lived_ms);
	closed(world, 0);
	return session_due_ms(world->session) - world->now.mono_ms;
}

static void a_good_session_resets_the_delays(void **state)
{
	assert_true(delay_after(*state, 30000) <= 1000);
}

static void a_session_that_ends_soon_resets_no_delay(void **state)
{
	assert_true(delay_after(*state, 29999) > 1000);
}

static const struct CMUnitTest tests[] = {
	UNIT(op_9_says_whether_the_session_can_be_resumed),
	UNIT(a_resumed_session_goes_on_after_the_replay),
	UNIT(a_long_replay_is_waited_for),
	UNIT(resuming_is_given_up_after_a_bounded_number_of_refusals),
	UNIT(an_outage_of_minutes_does_not_cost_the_session),
	UNIT(an_address_that_cannot_be_reached_is_given_up),
	UNIT(an_outage_does_not_delay_the_identify_behind_op_9),
	UNIT(a_peer_that_asks_to_wait_is_given_the_time),
	UNIT(a_dead_predecessors_heartbeat_does_not_count),
	UNIT(the_session_of_a_former_run_is_resumed),
	UNIT(a_resume_address_is_discords_and_not_less_safe),
	UNIT(a_paused_session_resumes_from_what_the_disk_has),
	UNIT(a_stopped_session_is_closed_so_that_it_can_be_resumed),
	UNIT(a_good_session_resets_the_delays),
	UNIT(a_session_that_ends_soon_resets_no_delay),
};

UNIT_MAIN(tests)
