/* The Gateway session: every row of the close-code table, heartbeats, resuming, identifying. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "besace/discord/gateway.h"
#include "besace/runtime/inflate.h"
#include "gateway/session.h"

#define QUERY "/?v=10&encoding=json&compress=zlib-stream"
#define DAY_MS (24 * INT64_C(3600000))

/* A session with its world: two clocks that go together, a drawn number. */
struct world {
	struct session *session;
	struct session_settings settings;
	struct identify_history history;
	struct session_now now;
	double drawn;
	void *ctx;
};

static double draw(void *arg)
{
	return ((struct world *)arg)->drawn;
}

static int release_world(struct world *world)
{
	session_destroy(&world->session);
	return 0;
}

static struct world *world_create(void *ctx, const char *url)
{
	struct world *world = talloc_zero(ctx, struct world);
	world->ctx = world;
	world->drawn = 0.5;
	world->now = (struct session_now){.mono_ms = 1000, .wall_ms = INT64_C(1800000000000)};
	world->settings = (struct session_settings){.token = "t0ken",
		.shard_count = 1,
		.url = url,
		.random = draw,
		.random_arg = world};
	talloc_set_destructor(world, release_world);
	return world;
}

static void start_with(struct world *world, const char *id, const char *url, int64_t seq)
{
	struct session_identity before = {.id = id, .resume_url = url, .seq = seq};
	world->session = session_create(&world->settings, &before, &world->history, world->now);
}

static void start(struct world *world)
{
	start_with(world, NULL, NULL, -1);
}

static void pass(struct world *world, int64_t ms)
{
	world->now.mono_ms += ms;
	world->now.wall_ms += ms;
}

/* Lets the time of the next step come. Returns how long that was. */
static int64_t until_due(struct world *world)
{
	int64_t ms = session_due_ms(world->session) - world->now.mono_ms;
	assert_true(ms < 2 * DAY_MS);
	if (ms > 0)
		pass(world, ms);
	session_due(world->session, world->now);
	return ms;
}

static const char *action(const struct world *world, enum session_do kind)
{
	const struct session_step *step = session_step(world->session);
	for (size_t i = 0; i < step->count; i++)
		if (step->actions[i].kind == kind)
			return step->actions[i].text ? step->actions[i].text : "";
	return NULL;
}

/* Feeds a payload; true when it is a dispatch to be handled. */
static bool feed(struct world *world, const char *text)
{
	struct frame frame;
	assert_int_equal(frame_parse(text, strlen(text), &frame), STATUS_OK);
	bool fresh = session_frame(world->session, &frame, world->now);
	frame_release(&frame);
	return fresh;
}

static void connected(struct world *world)
{
	session_connected(world->session, world->now);
	assert_int_equal(session_step(world->session)->count, 0);
}

#define HELLO "{\"op\":10,\"d\":{\"heartbeat_interval\":40000},\"s\":null,\"t\":null}"
#define READY                                                                                      \
	"{\"op\":0,\"s\":1,\"t\":\"READY\",\"d\":{\"session_id\":\"abc\","                         \
	"\"resume_gateway_url\":\"wss://gateway-us.discord.gg\"}}"

/* Brings a session that WAITS for its next connection to READY. */
static void go_live(struct world *world)
{
	until_due(world);
	assert_non_null(action(world, SESSION_CONNECT));
	connected(world);
	feed(world, HELLO);
	assert_non_null(action(world, SESSION_IDENTIFY));
	assert_true(feed(world, READY));
	assert_int_equal(session_state(world->session), SESSION_LIVE);
}

static struct world *live_world(void *ctx)
{
	struct world *world = world_create(ctx, "wss://gateway.example");
	start(world);
	go_live(world);
	return world;
}

static void closed(struct world *world, int code)
{
	session_closed(world->session, code, 0, world->now);
}

/* Whether the next connection, however long it takes, is to resume. */
static bool next_resumes(struct world *world)
{
	until_due(world);
	const char *url = action(world, SESSION_CONNECT);
	assert_non_null(url);
	bool resumes = strcmp(url, "wss://gateway-us.discord.gg" QUERY) == 0;
	if (!resumes)
		assert_string_equal(url, "wss://gateway.example" QUERY);
	connected(world);
	feed(world, HELLO);
	assert_int_equal(resumes, action(world, SESSION_IDENTIFY) == NULL);
	return resumes;
}

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

static void a_good_session_resets_the_delays(void **state)
{
	struct world *world = live_world(*state);
	for (int i = 0; i < 5; i++) {
		closed(world, 0);
		until_due(world);
	}
	connected(world);
	feed(world, HELLO);
	feed(world, "{\"op\":0,\"s\":2,\"t\":\"RESUMED\",\"d\":{}}");
	pass(world, 31000);
	closed(world, 0);
	assert_true(session_due_ms(world->session) - world->now.mono_ms <= 1000);
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
	UNIT(op_9_says_whether_the_session_can_be_resumed),
	UNIT(a_resumed_session_goes_on_after_the_replay),
	UNIT(close_codes_do_what_the_table_says),
	UNIT(our_own_defects_are_noted),
	UNIT(resuming_is_given_up_after_a_bounded_number_of_refusals),
	UNIT(an_outage_of_minutes_does_not_cost_the_session),
	UNIT(an_address_that_cannot_be_reached_is_given_up),
	UNIT(an_outage_does_not_delay_the_identify_behind_op_9),
	UNIT(a_peer_that_asks_to_wait_is_given_the_time),
	UNIT(a_dead_predecessors_heartbeat_does_not_count),
	UNIT(the_session_of_a_former_run_is_resumed),
	UNIT(a_resume_address_is_discords_and_not_less_safe),
	UNIT(discord_is_asked_for_the_address_before_each_identify),
	UNIT(without_identifies_left_it_waits_for_the_reset),
	UNIT(a_refused_token_ends_it_and_a_fault_does_not),
	UNIT(identifies_are_at_least_five_seconds_apart),
	UNIT(a_crash_loop_burns_few_identifies),
	UNIT(an_identify_that_cannot_be_counted_is_not_sent),
	UNIT(shards_take_turns_by_the_calendar),
	UNIT(rubbish_is_asked_for_again_once),
	UNIT(a_peer_that_says_nothing_is_left),
	UNIT(ready_that_does_not_come_is_not_waited_for_for_ever),
	UNIT(an_impossible_heartbeat_is_refused),
	UNIT(a_paused_session_resumes_from_what_the_disk_has),
	UNIT(a_payload_of_too_many_values_is_not_read),
	UNIT(a_stopped_session_is_closed_so_that_it_can_be_resumed),
	UNIT(a_good_session_resets_the_delays),
};

UNIT_MAIN(tests)
