/* Reading interactions: what is taken, what is refused and why. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "besace/discord/document.h"
#include "besace/discord/interaction.h"

#define USER "\"user\":{\"id\":\"3\",\"username\":\"lou\"}"
/* A command in a direct message, DATA being the members of its data after the name and type. */
#define COMMAND(data)                                                                              \
	"{\"id\":\"1\",\"token\":\"t\",\"type\":2," USER                                           \
	",\"data\":{\"name\":\"lc\",\"type\":1" data "}}"
#define OPTION(option) COMMAND(",\"options\":[" option "]")
#define RESOLVED(user)                                                                             \
	COMMAND(",\"options\":[{\"name\":\"membre\",\"type\":6,\"value\":\"5\"}],"                 \
		"\"resolved\":{\"users\":{" user "}}")

static enum status parse(void *ctx, const char *json, struct interaction **out, char **why)
{
	*out = NULL;
	*why = NULL;
	return interaction_parse(ctx, json, strlen(json), out, why);
}

static struct interaction *read(void *ctx, const char *json)
{
	struct interaction *in;
	char *why;
	if (parse(ctx, json, &in, &why) != STATUS_OK)
		fail_msg("%s\nwas refused: %s", json, why);
	return in;
}

/* Each row: rubbish, and a word of the sentence that refuses it. */
static const struct {
	const char *json, *word;
} bad[] = {
	{"", "JSON"},
	{" ", "JSON"},
	{"nothing", "JSON"},
	{"{", "JSON"},
	{"{}x", "JSON"},
	{"[]", "object"},
	{"\"text\"", "JSON"},
	{"1", "JSON"},
	{"null", "JSON"},
	{"{\"type\":1,\"type\":1}", "uplicate"},
	{"{\"type\":2,\"id\":\"1\\u0000\"}", "JSON"},
	{"{\"type\":2,\"id\":\"\\ud800\"}", "JSON"},
	{"{\"type\":1e999}", "JSON"},
	{"{\"type\":99999999999999999999}", "JSON"},
	{"{}", "type"},
	{"{\"type\":\"1\"}", "type"},
	{"{\"type\":1.0}", "type"},
	{"{\"type\":true}", "type"},
	{"{\"type\":null}", "type"},
	{"{\"type\":0}", "type"},
	{"{\"type\":-1}", "type"},
	{"{\"type\":6}", "type"},
	{"{\"type\":99}", "type"},
	{"{\"type\":2}", "id"},
	{"{\"type\":2,\"id\":1}", "id"},
	{"{\"type\":2,\"id\":\"\"}", "id"},
	{"{\"type\":2,\"id\":\"-1\"}", "id"},
	{"{\"type\":2,\"id\":null}", "id"},
	{"{\"type\":2,\"id\":\"1\"}", "token"},
	{"{\"type\":2,\"id\":\"1\",\"token\":7}", "token"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"\"}", "token"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"a b\"}", "token"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"a?b\"}", "token"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"é\"}", "token"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"application_id\":1}", "application_id"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"guild_id\":1}", "guild_id"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"guild_id\":\"x\"}", "guild_id"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"channel_id\":{}}", "channel_id"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"locale\":1}", "locale"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"guild_locale\":[]}", "guild_locale"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"}", "user"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":\"lou\"}", "user"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":3,\"username\":\"lou\"}}",
		"id"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"3\"}}", "username"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"3\",\"username\":\"\"}}",
		"username"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"user\":{\"id\":\"3\",\"username\":\"l\","
	 "\"global_name\":1}}",
		"global_name"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"member\":[]}", "member"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"member\":{}}", "user"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"member\":{\"nick\":1," USER "}}", "nick"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"member\":{\"permissions\":8," USER "}}",
		"permissions"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"member\":{\"permissions\":\"-8\"," USER "}}",
		"permissions"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\",\"member\":{\"permissions\":"
	 "\"99999999999999999999\"," USER "}}",
		"permissions"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER "}", "data"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER ",\"data\":[]}", "data"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER ",\"data\":{}}", "name"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER ",\"data\":{\"name\":\"lc\"}}", "type"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER ",\"data\":{\"name\":\"lc\",\"type\":5}}",
		"type"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER
	 ",\"data\":{\"name\":\"lc\",\"type\":\"1\"}}",
		"type"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER ",\"data\":{\"name\":\"v\",\"type\":2}}",
		"target_id"},
	{"{\"type\":2,\"id\":\"1\",\"token\":\"t\"," USER
	 ",\"data\":{\"name\":\"v\",\"type\":2,\"target_id\":\"5\"}}",
		"user"},
	{"{\"type\":3,\"id\":\"1\",\"token\":\"t\"," USER ",\"data\":{}}", "custom_id"},
	{"{\"type\":5,\"id\":\"1\",\"token\":\"t\"," USER ",\"data\":{\"custom_id\":5}}",
		"custom_id"},
	{COMMAND(",\"options\":{}"), "options"},
	{COMMAND(",\"options\":5"), "options"},
	{OPTION("5"), "name"},
	{OPTION("{\"name\":\"a\"}"), "type"},
	{OPTION("{\"name\":\"a\",\"type\":\"3\"}"), "type"},
	{OPTION("{\"name\":\"a\",\"type\":3}"), "value"},
	{OPTION("{\"name\":\"a\",\"type\":3,\"value\":1}"), "value"},
	{OPTION("{\"name\":\"a\",\"type\":4,\"value\":\"1\"}"), "value"},
	{OPTION("{\"name\":\"a\",\"type\":4,\"value\":1.5}"), "value"},
	{OPTION("{\"name\":\"a\",\"type\":5,\"value\":1}"), "value"},
	{OPTION("{\"name\":\"a\",\"type\":10,\"value\":\"1\"}"), "value"},
	{OPTION("{\"name\":\"a\",\"type\":6,\"value\":5}"), "value"},
	{OPTION("{\"name\":\"a\",\"type\":6,\"value\":\"5\"}"), "user"},
	{OPTION("{\"name\":\"a\",\"type\":4,\"value\":5,\"focused\":true}"), "focused"},
	{OPTION("{\"name\":\"a\",\"type\":1,\"options\":[{\"name\":\"b\",\"type\":1}]}"), "deep"},
	{OPTION("{\"name\":\"a\",\"type\":1,\"options\":[{\"name\":\"b\",\"type\":2}]}"), "deep"},
	{RESOLVED("\"5\":{\"id\":\"6\",\"username\":\"x\"}"), "another id"},
	{RESOLVED("\"5\":{\"id\":\"5\"}"), "username"},
};

