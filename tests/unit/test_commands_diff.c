/* What differs between the commands Discord has and ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/rest/commands.h"

static struct commands_diff diff(void *ctx, const char *theirs, const char *ours, bool guild)
{
	json_t *a = must(json_loads(theirs, 0, NULL)), *b = must(json_loads(ours, 0, NULL));
	struct commands_diff out = {0};
	assert_int_equal(commands_diff(ctx, a, b, guild, &out), STATUS_OK);
	json_decref(a);
	json_decref(b);
	return out;
}

/* The change of the only command. */
static enum command_change change_of(void *ctx, const char *theirs, const char *ours)
{
	struct commands_diff out = diff(ctx, theirs, ours, false);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.count_of[out.commands[0].change], 1);
	return out.commands[0].change;
}

static void commands_diff_of_nothing_is_empty(void **state)
{
	assert_int_equal(diff(*state, "[]", "[]", false).count, 0);
}

static void commands_diff_names_each_command_with_its_change(void **state)
{
	struct commands_diff out = diff(*state,
		"[{\"name\":\"old\",\"type\":1,\"description\":\"o\"},"
		"{\"name\":\"lc\",\"type\":1,\"description\":\"before\"},"
		"{\"name\":\"sac\",\"type\":1,\"description\":\"s\"}]",
		"[{\"name\":\"sac\",\"description\":\"s\"},{\"name\":\"lc\",\"description\":"
		"\"after\"},"
		"{\"name\":\"don\",\"description\":\"d\"}]",
		false);
	assert_int_equal(out.count, 4);
	const struct command_difference expected[] = {{COMMAND_UNCHANGED, 1, "sac"},
		{COMMAND_CHANGED, 1, "lc"}, {COMMAND_CREATED, 1, "don"},
		{COMMAND_DELETED, 1, "old"}};
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_int_equal(out.commands[i].change, expected[i].change);
		assert_int_equal(out.commands[i].type, expected[i].type);
		assert_string_equal(out.commands[i].name, expected[i].name);
		assert_int_equal(out.count_of[i], 1);
	}
}

static void commands_diff_tells_types_apart(void **state)
{
	struct commands_diff out =
		diff(*state, "[{\"name\":\"sac\",\"type\":2,\"description\":\"\"}]",
			"[{\"name\":\"sac\",\"description\":\"s\"}]", false);
	assert_int_equal(out.count_of[COMMAND_CREATED], 1);
	assert_int_equal(out.count_of[COMMAND_DELETED], 1);
}

static void commands_diff_ignores_what_discord_adds(void **state)
{
	const char *theirs =
		"[{\"id\":\"1\",\"application_id\":\"2\",\"version\":\"3\",\"type\":1,\"name\":"
		"\"don\","
		"\"name_localizations\":{\"fr\":\"don\",\"en-US\":\"give\"},\"description\":\"d\","
		"\"description_localizations\":null,\"default_permission\":true,"
		"\"default_member_permissions\":null,\"dm_permission\":true,\"nsfw\":false,"
		"\"contexts\":[1,0],\"integration_types\":[0],\"options\":[{\"type\":4,"
		"\"name\":\"montant\",\"name_localizations\":null,\"description\":\"m\","
		"\"min_value\":1.0,\"choices\":[],\"channel_types\":[]}]}]";
	const char *ours =
		"[{\"name\":\"don\",\"name_localizations\":{\"en-US\":\"give\",\"fr\":\"don\"},"
		"\"description\":\"d\",\"contexts\":[0,1],\"options\":[{\"name\":\"montant\","
		"\"description\":\"m\",\"type\":4,\"min_value\":1,\"required\":false}]}]";
	assert_int_equal(change_of(*state, theirs, ours), COMMAND_UNCHANGED);
}

static void commands_diff_takes_an_empty_description_of_context_commands(void **state)
{
	assert_int_equal(change_of(*state, "[{\"name\":\"Voir\",\"type\":2,\"description\":\"\"}]",
				 "[{\"name\":\"Voir\",\"type\":2}]"),
		COMMAND_UNCHANGED);
}

