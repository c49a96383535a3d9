/* The filter: voice events, snapshots of guilds, silences after which every guild is told of. */
#include "unit.h"

#include <inttypes.h>
#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/filter_bench.h"

#define VERA "\"member\":{\"user\":{\"id\":\"5\",\"username\":\"vera\"}}"
#define VOICE(rest) "{\"guild_id\":\"1\",\"user_id\":\"5\"," VERA rest "}"

static void voice_events_say_where_a_member_is_now(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "VOICE_STATE_UPDATE",
		VOICE(",\"channel_id\":\"8\",\"self_deaf\":false,\"mute\":true"));
	const char *event = last(bench, 1);
	assert_memory_equal(event, "{\"id\":\"v:", 9);
	assert_non_null(strstr(event, ":101\",\"type\":\"voice\",\"at\":1800000000000,"
				      "\"guild_id\":\"1\",\"user\":{\"id\":\"5\",\"username\":"
				      "\"vera\"},\"channel_id\":\"8\",\"deaf\":false,\"mute\":"
				      "true}"));
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":null,\"deaf\":true"));
	assert_non_null(strstr(last(bench, 2), "\"channel_id\":null}"));
}

static void cameras_and_streams_are_no_news(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"8\""));
	dispatch(bench, "VOICE_STATE_UPDATE",
		VOICE(",\"channel_id\":\"8\",\"self_video\":true,\"self_stream\":true"));
	assert_int_equal(bench->count, 1);
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"8\",\"self_deaf\":true"));
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"8\",\"deaf\":true"));
	assert_int_equal(bench->count, 2);
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"10\",\"deaf\":true"));
	assert_int_equal(bench->count, 3);
}

static void bots_in_voice_are_not_there(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "VOICE_STATE_UPDATE",
		"{\"guild_id\":\"1\",\"user_id\":\"6\",\"channel_id\":\"8\",\"member\":{\"user\":"
		"{\"id\":\"6\",\"username\":\"dj\",\"bot\":true}}}");
	dispatch(bench, "VOICE_STATE_UPDATE",
		"{\"guild_id\":\"1\",\"user_id\":\"6\",\"channel_id\":\"9\"}");
	assert_int_equal(bench->count, 0);
	assert_int_equal(in_voice(bench), 0);
}

#define GUILD_MEMBERS                                                                              \
	"\"members\":[{\"user\":{\"id\":\"5\",\"username\":\"vera\"},\"channel_id\":\"8\","        \
	"\"deaf\":true,\"mute\":false},{\"user\":{\"id\":\"7\",\"username\":\"tom\"},"             \
	"\"channel_id\":\"99\",\"deaf\":false,\"mute\":true},{\"user\":{\"id\":\"55\"},"           \
	"\"channel_id\":\"8\",\"deaf\":false,\"mute\":false}]}"

static void a_guild_that_comes_is_a_snapshot(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	assert_non_null(strstr(last(bench, 1),
		":101\",\"type\":\"voice_snapshot\",\"at\":1800000000000,\"guild_id\":\"1\","
		"\"afk_channel_id\":\"99\"," GUILD_MEMBERS));
	dispatch(bench, "GUILD_CREATE", "{\"id\":\"1\",\"unavailable\":true}");
	assert_int_equal(bench->count, 1);
	dispatch(bench, "GUILD_CREATE", "{\"id\":\"1\"}");
	assert_non_null(strstr(last(bench, 2), "\"afk_channel_id\":null,\"members\":[]}"));
}

/* Nobody may have moved since the service saw its first event. */
static void a_snapshot_says_in_which_categories_its_channels_are(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE",
		"{\"id\":\"1\",\"channels\":[{\"id\":\"8\",\"type\":2,\"parent_id\":\"7\"},"
		"{\"id\":\"9\",\"type\":2}],\"members\":[{\"user\":{\"id\":\"5\",\"username\":"
		"\"vera\"}}],\"voice_states\":[{\"user_id\":\"5\",\"channel_id\":\"8\"},"
		"{\"user_id\":\"6\",\"channel_id\":\"9\"},{\"user_id\":\"7\",\"channel_id\":"
		"\"10\"}]}");
	assert_non_null(strstr(last(bench, 1),
		"\"members\":[{\"user\":{\"id\":\"5\",\"username\":\"vera\"},\"channel_id\":\"8\","
		"\"deaf\":false,\"mute\":false,\"category_id\":\"7\"},{\"user\":{\"id\":\"6\"},"
		"\"channel_id\":\"9\",\"deaf\":false,\"mute\":false,\"category_id\":null},"
		"{\"user\":{\"id\":\"7\"},\"channel_id\":\"10\",\"deaf\":false,\"mute\":false}]"));
}

