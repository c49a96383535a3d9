/* The filter: what becomes an event, what stops, and what is known of guilds behind it. */
#include "unit.h"

#include <inttypes.h>
#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "besace/discord/frame.h"
#include "besace/runtime/metrics.h"
#include "gateway/filter.h"
#include "gateway/spool.h"
#include "jobs/batch.h"

#define NOW INT64_C(1800000000000)
#define MAX_EVENTS 4096

/* A filter and what it emitted. */
struct bench {
	char *folder;
	struct spool *spool; /* for its tables alone: nothing is committed */
	struct guilds *guilds;
	struct filter *filter;
	bool all; /* keep also what tells of guilds themselves */
	char *events[MAX_EVENTS];
	bool complete[MAX_EVENTS];
	size_t count;
	uint64_t asked[16]; /* channels */
	size_t asked_count;
	int64_t seq, now_ms;
};

static bool tells_of_guilds(const char *json)
{
	return strstr(json, "\"type\":\"guild") || strstr(json, "\"type\":\"roles\"");
}

static void keep(void *arg, const char *json, size_t length, bool complete)
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

static void ask(void *arg, uint64_t guild, uint64_t channel)
{
	struct bench *bench = arg;
	assert_int_equal(guild, 1);
	bench->asked[bench->asked_count++ % ARRAY_LEN(bench->asked)] = channel;
}

static int release_bench(struct bench *bench)
{
	filter_destroy(&bench->filter);
	guilds_destroy(&bench->guilds);
	sqlite_rollback(spool_sqlite(bench->spool));
	spool_close(&bench->spool);
	char *command = talloc_asprintf(bench, "rm -rf '%s'", bench->folder);
	return system(command) == 0 ? 0 : -1;
}

static struct bench *bench_create(void *ctx)
{
	struct bench *bench = talloc_zero(ctx, struct bench);
	char *why = NULL;
	bench->folder = talloc_strdup(bench, "/tmp/besace-filter-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	struct spool_settings spool = {
		.folder = bench->folder, .source = "0/1", .max_bytes = SPOOL_MAX_BYTES};
	bench->spool = spool_open(bench, &spool, &why);
	if (!bench->spool)
		fail_msg("%s", why);
	bench->guilds = guilds_create(spool_sqlite(bench->spool));
	struct filter_settings filter = {.guilds = bench->guilds,
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
static size_t in_voice(struct bench *bench)
{
	return (size_t)sqlite_number(spool_sqlite(bench->spool), "SELECT count(*) FROM voice");
}

static void dispatch(struct bench *bench, const char *type, const char *data)
{
	struct frame frame;
	char *text = talloc_asprintf(bench, "{\"op\":0,\"s\":%" PRId64 ",\"t\":\"%s\",\"d\":%s}",
		++bench->seq, type, data);
	assert_int_equal(frame_parse(text, strlen(text), &frame), STATUS_OK);
	filter_dispatch(bench->filter, &frame, bench->now_ms);
	frame_release(&frame);
	talloc_free(text);
}

static void expect_user(struct bench *bench, uint64_t id, enum user_kind kind, const char *name)
{
	char *found;
	assert_int_equal(user_find(bench->guilds, bench, id, &found), kind);
	if (name)
		assert_string_equal(found, name);
	else
		assert_null(found);
}

/* The last event, which must be the COUNTth. */
static const char *last(const struct bench *bench, size_t count)
{
	assert_int_equal(bench->count, count);
	return bench->events[count - 1];
}

#define LOU "\"author\":{\"id\":\"3\",\"username\":\"lou\"}"
#define HERE "\"guild_id\":\"1\",\"channel_id\":\"2\""
#define MESSAGE(rest) "{\"id\":\"1400000000000000001\"," HERE ",\"member\":{}" rest "}"

static void a_message_becomes_an_event_that_says_when_it_was_sent(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_CREATE", MESSAGE("," LOU ",\"type\":0,\"content\":\"secret\""));
	assert_string_equal(last(bench, 1),
		"{\"id\":\"m:1400000000000000001\",\"type\":\"message\",\"at\":1800000000000,"
		"\"guild_id\":\"1\",\"user\":{\"id\":\"3\",\"username\":\"lou\"},"
		"\"sent\":1753856410742,\"channel_id\":\"2\"}");
	dispatch(bench, "MESSAGE_CREATE", MESSAGE("," LOU ",\"type\":19"));
	assert_int_equal(bench->count, 2);
}