static void commands_diff_sees_whatever_members_see(void **state)
{
	static const char *const pairs[][2] = {
		{"\"name_localizations\":{\"fr\":\"a\"}", "\"name_localizations\":{\"fr\":\"b\"}"},
		{"\"description_localizations\":{\"fr\":\"a\"}", "\"nsfw\":false"},
		{"\"nsfw\":true", "\"nsfw\":false"},
		{"\"default_member_permissions\":\"32\"", "\"default_member_permissions\":\"0\""},
		{"\"default_member_permissions\":\"0\"", "\"default_member_permissions\":null"},
		{"\"contexts\":[0]", "\"contexts\":[0,1]"},
		{"\"contexts\":[0]", "\"contexts\":null"},
		{"\"integration_types\":[0]", "\"integration_types\":[0,1]"},
		{"\"options\":[{\"name\":\"a\"}]", "\"options\":[]"},
		{"\"options\":[{\"name\":\"a\"},{\"name\":\"b\"}]",
			"\"options\":[{\"name\":\"b\"},{\"name\":\"a\"}]"},
		{"\"options\":[{\"name\":\"a\",\"required\":true}]",
			"\"options\":[{\"name\":\"a\"}]"},
		{"\"options\":[{\"name\":\"a\",\"min_value\":1}]",
			"\"options\":[{\"name\":\"a\",\"min_value\":2}]"},
		{"\"options\":[{\"name\":\"a\",\"min_value\":0}]",
			"\"options\":[{\"name\":\"a\"}]"},
		{"\"options\":[{\"name\":\"a\",\"min_value\":1.5}]",
			"\"options\":[{\"name\":\"a\",\"min_value\":1}]"},
		{"\"options\":[{\"name\":\"a\",\"autocomplete\":true}]",
			"\"options\":[{\"name\":\"a\"}]"},
		{"\"options\":[{\"name\":\"a\",\"choices\":[{\"name\":\"x\",\"value\":0}]}]",
			"\"options\":[{\"name\":\"a\",\"choices\":[{\"name\":\"x\",\"value\":1}]}"
			"]"},
		{"\"options\":[{\"name\":\"a\",\"choices\":[{\"name\":\"x\",\"value\":\"\"}]}]",
			"\"options\":[{\"name\":\"a\",\"choices\":[{\"name\":\"x\"}]}]"},
		{"\"options\":[{\"name\":\"a\",\"options\":[{\"name\":\"b\",\"type\":3}]}]",
			"\"options\":[{\"name\":\"a\",\"options\":[{\"name\":\"b\",\"type\":4}]}]"},
		{"\"options\":[{\"name\":\"a\",\"channel_types\":[0]}]",
			"\"options\":[{\"name\":\"a\",\"channel_types\":[0,2]}]"},
	};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		char *theirs = must(talloc_asprintf(
			*state, "[{\"name\":\"x\",\"description\":\"d\",%s}]", pairs[i][0]));
		char *ours = must(talloc_asprintf(
			*state, "[{\"name\":\"x\",\"description\":\"d\",%s}]", pairs[i][1]));
		assert_int_equal(change_of(*state, theirs, ours), COMMAND_CHANGED);
		assert_int_equal(change_of(*state, theirs, theirs), COMMAND_UNCHANGED);
	}
}

static void commands_diff_ignores_contexts_in_a_guild(void **state)
{
	struct commands_diff out = diff(*state, "[{\"name\":\"x\",\"description\":\"d\"}]",
		"[{\"name\":\"x\",\"description\":\"d\",\"contexts\":[0],\"integration_types\":[0]}"
		"]",
		true);
	assert_int_equal(out.count_of[COMMAND_UNCHANGED], 1);
}

static void commands_diff_refuses_what_is_no_list(void **state)
{
	static const char *const bad[] = {"{}", "[1]", "[{\"description\":\"d\"}]",
		"[{\"name\":\"a\"},{\"name\":\"a\",\"type\":1}]"};
	json_t *good = must(json_loads("[{\"name\":\"a\"}]", 0, NULL));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		json_t *json = must(json_loads(bad[i], 0, NULL));
		struct commands_diff out;
		assert_int_equal(commands_diff(*state, good, json, false, &out), STATUS_INVALID);
		json_decref(json);
	}
	json_decref(good);
}

static int set_up(void **state)
{
	*state = must(talloc_new(NULL));
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	return 0;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Discord refuses a replacement without it; what only Discord sets is not sent back. */
static void commands_diff_carries_an_entry_point(void **state)
{
	struct commands_diff out = diff(*state,
		"[{\"id\":\"9\",\"version\":\"8\",\"name\":\"launch\",\"type\":4,\"handler\":2},"
		"{\"name\":\"old\",\"type\":1,\"description\":\"o\"}]",
		"[]", false);
	assert_int_equal(out.count_of[COMMAND_CARRIED], 1);
	assert_int_equal(out.count_of[COMMAND_DELETED], 1);
}

static void commands_with_entry_point_adds_it_unchanged(void **state)
{
	(void)state;
	json_t *theirs = must(json_loads("[{\"id\":\"9\",\"version\":\"8\",\"name\":\"launch\","
					 "\"type\":4,\"handler\":2},{\"name\":\"old\"}]",
		0, NULL));
	json_t *ours = must(json_loads("[{\"name\":\"sac\"}]", 0, NULL));
	json_t *wanted = must(json_loads("[{\"name\":\"sac\"},{\"id\":\"9\",\"name\":\"launch\","
					 "\"type\":4,\"handler\":2}]",
		0, NULL));
	json_t *all = commands_with_entry_point(theirs, ours);
	assert_true(json_equal(all, wanted));
	assert_int_equal(json_array_size(ours), 1);
	json_decref(all);
	json_decref(wanted);
	json_decref(ours);
	json_decref(theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(commands_diff_of_nothing_is_empty),
		FRESH(commands_diff_names_each_command_with_its_change),
		FRESH(commands_diff_tells_types_apart),
		FRESH(commands_diff_ignores_what_discord_adds),
		FRESH(commands_diff_takes_an_empty_description_of_context_commands),
		FRESH(commands_diff_sees_whatever_members_see),
		FRESH(commands_diff_ignores_contexts_in_a_guild),
		FRESH(commands_diff_refuses_what_is_no_list),
		FRESH(commands_diff_carries_an_entry_point),
		FRESH(commands_with_entry_point_adds_it_unchanged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