static void parse_refuses_rubbish_with_a_sentence(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct interaction *in;
		char *why;
		if (parse(*state, bad[i].json, &in, &why) != STATUS_INVALID)
			fail_msg("was taken: %s", bad[i].json);
		assert_null(in);
		assert_non_null(why);
		if (!strstr(why, bad[i].word))
			fail_msg("%s\nwas refused with \"%s\", not \"%s\"", bad[i].json, why,
				bad[i].word);
	}
}

static void parse_refuses_bytes_that_are_no_utf8_text(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = {{"{\"type\":1,\"a\":\"\xFF\"}", 17},
		{"{\"type\":1,\"a\":\"\xED\xA0\x80\"}", 19}, {"{\"type\":1}\0", 11}, {"\0", 1},
		{"{\"ty\0pe\":1}", 11}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct interaction *in;
		char *why = NULL;
		assert_int_equal(
			interaction_parse(*state, rows[i].bytes, rows[i].length, &in, &why),
			STATUS_INVALID);
		assert_non_null(why);
	}
}

/* A PING with DEPTH nested lists in a field that nobody reads. */
static char *nested(void *ctx, int depth)
{
	char *json = talloc_strdup(ctx, "{\"type\":1,\"a\":");
	for (int i = 0; i < depth; i++)
		json = talloc_strdup_append_buffer(json, "[");
	for (int i = 0; i < depth; i++)
		json = talloc_strdup_append_buffer(json, "]");
	return talloc_strdup_append_buffer(json, "}");
}

