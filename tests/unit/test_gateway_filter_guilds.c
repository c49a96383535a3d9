/* The filter: what guilds, channels and members tell of themselves. */
#include "unit.h"

#include <string.h>

#include "support/filter_bench.h"

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
	channel_set(bench->store.guilds, 1, 30, (struct channel){.kind = 11, .parent = 31});
	dispatch(bench, "MESSAGE_CREATE", IN("30"));
	assert_non_null(strstr(last(bench, 2), ",\"parent_id\":\"31\"}"));
	assert_int_equal(bench->asked[1], 31); /* whose category is not known */
	channel_set(bench->store.guilds, 1, 31, (struct channel){.kind = CHANNEL_ASKED});
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
	user_learn(bench->store.guilds, 55, USER_BOT, "robot");
	user_learn(bench->store.guilds, 56, USER_HUMAN, "mia");
	dispatch(bench, "RESUMED", "{}");
	assert_true(bench->complete[3]);
	assert_null(strstr(last(bench, 4), "\"55\""));
	assert_non_null(strstr(last(bench, 4), "\"mia\""));
}

static const struct CMUnitTest tests[] = {
	UNIT(a_session_and_a_guild_tell_of_themselves),
	UNIT(a_guild_that_removed_the_bot_is_not_present),
	UNIT(roles_that_change_are_told),
	UNIT(a_channel_that_goes_leaves_nobody_in_it),
	UNIT(events_say_where_their_channel_is),
	UNIT(a_channel_that_nothing_named_is_asked_for),
	UNIT(events_say_what_they_know_of_the_member),
	UNIT(a_member_in_voice_that_nothing_names_comes_without_a_name),
};

UNIT_MAIN(tests)