static void moving_to_the_afk_channel_is_said(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"99\""));
	assert_non_null(strstr(last(bench, 2), "\"afk\":true"));
}

static void another_afk_channel_makes_a_snapshot(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "GUILD_UPDATE", "{\"id\":\"1\",\"afk_channel_id\":\"99\"}");
	dispatch(bench, "GUILD_UPDATE", "{\"id\":\"2\",\"afk_channel_id\":\"98\"}");
	assert_int_equal(bench->count, 1);
	dispatch(bench, "GUILD_UPDATE", "{\"id\":\"1\",\"afk_channel_id\":null}");
	assert_non_null(strstr(last(bench, 2), "\"afk_channel_id\":null," GUILD_MEMBERS));
}

static void a_guild_that_goes_leaves_an_empty_snapshot(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "GUILD_DELETE", "{\"id\":\"1\",\"unavailable\":true}");
	assert_non_null(strstr(last(bench, 2), "\"members\":[]}"));
	assert_int_equal(in_voice(bench), 0);
}

static void ready_drops_the_guilds_it_does_not_list(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "GUILD_CREATE", "{\"id\":\"2\"}");
	dispatch(bench, "READY",
		"{\"user\":{\"id\":\"6\",\"username\":\"me\",\"bot\":true},\"guilds\":[{\"id\":"
		"\"2\",\"unavailable\":true}]}");
	assert_non_null(strstr(last(bench, 3), "\"guild_id\":\"1\""));
	assert_non_null(strstr(last(bench, 3), "\"members\":[]}"));
	assert_int_equal(guilds_find(bench->store.guilds, GUILD_KNOWN, 1), 0);
	assert_int_equal(guilds_find(bench->store.guilds, GUILD_KNOWN, 2), 2);
}

static void a_resumed_session_tells_of_every_guild(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "GUILD_CREATE", "{\"id\":\"2\"}");
	dispatch(bench, "RESUMED", "{}");
	assert_int_equal(bench->count, 4);
	assert_non_null(strstr(bench->events[2], GUILD_MEMBERS));
	assert_string_not_equal(bench->events[2], bench->events[3]);
}

static void a_repeated_dispatch_gives_the_same_id(void **state)
{
	static const struct {
		const char *type, *data;
	} rows[] = {{"MESSAGE_CREATE", MESSAGE("," LOU ",\"type\":0")},
		{"MESSAGE_REACTION_ADD", REACTION(THUMB BY_LOU)},
		{"VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"8\"")}, {"GUILD_CREATE", GUILD}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		/* Another run of the shim, at another time, in the same session. */
		struct bench *one = bench_create(*state), *two = bench_create(*state);
		two->now_ms += 5000;
		dispatch(one, rows[i].type, rows[i].data);
		dispatch(two, rows[i].type, rows[i].data);
		const char *a = last(one, 1), *b = last(two, 1);
		assert_memory_equal(a, b, strcspn(a, ","));
		/* In another session, voice is another event. */
		struct bench *three = bench_create(*state);
		filter_set_session(three->filter, "other", "");
		dispatch(three, rows[i].type, rows[i].data);
		bool same = strncmp(a, last(three, 1), strcspn(a, ",")) == 0;
		assert_int_equal(same, i < 2);
	}
}

static void heartbeats_are_all_different(void **state)
{
	struct bench *bench = bench_create(*state);
	filter_heartbeat(bench->filter, NOW);
	filter_heartbeat(bench->filter, NOW);
	assert_string_not_equal(bench->events[0], bench->events[1]);
	assert_non_null(strstr(bench->events[0], "\"type\":\"heartbeat\",\"at\":1800000000000}"));
}