static void parse_bounds_nesting(void **state)
{
	struct interaction *in;
	char *why;
	assert_int_equal(
		parse(*state, nested(*state, DOCUMENT_MAX_DEPTH - 1), &in, &why), STATUS_OK);
	assert_int_equal(
		parse(*state, nested(*state, DOCUMENT_MAX_DEPTH), &in, &why), STATUS_INVALID);
	assert_non_null(strstr(why, "deeper"));
	assert_int_equal(parse(*state, nested(*state, 10000), &in, &why), STATUS_INVALID);
}

static void parse_does_not_nest_by_brackets_inside_texts(void **state)
{
	char *json = talloc_strdup(*state, "{\"type\":1,\"a\":\"\\\"");
	for (int i = 0; i < 100; i++)
		json = talloc_strdup_append_buffer(json, "[{\\\\");
	json = talloc_strdup_append_buffer(json, "\"}");
	assert_int_equal(read(*state, json)->type, INTERACTION_PING);
}

static void parse_needs_nothing_else_of_a_ping(void **state)
{
	assert_int_equal(read(*state, "{\"type\":1}")->type, INTERACTION_PING);
	assert_int_equal(read(*state, " {\"type\":1, \"new\": [1]} ")->type, INTERACTION_PING);
}

static void parse_reads_a_user_and_no_guild_of_a_direct_message(void **state)
{
	struct interaction *in = read(*state, COMMAND(""));
	assert_false(in->in_guild);
	assert_string_equal(in->user.id.text, "3");
	assert_string_equal(in->user.display, "lou");
	assert_string_equal(in->locale, "");
	assert_int_equal(in->option_count, 0);
	assert_string_equal(in->name, "lc");
}

static void parse_prefers_the_nick_of_the_guild(void **state)
{
	struct interaction *in = read(*state,
		"{\"id\":\"1\",\"token\":\"t\",\"type\":3,\"guild_id\":\"9\",\"channel_id\":null,"
		"\"locale\":\"en-US\",\"guild_locale\":\"fr\",\"member\":{\"nick\":\"Loulou\","
		"\"permissions\":\"2251799813685247\",\"user\":{\"id\":\"3\",\"username\":\"lou\","
		"\"global_name\":\"Lou\"}},\"data\":{\"custom_id\":\"x\",\"component_type\":2}}");
	assert_true(in->in_guild);
	assert_string_equal(in->user.display, "Loulou");
	assert_string_equal(in->user.username, "lou");
	assert_int_equal(in->permissions, 2251799813685247);
	assert_string_equal(in->custom_id, "x");
	assert_string_equal(in->channel_id.text, "");
}

static void parse_ignores_an_empty_nick_or_global_name(void **state)
{
	struct interaction *in = read(*state,
		"{\"id\":\"1\",\"token\":\"t\",\"type\":3,\"member\":{\"nick\":\"\",\"user\":"
		"{\"id\":\"3\",\"username\":\"lou\",\"global_name\":\"\"}},"
		"\"data\":{\"custom_id\":\"x\"}}");
	assert_string_equal(in->user.display, "lou");
}

static void parse_reads_options_of_each_type(void **state)
{
	struct interaction *in = read(
		*state, COMMAND(",\"options\":[{\"name\":\"s\",\"type\":3,\"value\":\"é\"},"
				"{\"name\":\"i\",\"type\":4,\"value\":-9007199254740991},"
				"{\"name\":\"b\",\"type\":5,\"value\":true},"
				"{\"name\":\"n\",\"type\":10,\"value\":3},"
				"{\"name\":\"u\",\"type\":6,\"value\":\"5\"},"
				"{\"name\":\"c\",\"type\":7,\"value\":\"8\"},"
				"{\"name\":\"m\",\"type\":9,\"value\":\"8\"}],"
				"\"resolved\":{\"users\":{\"5\":{\"id\":\"5\",\"username\":\"bob\","
				"\"bot\":true}},\"members\":{\"5\":{\"nick\":\"Bobby\"}}}"));
	assert_int_equal(in->option_count, 7);
	assert_string_equal(interaction_option(in, "s")->text, "é");
	assert_int_equal(interaction_option(in, "i")->integer, -9007199254740991);
	assert_int_equal(interaction_option(in, "b")->integer, 1);
	assert_true(interaction_option(in, "n")->number == 3.0);
	const struct option *user = interaction_option(in, "u");
	assert_string_equal(user->user.display, "Bobby");
	assert_true(user->user.bot);
	assert_string_equal(interaction_option(in, "c")->id.text, "8");
	assert_int_equal(interaction_option(in, "m")->type, OPTION_OTHER);
	assert_null(interaction_option(in, "z"));
}

