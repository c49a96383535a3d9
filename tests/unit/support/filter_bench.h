/* A filter over a spool of its own, and what it emitted. */
#pragma once

#include "unit.h"

#include <inttypes.h>
#include <string.h>

#include "besace/discord/frame.h"
#include "besace/runtime/metrics.h"
#include "gateway/filter.h"
#include "jobs/batch.h"
#include "support/shim_store.h"

#define NOW INT64_C(1800000000000)
#define MAX_EVENTS 4096

struct bench {
	struct shim_store store; /* for its tables alone: nothing is committed */
	struct filter *filter;
	bool all; /* keep also what tells of guilds themselves */
	char *events[MAX_EVENTS];
	bool complete[MAX_EVENTS];
	size_t count;
	uint64_t asked[16]; /* channels */
	size_t asked_count;
	int64_t seq, now_ms;
};

static inline bool tells_of_guilds(const char *json)
{
	return strstr(json, "\"type\":\"guild") || strstr(json, "\"type\":\"roles\"");
}

static inline void keep(void *arg, const char *json, size_t length, bool complete)
{
	struct bench *bench = arg;
	assert_true(bench->count < MAX_EVENTS);
	assert_int_equal(strnlen(json, length), length);
	char *text = talloc_strndup(bench, json, length);
	if (!bench->all && tells_of_guilds(text))
		return;
	bench->complete[bench->count] = complete;
	bench->events[bench->count++] = text;
}

static inline void ask(void *arg, uint64_t guild, uint64_t channel)
{
	struct bench *bench = arg;
	assert_int_equal(guild, 1);
	bench->asked[bench->asked_count++ % ARRAY_LEN(bench->asked)] = channel;
}

static inline int release_bench(struct bench *bench)
{
	filter_destroy(&bench->filter);
	sqlite_rollback(spool_sqlite(bench->store.spool));
	return shim_store_close(&bench->store);
}

static inline struct bench *bench_create(void *ctx)
{
	struct bench *bench = talloc_zero(ctx, struct bench);
	shim_store_open(&bench->store, bench);
	struct filter_settings filter = {.guilds = bench->store.guilds,
		.shard_id = 2,
		.shard_count = 3,
		.emit = keep,
		.ask = ask,
		.arg = bench};
	bench->filter = filter_create(&filter);
	bench->seq = 100;
	bench->now_ms = NOW;
	filter_set_session(bench->filter, "session", "");
	talloc_set_destructor(bench, release_bench);
	return bench;
}

/* How many members are in voice over all guilds. */
static inline size_t in_voice(struct bench *bench)
{
	return (size_t)sqlite_number(
		spool_sqlite(bench->store.spool), "SELECT count(*) FROM voice");
}

static inline void dispatch(struct bench *bench, const char *type, const char *data)
{
	struct frame frame;
	char *text = talloc_asprintf(bench, "{\"op\":0,\"s\":%" PRId64 ",\"t\":\"%s\",\"d\":%s}",
		++bench->seq, type, data);
	assert_int_equal(frame_parse(text, strlen(text), &frame), STATUS_OK);
	filter_dispatch(bench->filter, &frame, bench->now_ms);
	frame_release(&frame);
	talloc_free(text);
}

/* The last event, which must be the COUNTth. */
static inline const char *last(const struct bench *bench, size_t count)
{
	assert_int_equal(bench->count, count);
	return bench->events[count - 1];
}

#define LOU "\"author\":{\"id\":\"3\",\"username\":\"lou\"}"
#define HERE "\"guild_id\":\"1\",\"channel_id\":\"2\""
#define MESSAGE(rest) "{\"id\":\"1400000000000000001\"," HERE ",\"member\":{}" rest "}"

#define REACTION(rest)                                                                             \
	"{\"user_id\":\"4\"," HERE ",\"message_id\":\"7\",\"member\":{\"user\":{\"id\":\"4\","     \
	"\"username\":\"ana\"}}" rest "}"
#define THUMB ",\"emoji\":{\"id\":null,\"name\":\"👍\"}"
#define BY_LOU ",\"message_author_id\":\"3\""

#define GUILD                                                                                      \
	"{\"id\":\"1\",\"afk_channel_id\":\"99\",\"members\":["                                    \
	"{\"user\":{\"id\":\"6\",\"username\":\"dj\",\"bot\":true}},"                              \
	"{\"user\":{\"id\":\"7\",\"username\":\"tom\"}},{\"user\":{\"id\":\"5\",\"username\":"     \
	"\"vera\"}}],\"voice_states\":["                                                           \
	"{\"user_id\":\"7\",\"channel_id\":\"99\",\"self_mute\":true},"                            \
	"{\"user_id\":\"5\",\"channel_id\":\"8\",\"self_deaf\":true},"                             \
	"{\"user_id\":\"6\",\"channel_id\":\"8\"},{\"user_id\":\"55\",\"channel_id\":\"8\"},"      \
	"{\"user_id\":\"7x\",\"channel_id\":\"8\"}]}"