static void what_no_member_wrote_is_no_message(void **state)
{
	static const char *const frames[] = {
		MESSAGE(",\"author\":{\"id\":\"3\",\"username\":\"b\",\"bot\":true},\"type\":0"),
		MESSAGE(",\"author\":{\"id\":\"3\",\"username\":\"b\",\"system\":true},\"type\":0"),
		MESSAGE("," LOU ",\"type\":0,\"webhook_id\":\"9\""),
		MESSAGE("," LOU ",\"type\":8"),
		MESSAGE("," LOU ",\"type\":18"),
		MESSAGE("," LOU ",\"type\":20"),
		MESSAGE("," LOU ",\"type\":46"),
		MESSAGE("," LOU ",\"type\":0,\"flags\":64"),
		"{\"id\":\"5\",\"channel_id\":\"2\"," LOU ",\"type\":0}",
		"{\"id\":\"5\"," HERE "," LOU ",\"type\":0}",
		"{\"id\":\"x\"," HERE ",\"member\":{}," LOU ",\"type\":0}",
		"{\"id\":5," HERE ",\"member\":{}," LOU ",\"type\":0}",
		MESSAGE(",\"author\":{\"id\":\"3\"},\"type\":0"),
		MESSAGE(",\"author\":null,\"type\":0"),
		MESSAGE(",\"type\":0"),
		"[]",
		"null",
		"{}",
	};
	struct bench *bench = bench_create(*state);
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		dispatch(bench, "MESSAGE_CREATE", frames[i]);
		assert_int_equal(bench->count, 0);
	}
}

static void a_name_is_cut_to_what_the_service_stores(void **state)
{
	struct bench *bench = bench_create(*state);
	char name[1001];
	for (size_t i = 0; i < 500; i++)
		memcpy(name + 2 * i, "é", 2);
	name[1000] = '\0';
	dispatch(bench, "MESSAGE_CREATE",
		talloc_asprintf(*state,
			MESSAGE(",\"author\":{\"id\":\"3\",\"username\":\"%s\"},\"type\":0"),
			name));
	json_t *event = json_loads(last(bench, 1), 0, NULL);
	const char *cut =
		json_string_value(json_object_get(json_object_get(event, "user"), "username"));
	assert_int_equal(strlen(cut), 2 * USERS_MAX_NAME);
	json_decref(event);
}

#define REACTION(rest)                                                                             \
	"{\"user_id\":\"4\"," HERE ",\"message_id\":\"7\",\"member\":{\"user\":{\"id\":\"4\","     \
	"\"username\":\"ana\"}}" rest "}"
#define THUMB ",\"emoji\":{\"id\":null,\"name\":\"👍\"}"
#define BY_LOU ",\"message_author_id\":\"3\""

static void a_reaction_carries_an_author_that_was_seen(void **state)
{
	struct bench *bench = bench_create(*state);
	user_learn(bench->guilds, 3, USER_HUMAN, "lou");
	dispatch(bench, "MESSAGE_REACTION_ADD", REACTION(THUMB BY_LOU));
	assert_true(bench->complete[0]);
	assert_string_equal(last(bench, 1),
		"{\"id\":\"r:7:4:%F0%9F%91%8D\",\"type\":\"reaction\",\"at\":1800000000000,"
		"\"guild_id\":\"1\",\"channel_id\":\"2\",\"message_id\":\"7\",\"author\":{\"id\":"
		"\"3\",\"username\":\"lou\"},\"reactor_id\":\"4\"}");
}

static void a_reaction_to_a_stranger_is_marked(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_REACTION_ADD", REACTION(THUMB BY_LOU));
	assert_non_null(strstr(last(bench, 1), "\"author\":{\"id\":\"3\"}"));
	assert_false(bench->complete[0]);
}