static void parse_steps_into_sub_commands(void **state)
{
	struct interaction *in = read(
		*state, OPTION("{\"name\":\"g\",\"type\":2,\"options\":[{\"name\":\"s\",\"type\":1,"
			       "\"options\":[{\"name\":\"i\",\"type\":4,\"value\":7}]}]}"));
	assert_string_equal(in->group, "g");
	assert_string_equal(in->subcommand, "s");
	assert_int_equal(interaction_option(in, "i")->integer, 7);
	in = read(*state, OPTION("{\"name\":\"s\",\"type\":1,\"options\":[]}"));
	assert_null(in->group);
	assert_int_equal(in->option_count, 0);
}

static void parse_reads_a_focused_number_as_text(void **state)
{
	struct interaction *in = read(*state,
		"{\"id\":\"1\",\"token\":\"t\",\"type\":4," USER
		",\"data\":{\"name\":\"lc\",\"type\":1,\"options\":[{\"name\":\"i\",\"type\":4,"
		"\"value\":\"\",\"focused\":true}]}}");
	assert_true(in->options[0].focused);
	assert_string_equal(in->options[0].text, "");
}

static void parse_reads_a_user_as_an_id_while_typing(void **state)
{
	struct interaction *in =
		read(*state, "{\"id\":\"1\",\"token\":\"t\",\"type\":4," USER
			     ",\"data\":{\"name\":\"pfc\",\"type\":1,\"options\":["
			     "{\"name\":\"u\",\"type\":6,\"value\":\"5\"},"
			     "{\"name\":\"i\",\"type\":4,\"value\":\"1\",\"focused\":true}]}}");
	assert_string_equal(interaction_option(in, "u")->user.id.text, "5");
	assert_string_equal(interaction_focused(in)->name, "i");
	assert_null(interaction_focused(read(*state, COMMAND(""))));
}

#define MODAL(rest) "{\"id\":\"1\",\"token\":\"t\",\"type\":5," USER "," rest "}"

static void parse_reads_inputs_of_a_modal_in_both_forms(void **state)
{
	struct interaction *in = read(*state,
		MODAL("\"message\":{\"id\":\"77\"},\"data\":{\"custom_id\":\"casino:1\","
		      "\"components\":["
		      "{\"type\":10,\"content\":\"x\"},"
		      "{\"type\":18,\"component\":{\"type\":4,\"custom_id\":\"a\",\"value\":"
		      "\"tout\"}},"
		      "{\"type\":18,\"component\":{\"type\":3,\"custom_id\":\"s\",\"values\":[]}},"
		      "{\"type\":1,\"components\":[{\"type\":4,\"custom_id\":\"b\"}]}]}"));
	assert_true(in->has_message);
	assert_string_equal(in->message_id.text, "77");
	assert_int_equal(in->input_count, 3);
	assert_string_equal(interaction_input(in, "a"), "tout");
	assert_int_equal(interaction_field(in, "s")->values.count, 0);
	assert_string_equal(interaction_input(in, "b"), "");
	assert_null(interaction_input(in, "c"));
	assert_false(read(*state, MODAL("\"data\":{\"custom_id\":\"x\"}"))->has_message);
}