static void times_of_arrival_do_not_go_back(void **state)
{
	struct bench *bench = bench_create(*state);
	filter_heartbeat(bench->filter, NOW);
	filter_heartbeat(bench->filter, NOW - 900);
	assert_non_null(strstr(last(bench, 2), "\"at\":1800000000000"));
	/* A clock that was an hour ahead is not waited for. */
	filter_heartbeat(bench->filter, NOW - 3600000);
	assert_non_null(strstr(last(bench, 3), "\"at\":1799996400000"));
}

/* The heartbeat at AT_MS, and MORE snapshots behind it. */
static void beat(struct bench *bench, int64_t at_ms, size_t more)
{
	size_t before = bench->count;
	char text[64];
	filter_heartbeat(bench->filter, at_ms);
	assert_int_equal(bench->count, before + 1 + more);
	assert_non_null(strstr(bench->events[before], "\"type\":\"heartbeat\""));
	snprintf(text, sizeof(text), "\"type\":\"voice_snapshot\",\"at\":%" PRId64 ",", at_ms);
	for (size_t i = before + 1; i < bench->count; i++)
		assert_non_null(strstr(bench->events[i], text));
}

static struct bench *bench_with_guilds(void *ctx)
{
	struct bench *bench = bench_create(ctx);
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "GUILD_CREATE", "{\"id\":\"2\"}");
	return bench;
}

static void after_a_silence_every_guild_is_told_of(void **state)
{
	struct bench *bench = bench_with_guilds(*state);
	beat(bench, NOW + 90000, 0);
	beat(bench, NOW + 180001, 2);
	assert_non_null(strstr(bench->events[bench->count - 2], GUILD_MEMBERS));
	assert_string_not_equal(bench->events[bench->count - 2], last(bench, bench->count));
	beat(bench, NOW + 210001, 0);
}

static void a_silence_that_a_dispatch_ends_is_seen_as_well(void **state)
{
	struct bench *bench = bench_with_guilds(*state);
	bench->now_ms = NOW + 90001;
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"12\""));
	assert_int_equal(bench->count, 3);
	beat(bench, NOW + 100000, 2);
	assert_non_null(strstr(bench->events[bench->count - 2], "\"channel_id\":\"12\""));
	beat(bench, NOW + 130000, 0);
}

/* The cache is not current before; what comes with it tells of every guild anyway. */
static void a_silence_before_a_session_goes_on_is_not_told_of_twice(void **state)
{
	struct bench *bench = bench_with_guilds(*state);
	bench->now_ms = NOW + 400000;
	dispatch(bench, "VOICE_STATE_UPDATE", VOICE(",\"channel_id\":\"12\""));
	dispatch(bench, "RESUMED", "{}");
	assert_int_equal(bench->count, 5);
	beat(bench, NOW + 410000, 0);
	bench->now_ms = NOW + 800000;
	filter_lost(bench->filter);
	dispatch(bench, "READY",
		"{\"user\":{\"id\":\"6\",\"username\":\"me\",\"bot\":true},\"guilds\":[{\"id\":"
		"\"1\"},{\"id\":\"2\"}]}");
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "GUILD_CREATE", "{\"id\":\"2\"}");
	assert_int_equal(bench->count, 8);
	beat(bench, NOW + 810000, 0);
}

/* A full spool loses events with every segment: telling of all must not be what fills it. */
static void after_a_loss_every_guild_is_told_of_but_not_all_the_time(void **state)
{
	struct bench *bench = bench_with_guilds(*state);
	int64_t at_ms = NOW;
	filter_lost(bench->filter);
	beat(bench, at_ms, 2);
	size_t took = strlen(bench->events[bench->count - 2]) + strlen(last(bench, bench->count));
	beat(bench, at_ms += 30000, 0);
	filter_lost(bench->filter);
	size_t first = bench->count - 1, since = strlen(bench->events[first]);
	while (since + strlen(bench->events[first]) < took) {
		beat(bench, at_ms += 30000, 0);
		since += strlen(last(bench, bench->count));
	}
	assert_true(bench->count > first + 1);
	beat(bench, at_ms += 30000, 2);
	beat(bench, at_ms += 30000, 0);
}

/* ---- Channels and members */

