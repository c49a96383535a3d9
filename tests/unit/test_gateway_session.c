/* The Gateway session: every row of the close-code table, heartbeats, what a peer may send. */
#include "unit.h"

#include <string.h>

#include "support/session_world.h"

static void hello_is_answered_with_identify(void **state)
{
	struct world *world = world_create(*state, "wss://gateway.example");
	world->settings.shard_id = 2;
	world->settings.shard_count = 5;
	start(world);
	until_due(world);
	assert_string_equal(action(world, SESSION_CONNECT), "wss://gateway.example" QUERY);
	connected(world);
	feed(world, HELLO);
	assert_string_equal(action(world, SESSION_IDENTIFY),
		"{\"op\":2,\"d\":{\"token\":\"t0ken\",\"intents\":1665,\"properties\":{\"os\":"
		"\"linux\",\"browser\":\"besace\",\"device\":\"besace\"},\"shard\":[2,5]}}");
	assert_int_equal(session_history(world->session)->count, 1);
	assert_int_equal(session_history(world->session)->at_ms[0], world->now.wall_ms);
}

static void ready_names_the_session_to_remember(void **state)
{
	struct world *world = live_world(*state);
	struct session_identity identity;
	session_identity(world->session, &identity);
	assert_non_null(action(world, SESSION_REMEMBER));
	assert_string_equal(identity.id, "abc");
	assert_string_equal(identity.resume_url, "wss://gateway-us.discord.gg");
	assert_int_equal(identity.seq, 1);
}

static void the_first_heartbeat_waits_a_random_part_of_the_interval(void **state)
{
	static const double parts[] = {0.0, 0.25, 0.999};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct world *world = world_create(*state, "wss://gateway.example");
		world->drawn = parts[i];
		start(world);
		go_live(world);
		assert_int_equal(until_due(world), (int64_t)(40000 * parts[i]));
		assert_string_equal(action(world, SESSION_SEND), "{\"op\":1,\"d\":1}");
		feed(world, "{\"op\":11}");
		assert_int_equal(until_due(world), 40000);
		assert_non_null(action(world, SESSION_SEND));
	}
}

static void a_heartbeat_before_the_first_dispatch_carries_null(void **state)
{
	struct world *world = world_create(*state, "wss://gateway.example");
	start(world);
	until_due(world);
	connected(world);
	feed(world, HELLO);
	feed(world, "{\"op\":1,\"d\":null}");
	assert_string_equal(action(world, SESSION_SEND), "{\"op\":1,\"d\":null}");
}

static void op_1_is_answered_at_once_and_changes_no_schedule(void **state)
{
	struct world *world = live_world(*state);
	pass(world, 19990); /* the regular beat comes 10 ms later */
	feed(world, "{\"op\":1,\"d\":null}");
	assert_string_equal(action(world, SESSION_SEND), "{\"op\":1,\"d\":1}");
	assert_int_equal(until_due(world), 10);
	assert_non_null(action(world, SESSION_SEND)); /* not taken for a missed answer */
	assert_null(action(world, SESSION_CLOSE));
}

static void op_1_cannot_make_us_send_too_much(void **state)
{
	struct world *world = live_world(*state);
	int sent = 0;
	for (int i = 0; i < 500; i++) {
		feed(world, "{\"op\":1,\"d\":null}");
		sent += action(world, SESSION_SEND) != NULL;
	}
	assert_int_equal(sent, SESSION_MAX_ASKED_BEATS);
	feed(world, "{\"op\":11}");
	until_due(world);
	assert_non_null(action(world, SESSION_SEND)); /* our own beat is not left out */
	feed(world, "{\"op\":11}");
	pass(world, 60000);
	feed(world, "{\"op\":1,\"d\":null}");
	assert_non_null(action(world, SESSION_SEND));
}

/* Discord counts what a connection sends: another one begins anew. */
static void op_1_is_answered_on_the_next_connection_again(void **state)
{
	struct world *world = live_world(*state);
	for (int i = 0; i < SESSION_MAX_ASKED_BEATS; i++)
		feed(world, "{\"op\":1,\"d\":null}");
	closed(world, 0);
	assert_true(next_resumes(world));
	feed(world, "{\"op\":1,\"d\":null}");
	assert_non_null(action(world, SESSION_SEND));
}