static void parse_reads_every_kind_of_input_of_a_modal(void **state)
{
	struct interaction *in = read(*state,
		MODAL("\"data\":{\"custom_id\":\"x\",\"components\":["
		      "{\"type\":18,\"component\":{\"type\":6,\"custom_id\":\"r\",\"values\":"
		      "[\"5\",\"6\"]}},"
		      "{\"type\":18,\"component\":{\"type\":21,\"custom_id\":\"g\",\"value\":"
		      "\"one\"}},"
		      "{\"type\":18,\"component\":{\"type\":21,\"custom_id\":\"h\",\"value\":"
		      "null}},"
		      "{\"type\":18,\"component\":{\"type\":23,\"custom_id\":\"c\",\"value\":"
		      "true}},"
		      "{\"type\":18,\"component\":{\"type\":19,\"custom_id\":\"f\",\"values\":"
		      "[\"8\"]}}],"
		      "\"resolved\":{\"attachments\":{\"8\":{\"id\":\"8\",\"filename\":\"a.json\","
		      "\"size\":12,\"url\":\"https://cdn/x\"}}}}"));
	assert_int_equal(interaction_field(in, "r")->values.count, 2);
	assert_string_equal(interaction_field(in, "r")->values.texts[1], "6");
	assert_string_equal(interaction_input(in, "g"), "one");
	assert_string_equal(interaction_input(in, "h"), "");
	assert_true(interaction_field(in, "c")->checked);
	struct snowflake file;
	assert_true(snowflake_parse(interaction_field(in, "f")->values.texts[0], &file));
	assert_string_equal(interaction_attachment(in, &file)->filename, "a.json");
	assert_int_equal(interaction_attachment(in, &file)->size, 12);
}

#define PRESS(rest)                                                                                \
	"{\"id\":\"1\",\"token\":\"t\",\"type\":3," USER ",\"data\":{\"custom_id\":\"x\"" rest "}" \
	"}"

static void parse_reads_what_was_chosen_and_what_was_resolved(void **state)
{
	struct interaction *in = read(*state,
		PRESS(",\"values\":[\"50\",\"60\"],\"resolved\":{\"roles\":{\"50\":{"
		      "\"id\":\"50\",\"name\":\"Pilier\",\"position\":7,"
		      "\"permissions\":\"8589934592\",\"managed\":true}},\"channels\":{\"60\":{"
		      "\"id\":\"60\",\"type\":15,\"name\":\"forum\",\"parent_id\":\"61\","
		      "\"app_permissions\":\"2048\"}}}"));
	assert_int_equal(in->values.count, 2);
	struct snowflake id;
	assert_true(snowflake_parse("50", &id));
	const struct resolved_role *role = interaction_role(in, &id);
	assert_string_equal(role->name, "Pilier");
	assert_int_equal(role->position, 7);
	assert_true(role->managed && role->permissions == UINT64_C(8589934592));
	assert_null(interaction_channel(in, &id));
	assert_true(snowflake_parse("60", &id));
	const struct resolved_channel *channel = interaction_channel(in, &id);
	assert_int_equal(channel->type, CHANNEL_FORUM);
	assert_string_equal(channel->parent_id.text, "61");
	assert_true(channel->has_app_permissions && channel->app_permissions == 2048);
	assert_null(interaction_role(in, &id));
	assert_int_equal(read(*state, PRESS(""))->values.count, 0);
}

static void parse_refuses_choices_that_are_none(void **state)
{
	static const char *const bodies[] = {PRESS(",\"values\":{}"), PRESS(",\"values\":[5]"),
		PRESS(",\"resolved\":{\"roles\":{\"5\":{\"id\":\"x\"}}}"),
		PRESS(",\"resolved\":{\"roles\":{\"5\":{\"id\":\"5\",\"permissions\":\"-1\"}}}"),
		PRESS(",\"resolved\":{\"channels\":{\"5\":{\"id\":\"5\",\"parent_id\":5}}}")};
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct interaction *in;
		char *why;
		assert_int_equal(parse(*state, bodies[i], &in, &why), STATUS_INVALID);
	}
}

static void parse_bounds_the_inputs_of_a_modal(void **state)
{
	struct interaction *in;
	char *why, *list = talloc_strdup(*state, "");
	for (int i = 0; i <= INTERACTION_MAX_INPUTS; i++)
		list = talloc_asprintf_append_buffer(list,
			"%s{\"type\":18,\"component\":{\"type\":4,\"custom_id\":\"i%d\"}}",
			i ? "," : "", i);
	char *json = talloc_asprintf(
		*state, MODAL("\"data\":{\"custom_id\":\"x\",\"components\":[%s]}"), list);
	assert_int_equal(parse(*state, json, &in, &why), STATUS_INVALID);
	assert_non_null(strstr(why, "inputs"));
}