static void a_session_that_reuses_an_id_has_ids_of_its_own(void **state)
{
	struct bench *one = bench_create(*state), *two = bench_create(*state);
	filter_set_session(one->filter, "session", "salt");
	filter_set_session(two->filter, "session", "pepper");
	dispatch(one, "GUILD_CREATE", GUILD);
	dispatch(two, "GUILD_CREATE", GUILD);
	assert_memory_not_equal(last(one, 1), last(two, 1), strcspn(last(one, 1), ","));
}

static void a_snapshot_never_exceeds_an_event(void **state)
{
	struct bench *bench = bench_create(*state);
	struct frame_voice member = {.channel = 8};
	guild_reset(bench->store.guilds, 1, 0);
	for (uint64_t i = 0; i < 30000; i++) {
		member.user = 1000000000000000000u + i;
		voice_set(bench->store.guilds, 1, &member, "a rather long name, to be sure");
	}
	dispatch(bench, "GUILD_UPDATE", "{\"id\":\"1\",\"afk_channel_id\":\"9\"}");
	assert_true(strlen(last(bench, 1)) <= FILTER_MAX_EVENT);
	/* As many as fit. */
	assert_true(strlen(last(bench, 1)) > FILTER_MAX_EVENT - 200);
	json_t *json = json_loads(last(bench, 1), 0, NULL);
	assert_true(json_array_size(json_object_get(json, "members")) > 20000);
	json_decref(json);
}

/* Bytes of JSON values, now and at most. */
static size_t json_bytes, json_peak;

static void *count_alloc(size_t size)
{
	void *bytes = malloc(size);
	json_bytes += malloc_usable_size(bytes);
	json_peak = json_bytes > json_peak ? json_bytes : json_peak;
	return bytes;
}

static void count_free(void *bytes)
{
	json_bytes -= malloc_usable_size(bytes);
	free(bytes);
}

static void a_snapshot_is_written_member_by_member(void **state)
{
	struct bench *bench = bench_create(*state);
	struct frame_voice member = {.channel = 8};
	struct frame resumed = {.seq = 1, .type = "RESUMED"};
	guild_reset(bench->store.guilds, 1, 0);
	for (member.user = 1; member.user <= 10000; member.user++)
		voice_set(bench->store.guilds, 1, &member, "lou");
	json_bytes = json_peak = 0;
	json_set_alloc_funcs(count_alloc, count_free);
	filter_dispatch(bench->filter, &resumed, NOW);
	json_set_alloc_funcs(malloc, free);
	assert_true(json_bytes < 1000); /* a text of jansson is given back past count_free */
	assert_true(json_peak < 10000); /* not a byte a member */
	json_t *json = json_loads(last(bench, 1), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(json, "members")), 10000);
	json_decref(json);
}

static const struct CMUnitTest tests[] = {
	UNIT(voice_events_say_where_a_member_is_now),
	UNIT(cameras_and_streams_are_no_news),
	UNIT(bots_in_voice_are_not_there),
	UNIT(a_guild_that_comes_is_a_snapshot),
	UNIT(moving_to_the_afk_channel_is_said),
	UNIT(a_snapshot_says_in_which_categories_its_channels_are),
	UNIT(another_afk_channel_makes_a_snapshot),
	UNIT(a_guild_that_goes_leaves_an_empty_snapshot),
	UNIT(ready_drops_the_guilds_it_does_not_list),
	UNIT(a_resumed_session_tells_of_every_guild),
	UNIT(a_repeated_dispatch_gives_the_same_id),
	UNIT(heartbeats_are_all_different),
	UNIT(times_of_arrival_do_not_go_back),
	UNIT(after_a_silence_every_guild_is_told_of),
	UNIT(a_silence_that_a_dispatch_ends_is_seen_as_well),
	UNIT(a_silence_before_a_session_goes_on_is_not_told_of_twice),
	UNIT(after_a_loss_every_guild_is_told_of_but_not_all_the_time),
	UNIT(a_session_that_reuses_an_id_has_ids_of_its_own),
	UNIT(a_snapshot_never_exceeds_an_event),
	UNIT(a_snapshot_is_written_member_by_member),
};

UNIT_MAIN(tests)
