/* The filter: which messages and reactions become events, and what stops. */
#include "unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support/filter_bench.h"

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

static void a_reaction_carries_an_author_that_was_seen(void **state)
{
	struct bench *bench = bench_create(*state);
	user_learn(bench->store.guilds, 3, USER_HUMAN, "lou");
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
	user_learn(bench->store.guilds, 50, USER_BOT, "robot");
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
	expect_user(bench->store.guilds, 3, USER_HUMAN, "lou");
	expect_user(bench->store.guilds, 8, USER_HUMAN, "mia");
	expect_user(bench->store.guilds, 9, USER_BOT, "bo");
	expect_user(bench->store.guilds, 10, USER_UNKNOWN, NULL);
}

static void a_webhooks_made_up_author_is_not_learnt(void **state)
{
	struct bench *bench = bench_create(*state);
	dispatch(bench, "MESSAGE_CREATE", MESSAGE("," LOU ",\"type\":0,\"webhook_id\":\"3\""));
	expect_user(bench->store.guilds, 3, USER_UNKNOWN, NULL);
}

/* ---- Channels and members */

static void a_reaction_without_an_author_is_counted(void **state)
{
	struct bench *bench = bench_create(*state);
	int64_t before = metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_UNATTRIBUTED);
	dispatch(bench, "MESSAGE_REACTION_ADD", REACTION(THUMB));
	assert_int_equal(metrics_get(METRIC_SHIM_EVENTS, SHIM_EVENT_UNATTRIBUTED), before + 1);
}

static void users_that_were_not_seen_lately_are_forgotten(void **state)
{
	struct bench *bench = bench_create(*state);
	user_learn(bench->store.guilds, 2, USER_HUMAN, "two");
	for (uint64_t id = 3; id < 2 * USERS_MAX_KEPT; id++) {
		user_learn(bench->store.guilds, id, USER_HUMAN, "x");
		if (id % 1000 == 0) /* seen again and again */
			user_learn(bench->store.guilds, 1, USER_HUMAN, "one");
	}
	int64_t known =
		sqlite_number(spool_sqlite(bench->store.spool), "SELECT count(*) FROM users");
	assert_true(known > USERS_MAX_KEPT / 2 && known <= USERS_MAX_KEPT * 5 / 4);
	expect_user(bench->store.guilds, 1, USER_HUMAN, "one");
	expect_user(bench->store.guilds, 2, USER_UNKNOWN, NULL);
	user_learn(bench->store.guilds, 1, USER_BOT, "une");
	expect_user(bench->store.guilds, 1, USER_BOT, "une");
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
	UNIT(a_reaction_without_an_author_is_counted),
	UNIT(users_that_were_not_seen_lately_are_forgotten),
};

UNIT_MAIN(tests)