static void parse_reads_the_target_of_a_user_command(void **state)
{
	struct interaction *in = read(*state,
		"{\"id\":\"1\",\"token\":\"t\",\"type\":2," USER ",\"data\":{\"name\":\"Voir le "
		"niveau\",\"type\":2,\"target_id\":\"5\",\"resolved\":"
		"{\"users\":{\"5\":{\"id\":\"5\",\"username\":\"bob\"}}}}}");
	assert_true(in->has_target);
	assert_string_equal(in->target.username, "bob");
}

/* COUNT options, numbered. */
static char *many_options(void *ctx, int count)
{
	char *list = talloc_strdup(ctx, "");
	for (int i = 0; i < count; i++)
		list = talloc_asprintf_append_buffer(
			list, "%s{\"name\":\"o%d\",\"type\":4,\"value\":%d}", i ? "," : "", i, i);
	return talloc_asprintf(ctx,
		"{\"id\":\"1\",\"token\":\"t\",\"type\":2," USER
		",\"data\":{\"name\":\"lc\",\"type\":1,\"options\":[%s]}}",
		list);
}

static void parse_bounds_options(void **state)
{
	struct interaction *in = read(*state, many_options(*state, INTERACTION_MAX_OPTIONS));
	assert_int_equal(in->option_count, INTERACTION_MAX_OPTIONS);
	char *why;
	assert_int_equal(
		parse(*state, many_options(*state, INTERACTION_MAX_OPTIONS + 1), &in, &why),
		STATUS_INVALID);
}

static void parse_bounds_the_token(void **state)
{
	struct interaction *in;
	char token[INTERACTION_MAX_TOKEN + 2], *why;
	memset(token, 'a', sizeof(token));
	for (size_t length = INTERACTION_MAX_TOKEN; length <= INTERACTION_MAX_TOKEN + 1; length++) {
		char *json = talloc_asprintf(*state,
			"{\"id\":\"1\",\"token\":\"%.*s\",\"type\":3," USER
			",\"data\":{\"custom_id\":\"x\"}}",
			(int)length, token);
		assert_int_equal(parse(*state, json, &in, &why),
			length > INTERACTION_MAX_TOKEN ? STATUS_INVALID : STATUS_OK);
	}
}

/* A command in guild 9, OWNERS being authorizing_integration_owners, MORE further members. */
static struct interaction *read_in_guild(void *ctx, const char *owners, const char *more)
{
	return read(ctx, talloc_asprintf(ctx,
				 "{\"id\":\"1\",\"token\":\"t\",\"type\":2,\"guild_id\":\"9\","
				 "\"authorizing_integration_owners\":%s,\"member\":{" USER
				 ",\"roles\":[\"7\",\"8\"],\"joined_at\":\"2024-02-11\","
				 "\"pending\":true}%s,\"data\":{\"name\":\"lc\",\"type\":1}}",
				 owners, more));
}

static void parse_knows_where_the_application_is_installed(void **state)
{
	assert_true(read_in_guild(*state, "{\"0\":\"9\"}", "")->is_installed);
	assert_true(read_in_guild(*state, "{\"0\":\"9\",\"1\":\"3\"}", "")->is_installed);
	static const char *const elsewhere[] = {
		"{}", "{\"1\":\"3\"}", "{\"0\":\"8\"}", "{\"0\":\"0\"}", "{\"0\":9}", "null", "[]"};
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		assert_false(read_in_guild(*state, elsewhere[i], "")->is_installed);
#define DIRECT(owners)                                                                             \
	"{\"id\":\"1\",\"token\":\"t\",\"type\":3," USER                                           \
	",\"authorizing_integration_owners\":" owners ",\"data\":{\"custom_id\":\"x\"}}"
	assert_true(read(*state, DIRECT("{\"0\":\"0\"}"))->is_installed);
	assert_false(read(*state, DIRECT("{\"1\":\"3\"}"))->is_installed);
}