static void a_custom_emoji_goes_by_its_id(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_REACTION_ADD",
		REACTION(",\"emoji\":{\"id\":\"77\",\"name\":\"ok\"}" BY_LOU));
	assert_non_null(strstr(last(bench, 1), "\"r:7:4:77\""));
	dispatch(bench, "MESSAGE_REACTION_ADD",
		REACTION(",\"emoji\":{\"id\":\"77\",\"name\":null}" BY_LOU));
	assert_non_null(strstr(last(bench, 2), "\"r:7:4:77\""));
	dispatch(bench, "MESSAGE_REACTION_ADD",
		REACTION(",\"emoji\":{\"id\":null,\"name\":\"a b:c/%\"}" BY_LOU));
	assert_non_null(strstr(last(bench, 3), "\"r:7:4:a%20b%3Ac%2F%25\""));
}

/* What the service takes: BATCH_MAX_ID of jobs/batch.h. */
static void the_longest_id_of_a_reaction_is_taken(void **state)
{
	struct bench *bench = bench_create(*state);
	char emoji[51];
	memset(emoji, ':', 50);
	emoji[50] = '\0';
	dispatch(bench, "MESSAGE_REACTION_ADD",
		talloc_asprintf(*state,
			"{\"user_id\":\"18446744073709551614\"," HERE
			",\"message_id\":\"18446744073709551615\"" BY_LOU
			",\"emoji\":{\"name\":\"%s\"}}",
			emoji));
	assert_true(strcspn(last(bench, 1) + 7, "\"") <= BATCH_MAX_ID);
	assert_true(strcspn(last(bench, 1) + 7, "\"") > BATCH_MAX_ID - 20);
}

static void reactions_that_earn_nothing_stop(void **state)
{
	static const char *const frames[] = {
		REACTION(THUMB ",\"message_author_id\":\"4\""),
		REACTION(THUMB),
		REACTION(THUMB ",\"message_author_id\":null"),
		REACTION(",\"emoji\":{\"id\":null,\"name\":null}" BY_LOU),
		REACTION(",\"emoji\":{\"id\":null,\"name\":\"\"}" BY_LOU),
		REACTION(BY_LOU),
		REACTION(THUMB ",\"message_author_id\":\"50\""),
		"{\"user_id\":\"4\",\"channel_id\":\"2\",\"message_id\":\"7\"" THUMB BY_LOU "}",
		"{\"user_id\":\"50\"," HERE ",\"message_id\":\"7\"" THUMB BY_LOU "}",
		"{\"user_id\":\"4\"," HERE ",\"message_id\":\"7\",\"member\":{\"user\":{\"id\":"
		"\"4\",\"username\":\"r\",\"bot\":true}}" THUMB BY_LOU "}",
	};
	struct bench *bench = bench_create(*state);
	user_learn(bench->guilds, 50, USER_BOT, "robot");
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		dispatch(bench, "MESSAGE_REACTION_ADD", frames[i]);
		assert_int_equal(bench->count, 0);
	}
}

static void names_are_learnt_from_whoever_a_message_mentions(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_CREATE",
		MESSAGE("," LOU ",\"type\":19,\"mentions\":[{\"id\":\"8\",\"username\":\"mia\"}],"
			"\"referenced_message\":{\"author\":{\"id\":\"9\",\"username\":\"bo\","
			"\"bot\":true}}"));
	expect_user(bench, 3, USER_HUMAN, "lou");
	expect_user(bench, 8, USER_HUMAN, "mia");
	expect_user(bench, 9, USER_BOT, "bo");
	expect_user(bench, 10, USER_UNKNOWN, NULL);
}

static void a_webhooks_made_up_author_is_not_learnt(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_CREATE", MESSAGE("," LOU ",\"type\":0,\"webhook_id\":\"3\""));
	expect_user(bench, 3, USER_UNKNOWN, NULL);
}

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

