/* A Gateway session with its world: two clocks that go together, a drawn number. */
#pragma once

#include "unit.h"

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

static inline double draw(void *arg)
{
	return ((struct world *)arg)->drawn;
}

static inline int release_world(struct world *world)
{
	session_destroy(&world->session);
	return 0;
}

static inline struct world *world_create(void *ctx, const char *url)
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

static inline void start_with(struct world *world, const char *id, const char *url, int64_t seq)
{
	struct session_identity before = {.id = id, .resume_url = url, .seq = seq};
	world->session = session_create(&world->settings, &before, &world->history, world->now);
}

static inline void start(struct world *world)
{
	start_with(world, NULL, NULL, -1);
}

static inline void pass(struct world *world, int64_t ms)
{
	world->now.mono_ms += ms;
	world->now.wall_ms += ms;
}

/* Lets the time of the next step come. Returns how long that was. */
static inline int64_t until_due(struct world *world)
{
	int64_t ms = session_due_ms(world->session) - world->now.mono_ms;
	assert_true(ms < 2 * DAY_MS);
	if (ms > 0)
		pass(world, ms);
	session_due(world->session, world->now);
	return ms;
}

static inline const char *action(const struct world *world, enum session_do kind)
{
	const struct session_step *step = session_step(world->session);
	for (size_t i = 0; i < step->count; i++)
		if (step->actions[i].kind == kind)
			return step->actions[i].text ? step->actions[i].text : "";
	return NULL;
}

/* Feeds a payload; true when it is a dispatch to be handled. */
static inline bool feed(struct world *world, const char *text)
{
	struct frame frame;
	assert_int_equal(frame_parse(text, strlen(text), &frame), STATUS_OK);
	bool fresh = session_frame(world->session, &frame, world->now);
	frame_release(&frame);
	return fresh;
}

static inline void connected(struct world *world)
{
	session_connected(world->session, world->now);
	assert_int_equal(session_step(world->session)->count, 0);
}

#define HELLO "{\"op\":10,\"d\":{\"heartbeat_interval\":40000},\"s\":null,\"t\":null}"
#define READY                                                                                      \
	"{\"op\":0,\"s\":1,\"t\":\"READY\",\"d\":{\"session_id\":\"abc\","                         \
	"\"resume_gateway_url\":\"wss://gateway-us.discord.gg\"}}"

/* Brings a session that WAITS for its next connection to READY. */
static inline void go_live(struct world *world)
{
	until_due(world);
	assert_non_null(action(world, SESSION_CONNECT));
	connected(world);
	feed(world, HELLO);
	assert_non_null(action(world, SESSION_IDENTIFY));
	assert_true(feed(world, READY));
	assert_int_equal(session_state(world->session), SESSION_LIVE);
}

static inline struct world *live_world(void *ctx)
{
	struct world *world = world_create(ctx, "wss://gateway.example");
	start(world);
	go_live(world);
	return world;
}

static inline void closed(struct world *world, int code)
{
	session_closed(world->session, code, 0, world->now);
}

/* Whether the next connection, however long it takes, is to resume. */
static inline bool next_resumes(struct world *world)
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