static void a_heartbeat_without_answer_is_a_dead_connection(void **state)
{
	struct world *world = live_world(*state);
	until_due(world);
	assert_true(session_healthy(world->session, world->now.mono_ms));
	assert_true(session_healthy(world->session, world->now.mono_ms + 9000));
	assert_false(session_healthy(world->session, world->now.mono_ms + 11000));
	assert_int_equal(until_due(world), 40000);
	assert_non_null(action(world, SESSION_CLOSE));
	assert_int_equal(session_state(world->session), SESSION_WAITING);
	assert_true(next_resumes(world));
}

static void an_answered_heartbeat_keeps_the_session_healthy(void **state)
{
	struct world *world = live_world(*state);
	until_due(world);
	feed(world, "{\"op\":11}");
	assert_true(session_healthy(world->session, world->now.mono_ms + 30000));
}

static void only_new_dispatches_with_a_number_are_handled(void **state)
{
	struct world *world = live_world(*state);
	assert_true(feed(world, "{\"op\":0,\"s\":2,\"t\":\"X\",\"d\":{}}"));
	assert_false(feed(world, "{\"op\":0,\"s\":2,\"t\":\"X\",\"d\":{}}"));
	assert_false(feed(world, "{\"op\":0,\"s\":null,\"t\":\"X\",\"d\":{}}"));
	assert_false(feed(world, "{\"op\":0,\"s\":3,\"t\":null,\"d\":{}}"));
	assert_false(feed(world, "{\"op\":31,\"s\":4,\"t\":\"X\",\"d\":{}}"));
	assert_true(feed(world, "{\"op\":0,\"s\":9,\"t\":\"X\",\"d\":{}}"));
	until_due(world);
	assert_string_equal(action(world, SESSION_SEND), "{\"op\":1,\"d\":9}");
}

static void op_7_closes_and_resumes(void **state)
{
	struct world *world = live_world(*state);
	feed(world, "{\"op\":7,\"d\":null}");
	assert_non_null(action(world, SESSION_CLOSE));
	assert_true(next_resumes(world));
	assert_string_equal(action(world, SESSION_SEND),
		"{\"op\":6,\"d\":{\"token\":\"t0ken\",\"session_id\":\"abc\",\"seq\":1}}");
}

static void op_7_may_come_instead_of_hello(void **state)
{
	struct world *world = live_world(*state);
	closed(world, 0);
	until_due(world);
	connected(world);
	feed(world, "{\"op\":7,\"d\":null}");
	assert_non_null(action(world, SESSION_CLOSE));
	assert_true(next_resumes(world));
}

static void close_codes_do_what_the_table_says(void **state)
{
	static const struct {
		int code;
		enum { RESUME, IDENTIFY, FATAL } course;
	} rows[] = {{0, RESUME}, {1000, RESUME}, {1001, RESUME}, {1006, RESUME}, {1011, RESUME},
		{4000, RESUME}, {4001, RESUME}, {4002, RESUME}, {4003, IDENTIFY}, {4004, FATAL},
		{4005, RESUME}, {4006, IDENTIFY}, {4007, IDENTIFY}, {4008, RESUME},
		{4009, IDENTIFY}, {4010, FATAL}, {4011, FATAL}, {4012, FATAL}, {4013, FATAL},
		{4014, FATAL}, {4015, IDENTIFY}, {4999, IDENTIFY}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world *world = live_world(*state);
		closed(world, rows[i].code);
		bool fatal = action(world, SESSION_FATAL) != NULL;
		assert_int_equal(fatal, rows[i].course == FATAL);
		assert_int_equal(fatal, gateway_close(rows[i].code).sentence != NULL);
		if (fatal) {
			assert_int_equal(session_state(world->session), SESSION_OVER);
			assert_int_equal(session_due_ms(world->session), INT64_MAX);
			continue;
		}
		int64_t wait = session_due_ms(world->session) - world->now.mono_ms;
		assert_true(wait >= (rows[i].code == 4008 ? 5000 : 400));
		assert_int_equal(next_resumes(world), rows[i].course == RESUME);
	}
}

static void our_own_defects_are_noted(void **state)
{
	static const int codes[] = {4001, 4002, 4005, 4008};
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct world *world = live_world(*state);
		closed(world, codes[i]);
		assert_non_null(action(world, SESSION_NOTE));
	}
}