#define GUILD                                                                                      \
	"{\"id\":\"1\",\"afk_channel_id\":\"99\",\"members\":["                                    \
	"{\"user\":{\"id\":\"6\",\"username\":\"dj\",\"bot\":true}},"                              \
	"{\"user\":{\"id\":\"7\",\"username\":\"tom\"}},{\"user\":{\"id\":\"5\",\"username\":"     \
	"\"vera\"}}],\"voice_states\":["                                                           \
	"{\"user_id\":\"7\",\"channel_id\":\"99\",\"self_mute\":true},"                            \
	"{\"user_id\":\"5\",\"channel_id\":\"8\",\"self_deaf\":true},"                             \
	"{\"user_id\":\"6\",\"channel_id\":\"8\"},{\"user_id\":\"55\",\"channel_id\":\"8\"},"      \
	"{\"user_id\":\"7x\",\"channel_id\":\"8\"}]}"
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
	assert_int_equal(guilds_find(bench->guilds, GUILD_KNOWN, 1), 0);
	assert_int_equal(guilds_find(bench->guilds, GUILD_KNOWN, 2), 2);
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

/* ---- Guilds themselves */

#define ROLES_GUILD                                                                                \
	"{\"id\":\"1\",\"name\":\"La Taverne\",\"preferred_locale\":\"fr\",\"features\":[],"       \
	"\"owner_id\":\"3\",\"roles\":[{\"id\":\"1\",\"position\":0,\"permissions\":\"0\"},{"      \
	"\"id\":"                                                                                  \
	"\"500\",\"position\":1,\"permissions\":\"8\"},{\"id\":\"600\",\"position\":2,"            \
	"\"permissions\":\"0\",\"managed\":true}],\"members\":[{\"user\":{\"id\":\"6\","           \
	"\"username\":"                                                                            \
	"\"besace\",\"bot\":true},\"roles\":[\"600\",\"500\"]}],\"channels\":[{\"id\":\"20\","     \
	"\"type\":4},"                                                                             \
	"{\"id\":\"2\",\"type\":0,\"parent_id\":\"20\"}],\"threads\":[{\"id\":\"21\",\"type\":11," \
	"\"parent_id\":\"2\"}]}"
#define READY                                                                                      \
	"{\"user\":{\"id\":\"6\",\"username\":\"besace\",\"bot\":true},\"guilds\":[{\"id\":\"1\"}" \
	"]}"

static struct bench *bench_with_roles(void *ctx)
{
	struct bench *bench = bench_create(ctx);
	bench->all = true;
	dispatch(bench, "READY", READY);
	dispatch(bench, "GUILD_CREATE", ROLES_GUILD);
	assert_int_equal(bench->count, 4);
	return bench;
}

/* Event NUMBER, counted from 1, behind its id. */
static void expect_event(const struct bench *bench, size_t number, const char *rest)
{
	assert_true(bench->count >= number);
	assert_string_equal(strchr(bench->events[number - 1], ','), rest);
}

#define EVERYBODY "{\"id\":\"1\",\"position\":0,\"permissions\":\"0\",\"managed\":false}"
#define OURS "{\"id\":\"600\",\"position\":2,\"permissions\":\"0\",\"managed\":true}"

static void a_session_and_a_guild_tell_of_themselves(void **state)
{
	struct bench *bench = bench_with_roles(*state);
	expect_event(bench, 1,
		",\"type\":\"guilds\",\"at\":1800000000000,\"shard\":2,\"shards\":3,"
		"\"ids\":[\"1\"]}");
	expect_event(bench, 2,
		",\"type\":\"guild\",\"at\":1800000000000,\"guild_id\":\"1\",\"present\":true,"
		"\"name\":\"La Taverne\",\"locale\":\"fr\",\"features\":[],\"owner_id\":\"3\"}");
	expect_event(bench, 3,
		",\"type\":\"roles\",\"at\":1800000000000,\"guild_id\":\"1\",\"own\":\"600\","
		"\"roles\":[" EVERYBODY ",{\"id\":\"500\",\"position\":1,\"permissions\":\"8\","
		"\"managed\":false}," OURS "]}");
}

static void a_guild_that_removed_the_bot_is_not_present(void **state)
{
	struct bench *bench = bench_with_roles(*state);
	dispatch(bench, "GUILD_DELETE", "{\"id\":\"1\",\"unavailable\":true}");
	assert_int_equal(bench->count, 5); /* an outage: a snapshot alone */
	dispatch(bench, "GUILD_DELETE", "{\"id\":\"1\"}");
	assert_int_equal(bench->count, 7);
	expect_event(bench, 6,
		",\"type\":\"guild\",\"at\":1800000000000,\"guild_id\":\"1\",\"present\":false}");
}