static void parse_reads_what_a_guild_says_of_its_member(void **state)
{
	struct interaction *in = read_in_guild(*state, "{\"0\":\"9\"}", "");
	assert_int_equal(in->role_count, 2);
	assert_string_equal(in->roles[0].text, "7");
	assert_string_equal(in->roles[1].text, "8");
	assert_string_equal(in->joined_at, "2024-02-11");
	assert_true(in->pending);
	assert_true(in->user.is_member);
	assert_false(in->is_community);
	in = read_in_guild(
		*state, "{}", ",\"guild\":{\"features\":[\"NEWS\",\"COMMUNITY\"],\"id\":\"9\"}");
	assert_true(in->is_community);
}

/* Pictures come as hashes, which are judged where they are used; what is no text is none. */
static void parse_reads_the_pictures_of_a_member(void **state)
{
	struct interaction *in = read(*state,
		COMMAND(",\"options\":[{\"name\":\"a\",\"type\":6,\"value\":\"5\"},{\"name\":\"b\","
			"\"type\":6,\"value\":\"6\"}],\"resolved\":{\"users\":{"
			"\"5\":{\"id\":\"5\",\"username\":\"bob\",\"avatar\":\"b0b\"},"
			"\"6\":{\"id\":\"6\",\"username\":\"eve\",\"avatar\":[6]}},"
			"\"members\":{\"5\":{\"avatar\":\"a_here\"}}}"));
	assert_string_equal(in->options[0].user.avatar, "b0b");
	assert_string_equal(in->options[0].user.guild_avatar, "a_here");
	assert_null(in->options[1].user.avatar);
	assert_null(in->options[1].user.guild_avatar);
}

static void parse_tells_members_from_other_users(void **state)
{
	struct interaction *in = read(*state,
		COMMAND(",\"options\":[{\"name\":\"a\",\"type\":6,\"value\":\"5\"},{\"name\":\"b\","
			"\"type\":6,\"value\":\"6\"}],\"resolved\":{\"users\":{"
			"\"5\":{\"id\":\"5\",\"username\":\"bob\"},"
			"\"6\":{\"id\":\"6\",\"username\":\"eve\"}},\"members\":{\"5\":{}}}"));
	assert_true(in->options[0].user.is_member);
	assert_false(in->options[1].user.is_member);
}

static void parse_reads_the_entry_point_of_an_activity(void **state)
{
	struct interaction *in = read(*state, "{\"id\":\"1\",\"token\":\"t\",\"type\":2," USER
					      ",\"data\":{\"name\":\"launch\",\"type\":4}}");
	assert_int_equal(in->command_type, COMMAND_ENTRY_POINT);
}

static const struct CMUnitTest tests[] = {
	UNIT(parse_refuses_rubbish_with_a_sentence),
	UNIT(parse_refuses_bytes_that_are_no_utf8_text),
	UNIT(parse_bounds_nesting),
	UNIT(parse_does_not_nest_by_brackets_inside_texts),
	UNIT(parse_needs_nothing_else_of_a_ping),
	UNIT(parse_reads_a_user_and_no_guild_of_a_direct_message),
	UNIT(parse_prefers_the_nick_of_the_guild),
	UNIT(parse_reads_the_pictures_of_a_member),
	UNIT(parse_ignores_an_empty_nick_or_global_name),
	UNIT(parse_reads_options_of_each_type),
	UNIT(parse_steps_into_sub_commands),
	UNIT(parse_reads_a_focused_number_as_text),
	UNIT(parse_reads_a_user_as_an_id_while_typing),
	UNIT(parse_reads_inputs_of_a_modal_in_both_forms),
	UNIT(parse_reads_every_kind_of_input_of_a_modal),
	UNIT(parse_reads_what_was_chosen_and_what_was_resolved),
	UNIT(parse_refuses_choices_that_are_none),
	UNIT(parse_bounds_the_inputs_of_a_modal),
	UNIT(parse_reads_the_target_of_a_user_command),
	UNIT(parse_bounds_options),
	UNIT(parse_bounds_the_token),
	UNIT(parse_knows_where_the_application_is_installed),
	UNIT(parse_reads_what_a_guild_says_of_its_member),
	UNIT(parse_tells_members_from_other_users),
	UNIT(parse_reads_the_entry_point_of_an_activity),
};

UNIT_MAIN(tests)