static void rubbish_is_asked_for_again_once(void **state)
{
	struct world *world = live_world(*state);
	session_rubbish(world->session, false, world->now);
	assert_non_null(action(world, SESSION_CLOSE));
	assert_true(next_resumes(world));
	session_rubbish(world->session, false, world->now);
	assert_int_equal(session_step(world->session)->count, 0); /* the same again: passed over */
	assert_true(feed(world, "{\"op\":0,\"s\":2,\"t\":\"X\",\"d\":{}}"));
	session_rubbish(world->session, false, world->now);
	assert_non_null(action(world, SESSION_CLOSE));
	assert_true(next_resumes(world));
	session_rubbish(world->session, true, world->now);
	assert_non_null(action(world, SESSION_CLOSE));
}

static void a_peer_that_says_nothing_is_left(void **state)
{
	struct world *world = world_create(*state, "wss://gateway.example");
	start(world);
	until_due(world); /* connects */
	assert_int_equal(until_due(world), 30000);
	assert_non_null(action(world, SESSION_CLOSE));
	until_due(world);
	connected(world); /* but HELLO does not come */
	assert_int_equal(until_due(world), 20000);
	assert_non_null(action(world, SESSION_CLOSE));
	assert_int_equal(session_history(world->session)->count, 0);
}

static void ready_that_does_not_come_is_not_waited_for_for_ever(void **state)
{
	struct world *world = world_create(*state, "wss://gateway.example");
	start(world);
	until_due(world);
	connected(world);
	feed(world, HELLO);
	for (int i = 0; i < 5 && !action(world, SESSION_CLOSE); i++) {
		until_due(world);
		feed(world, "{\"op\":11}");
		if (session_state(world->session) == SESSION_WAITING)
			break;
	}
	assert_int_equal(session_state(world->session), SESSION_WAITING);
}

static void an_impossible_heartbeat_is_refused(void **state)
{
	static const char *const bad[] = {"{}", "{\"heartbeat_interval\":0}",
		"{\"heartbeat_interval\":-5}", "{\"heartbeat_interval\":\"x\"}",
		"{\"heartbeat_interval\":1000000000}"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct world *world = world_create(*state, "wss://gateway.example");
		start(world);
		until_due(world);
		connected(world);
		feed(world, talloc_asprintf(*state, "{\"op\":10,\"d\":%s}", bad[i]));
		assert_non_null(action(world, SESSION_CLOSE));
		assert_null(action(world, SESSION_IDENTIFY));
	}
}

static void a_payload_of_too_many_values_is_not_read(void **state)
{
	struct frame frame;
	size_t length = INFLATE_MAX_FRAME;
	char *text = talloc_size(*state, length);
	static const char *const parts[] = {"[],", "{},", "0,"};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t used = (size_t)sprintf(text, "{\"op\":0,\"d\":["), part = strlen(parts[i]);
		for (; used + part + 3 < length; used += part)
			memcpy(text + used, parts[i], part);
		used += (size_t)sprintf(text + used, "0]}");
		assert_int_equal(frame_parse(text, used, &frame), STATUS_TOO_LARGE);
	}
	/* A text of that size is none: brackets in it are letters. */
	size_t used = (size_t)sprintf(text, "{\"op\":0,\"d\":\"\\\"");
	memset(text + used, '[', length - used);
	memcpy(text + length - 2, "\"}", 2);
	assert_int_equal(frame_parse(text, length, &frame), STATUS_OK);
	frame_release(&frame);
}

static const struct CMUnitTest tests[] = {
	UNIT(hello_is_answered_with_identify),
	UNIT(ready_names_the_session_to_remember),
	UNIT(the_first_heartbeat_waits_a_random_part_of_the_interval),
	UNIT(a_heartbeat_before_the_first_dispatch_carries_null),
	UNIT(op_1_is_answered_at_once_and_changes_no_schedule),
	UNIT(op_1_is_answered_on_the_next_connection_again),
	UNIT(op_1_cannot_make_us_send_too_much),
	UNIT(a_heartbeat_without_answer_is_a_dead_connection),
	UNIT(an_answered_heartbeat_keeps_the_session_healthy),
	UNIT(only_new_dispatches_with_a_number_are_handled),
	UNIT(op_7_closes_and_resumes),
	UNIT(op_7_may_come_instead_of_hello),
	UNIT(close_codes_do_what_the_table_says),
	UNIT(our_own_defects_are_noted),
	UNIT(rubbish_is_asked_for_again_once),
	UNIT(a_peer_that_says_nothing_is_left),
	UNIT(ready_that_does_not_come_is_not_waited_for_for_ever),
	UNIT(an_impossible_heartbeat_is_refused),
	UNIT(a_payload_of_too_many_values_is_not_read),
};

UNIT_MAIN(tests)