static void roles_that_change_are_told(void **state)
{
	struct bench *bench = bench_with_roles(*state);
	dispatch(bench, "GUILD_ROLE_DELETE", "{\"guild_id\":\"1\",\"role_id\":\"500\"}");
	expect_event(bench, 5,
		",\"type\":\"gone\",\"at\":1800000000000,\"guild_id\":\"1\",\"role_id\":\"500\"}");
	expect_event(bench, 6,
		",\"type\":\"roles\",\"at\":1800000000000,\"guild_id\":\"1\",\"own\":\"600\","
		"\"roles\":[" EVERYBODY "," OURS "]}");
	dispatch(bench, "GUILD_ROLE_UPDATE",
		"{\"guild_id\":\"1\",\"role\":{\"id\":\"600\",\"position\":9,\"permissions\":"
		"\"1\"}}");
	assert_non_null(strstr(last(bench, 7), "\"position\":9,\"permissions\":\"1\""));
	dispatch(bench, "GUILD_MEMBER_UPDATE",
		"{\"guild_id\":\"1\",\"user\":{\"id\":\"6\"},\"roles\":[]}");
	assert_non_null(strstr(last(bench, 8), "\"own\":\"1\""));
	dispatch(bench, "GUILD_MEMBER_UPDATE",
		"{\"guild_id\":\"1\",\"user\":{\"id\":\"6\"},\"roles\":[]}");
	dispatch(bench, "GUILD_MEMBER_UPDATE",
		"{\"guild_id\":\"1\",\"user\":{\"id\":\"7\"},\"roles\":[\"500\"]}");
	assert_int_equal(bench->count, 8);
}

static void a_channel_that_goes_leaves_nobody_in_it(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	dispatch(bench, "CHANNEL_DELETE", "{\"guild_id\":\"1\",\"id\":\"77\"}");
	assert_non_null(strstr(last(bench, 2), "\"channel_id\":\"77\"}"));
	dispatch(bench, "CHANNEL_DELETE", "{\"guild_id\":\"1\",\"id\":\"8\"}");
	assert_non_null(strstr(last(bench, 4), "\"members\":[{\"user\":{\"id\":\"7\""));
	assert_int_equal(in_voice(bench), 1);
}

/* ---- Channels and members */

#define IN(channel)                                                                                \
	"{\"id\":\"5\",\"guild_id\":\"1\",\"channel_id\":\"" channel "\",\"member\":{}," LOU "}"

static void events_say_where_their_channel_is(void **state)
{
	struct bench *bench = bench_with_roles(*state);
	dispatch(bench, "MESSAGE_CREATE", IN("2"));
	assert_non_null(strstr(last(bench, 5), ",\"channel_id\":\"2\",\"category_id\":\"20\"}"));
	dispatch(bench, "MESSAGE_CREATE", IN("21"));
	assert_non_null(strstr(last(bench, 6), ",\"parent_id\":\"2\",\"category_id\":\"20\"}"));
	dispatch(bench, "THREAD_CREATE",
		"{\"guild_id\":\"1\",\"id\":\"22\",\"type\":12,\"parent_id\":\"2\"}");
	dispatch(bench, "MESSAGE_CREATE", IN("22"));
	assert_non_null(strstr(last(bench, 7), ",\"parent_id\":\"2\""));
	dispatch(bench, "THREAD_LIST_SYNC",
		"{\"guild_id\":\"1\",\"threads\":[{\"id\":\"23\",\"type\":11,\"parent_id\":"
		"\"2\"}]}");
	dispatch(bench, "CHANNEL_UPDATE", "{\"guild_id\":\"1\",\"id\":\"2\",\"type\":0}");
	dispatch(bench, "MESSAGE_CREATE", IN("23"));
	assert_non_null(strstr(last(bench, 8), ",\"parent_id\":\"2\",\"category_id\":null}"));
	dispatch(bench, "MESSAGE_CREATE", IN("2"));
	assert_non_null(strstr(last(bench, 9), ",\"channel_id\":\"2\",\"category_id\":null}"));
	assert_int_equal(bench->asked_count, 0);
}

static void a_channel_that_nothing_named_is_asked_for(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_CREATE", IN("30"));
	assert_null(strstr(last(bench, 1), "parent_id"));
	assert_int_equal(bench->asked[0], 30);
	channel_set(bench->guilds, 1, 30, (struct channel){.kind = 11, .parent = 31});
	dispatch(bench, "MESSAGE_CREATE", IN("30"));
	assert_non_null(strstr(last(bench, 2), ",\"parent_id\":\"31\"}"));
	assert_int_equal(bench->asked[1], 31); /* whose category is not known */
	channel_set(bench->guilds, 1, 31, (struct channel){.kind = CHANNEL_ASKED});
	dispatch(bench, "MESSAGE_CREATE", IN("30"));
	assert_int_equal(bench->asked_count, 2);
}

#define MEMBER                                                                                     \
	"\"member\":{\"user\":{\"id\":\"4\",\"username\":\"ana\"},\"roles\":[\"70\",\"x\",7],"     \
	"\"joined_at\":\"2024-02-29T12:00:01.250000+00:00\",\"pending\":false}"
#define OF_MEMBER "\"roles\":[\"70\"],\"joined_at\":1709208001250,\"pending\":false"

static void events_say_what_they_know_of_the_member(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_CREATE", "{\"id\":\"5\"," HERE "," MEMBER "," LOU "}");
	assert_non_null(strstr(last(bench, 1), OF_MEMBER));
	/* The roles of a reaction are the reactor's. */
	dispatch(bench, "MESSAGE_REACTION_ADD",
		"{\"user_id\":\"4\"," HERE ",\"message_id\":\"7\"," MEMBER THUMB BY_LOU "}");
	assert_non_null(strstr(last(bench, 2), "\"reactor_id\":\"4\"," OF_MEMBER));
	dispatch(bench, "VOICE_STATE_UPDATE",
		"{\"guild_id\":\"1\",\"user_id\":\"4\",\"channel_id\":\"8\",\"suppress\":"
		"true," MEMBER "}");
	assert_non_null(strstr(last(bench, 3), "\"suppress\":true," OF_MEMBER));
	dispatch(bench, "VOICE_STATE_UPDATE",
		"{\"guild_id\":\"1\",\"user_id\":\"4\",\"channel_id\":\"8\"," MEMBER "}");
	assert_int_equal(bench->count, 4); /* to speak on a stage is news */
	dispatch(bench, "MESSAGE_CREATE", "{\"id\":\"5\"," HERE ",\"type\":7," MEMBER "," LOU "}");
	assert_memory_equal(last(bench, 5), "{\"id\":\"j:5\",\"type\":\"join\"", 25);
	assert_non_null(strstr(last(bench, 5), OF_MEMBER));
}

static void a_member_in_voice_that_nothing_names_comes_without_a_name(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "GUILD_CREATE", GUILD);
	assert_false(bench->complete[0]);
	dispatch(bench, "VOICE_STATE_UPDATE",
		"{\"guild_id\":\"1\",\"user_id\":\"56\",\"channel_id\":\"8\"}");
	assert_non_null(strstr(last(bench, 2), "\"user\":{\"id\":\"56\"}"));
	assert_false(bench->complete[1]);
	/* A leave of a member that is not known is a leave all the same. */
	dispatch(bench, "VOICE_STATE_UPDATE",
		"{\"guild_id\":\"1\",\"user_id\":\"57\",\"channel_id\":null}");
	assert_non_null(strstr(last(bench, 3), "\"channel_id\":null}"));
	/* Once they are known, bots among them are left out. */
	user_learn(bench->guilds, 55, USER_BOT, "robot");
	user_learn(bench->guilds, 56, USER_HUMAN, "mia");
	dispatch(bench, "RESUMED", "{}");
	assert_true(bench->complete[3]);
	assert_null(strstr(last(bench, 4), "\"55\""));
	assert_non_null(strstr(last(bench, 4), "\"mia\""));
}

static void a_session_that_reuses_an_id_has_ids_of_its_own(void **state)
{
	struct bench *one = bench_create(*state), *two = bench_create(*state);
	filter_set_session(one->filter, "session", "salt");
	filter_set_session(two->filter, "session", "pepper");
	dispatch(one, "GUILD_CREATE", GUILD);
	dispatch(two, "GUILD_CREATE", GUILD);
	assert_memory_not_equal(last(one, 1), last(two, 1), strcspn(last(one, 1), ","));
}

static void a_reaction_without_an_author_is_counted(void **state)
{
	struct bench *bench = bench_create(*state);
	int64_t before = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_UNATTRIBUTED);
	dispatch(bench, "MESSAGE_REACTION_ADD", REACTION(THUMB));
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_UNATTRIBUTED), before + 1);
}

static void a_snapshot_never_exceeds_an_event(void **state)
{
	struct bench *bench = bench_create(*state);
	struct frame_voice member = {.channel = 8};
	guild_reset(bench->guilds, 1, 0);
	for (uint64_t i = 0; i < 30000; i++) {
		member.user = 1000000000000000000u + i;
		voice_set(bench->guilds, 1, &member, "a rather long name, to be sure");
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
	guild_reset(bench->guilds, 1, 0);
	for (member.user = 1; member.user <= 10000; member.user++)
		voice_set(bench->guilds, 1, &member, "lou");
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

static void users_that_were_not_seen_lately_are_forgotten(void **state)
{
	struct bench *bench = bench_create(*state);
	user_learn(bench->guilds, 2, USER_HUMAN, "two");
	for (uint64_t id = 3; id < 2 * USERS_MAX_KEPT; id++) {
		user_learn(bench->guilds, id, USER_HUMAN, "x");
		if (id % 1000 == 0) /* seen again and again */
			user_learn(bench->guilds, 1, USER_HUMAN, "one");
	}
	int64_t known = sqlite_number(spool_sqlite(bench->spool), "SELECT count(*) FROM users");
	assert_true(known > USERS_MAX_KEPT / 2 && known <= USERS_MAX_KEPT * 5 / 4);
	expect_user(bench, 1, USER_HUMAN, "one");
	expect_user(bench, 2, USER_UNKNOWN, NULL);
	user_learn(bench->guilds, 1, USER_BOT, "une");
	expect_user(bench, 1, USER_BOT, "une");
}

static const struct CMUnitTest tests[] = {
	UNIT(a_message_becomes_an_event_that_says_when_it_was_sent),
	UNIT(what_no_member_wrote_is_no_message),
	UNIT(a_name_is_cut_to_what_the_service_stores),
	UNIT(a_reaction_carries_an_author_that_was_seen),
	UNIT(a_reaction_to_a_stranger_is_marked),
	UNIT(a_custom_emoji_goes_by_its_id),
	UNIT(the_longest_id_of_a_reaction_is_taken),
	UNIT(reactions_that_earn_nothing_stop),
	UNIT(names_are_learnt_from_whoever_a_message_mentions),
	UNIT(a_webhooks_made_up_author_is_not_learnt),
	UNIT(voice_events_say_where_a_member_is_now),
	UNIT(cameras_and_streams_are_no_news),
	UNIT(bots_in_voice_are_not_there),
	UNIT(a_guild_that_comes_is_a_snapshot),
	UNIT(moving_to_the_afk_channel_is_said),
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
	UNIT(a_session_and_a_guild_tell_of_themselves),
	UNIT(a_guild_that_removed_the_bot_is_not_present),
	UNIT(roles_that_change_are_told),
	UNIT(a_channel_that_goes_leaves_nobody_in_it),
	UNIT(events_say_where_their_channel_is),
	UNIT(a_channel_that_nothing_named_is_asked_for),
	UNIT(events_say_what_they_know_of_the_member),
	UNIT(a_member_in_voice_that_nothing_names_comes_without_a_name),
	UNIT(a_session_that_reuses_an_id_has_ids_of_its_own),
	UNIT(a_reaction_without_an_author_is_counted),
	UNIT(a_snapshot_never_exceeds_an_event),
	UNIT(a_snapshot_is_written_member_by_member),
	UNIT(users_that_were_not_seen_lately_are_forgotten),
};

UNIT_MAIN(tests)
