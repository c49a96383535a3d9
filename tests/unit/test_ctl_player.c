/* Bodies of interactions: what besacectl send makes, the service's own reader understands. */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "besace/discord/interaction.h"
#include "besace/runtime/clock.h"
#include "ctl/player.h"

static struct play someone(void)
{
	return (struct play){
		.application = {"1400000000000000000"},
		.guild = {"1400000000000000001"},
		.member = {{"42"}, "zoé \"x\" 🌷"},
		.locale = "en-US",
		.guild_locale = "fr",
	};
}

static struct interaction *read_back(void *ctx, const char *body)
{
	struct interaction *in;
	char *why = NULL;
	if (interaction_parse(ctx, body, strlen(body), &in, &why))
		fail_msg("%s: %s", why, body);
	return in;
}

static struct play_option option(void *ctx, const char *command, const char *text)
{
	struct play_option out;
	char *why = NULL;
	if (play_option_parse(ctx, command, text, &out, &why))
		fail_msg("%s", why);
	return out;
}

static void ping_is_a_ping(void **state)
{
	struct play play = someone();
	assert_int_equal(read_back(*state, play_ping(*state, &play))->type, INTERACTION_PING);
}

static void a_command_says_who_and_where(void **state)
{
	struct play play = someone();
	struct play_command command = {.type = COMMAND_CHAT_INPUT, .name = "sac"};
	struct interaction *in = read_back(*state, play_command(*state, &play, &command));
	assert_int_equal(in->type, INTERACTION_COMMAND);
	assert_string_equal(in->name, "sac");
	assert_string_equal(in->user.id.text, "42");
	assert_string_equal(in->user.username, "zoé \"x\" 🌷");
	assert_string_equal(in->guild_id.text, "1400000000000000001");
	assert_string_equal(in->locale, "en-US");
	assert_string_equal(in->guild_locale, "fr");
	assert_string_equal(in->application_id.text, "1400000000000000000");
	assert_int_equal(in->option_count, 0);
	assert_true(in->in_guild);
}

static void in_a_direct_message_there_is_no_guild(void **state)
{
	struct play play = someone();
	play.guild = (struct snowflake){""};
	struct play_command command = {.type = COMMAND_CHAT_INPUT, .name = "lc"};
	char *body = play_command(*state, &play, &command);
	struct interaction *in = read_back(*state, body);
	assert_false(in->in_guild);
	assert_string_equal(in->user.id.text, "42");
	assert_null(strstr(body, "\"guild"));
}

static void bodies_are_compact_sorted_and_raw(void **state)
{
	struct play play = someone();
	struct play_command command = {.type = COMMAND_CHAT_INPUT, .name = "sac"};
	char *body = play_command(*state, &play, &command);
	json_t *json = json_loads(body, 0, NULL);
	char *again = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(body, again);
	assert_non_null(strstr(body, "🌷"));
	free(again);
	json_decref(json);
}

static void options_have_the_types_of_our_commands(void **state)
{
	struct play play = someone();
	struct play_option options[] = {option(*state, "lc", "membre=7")};
	struct play_command command = {COMMAND_CHAT_INPUT, "lc", NULL, options, 1};
	struct interaction *in = read_back(*state, play_command(*state, &play, &command));
	assert_int_equal(in->option_count, 1);
	assert_string_equal(in->options[0].name, "membre");
	assert_int_equal(in->options[0].type, OPTION_USER);
	assert_string_equal(in->options[0].user.id.text, "7");
}

static void options_of_other_commands_are_guessed(void **state)
{
	struct play play = someone();
	struct play_option options[] = {option(*state, "jeu", "adversaire=@905:boris"),
		option(*state, "jeu", "mise=-150"), option(*state, "jeu", "mot=a=b"),
		option(*state, "jeu", "vide="), option(*state, "jeu", "presque=12a")};
	struct play_command command = {
		COMMAND_CHAT_INPUT, "jeu duel", NULL, options, ARRAY_LEN(options)};
	struct interaction *in = read_back(*state, play_command(*state, &play, &command));
	assert_string_equal(in->name, "jeu");
	assert_string_equal(in->subcommand, "duel");
	assert_null(in->group);
	assert_string_equal(in->options[0].user.username, "boris");
	assert_int_equal(in->options[1].integer, -150);
	assert_string_equal(in->options[2].text, "a=b");
	assert_string_equal(in->options[3].text, "");
	assert_string_equal(in->options[4].text, "12a");
}

static void three_words_are_command_group_and_subcommand(void **state)
{
	struct play play = someone();
	struct play_command command = {.type = COMMAND_CHAT_INPUT, .name = "admin lc ajouter"};
	struct interaction *in = read_back(*state, play_command(*state, &play, &command));
	assert_string_equal(in->name, "admin");
	assert_string_equal(in->group, "lc");
	assert_string_equal(in->subcommand, "ajouter");
}

static void a_user_command_names_its_target(void **state)
{
	struct play play = someone();
	struct play_user target = {{"7"}, "boris"};
	struct play_command command = {
		.type = COMMAND_USER, .name = "Voir le niveau", .target = &target};
	struct interaction *in = read_back(*state, play_command(*state, &play, &command));
	assert_string_equal(in->name, "Voir le niveau");
	assert_true(in->has_target);
	assert_string_equal(in->target.id.text, "7");
	assert_string_equal(in->target.username, "boris");
}

static void a_press_carries_the_message_it_is_on(void **state)
{
	struct play play = someone();
	json_t *shown = json_pack(
		"{s:[{s:s}], s:[], s:i}", "embeds", "title", "Sac", "components", "flags", 64);
	char *body = play_press(*state, &play, "sac:3:jackpot:o16", shown);
	struct interaction *in = read_back(*state, body);
	assert_int_equal(in->type, INTERACTION_COMPONENT);
	assert_string_equal(in->custom_id, "sac:3:jackpot:o16");
	json_t *json = json_loads(body, 0, NULL), *message = json_object_get(json, "message");
	assert_true(
		json_equal(json_object_get(message, "embeds"), json_object_get(shown, "embeds")));
	assert_int_equal(json_integer_value(json_object_get(message, "flags")), 64);
	json_decref(json);
	json_decref(shown);
}

static void a_press_on_its_own_has_a_message_with_that_button(void **state)
{
	struct play play = someone();
	char *body = play_press(*state, &play, "a:b", NULL);
	read_back(*state, body);
	assert_non_null(strstr(body, "\"components\":[{\"components\":[{\"custom_id\":\"a:b\""));
}

static void ids_are_of_now_and_never_repeat(void **state)
{
	struct play play = someone();
	char last[21] = "0";
	for (int i = 0; i < 2000; i++) {
		void *ctx = talloc_new(*state);
		struct play_command command = {.type = COMMAND_CHAT_INPUT, .name = "sac"};
		struct interaction *in = read_back(ctx, play_command(ctx, &play, &command));
		assert_true(strtoull(in->id.text, NULL, 10) > strtoull(last, NULL, 10));
		assert_in_range(clock_wall_ms() - snowflake_time_ms(&in->id) + 1000, 0, 61000);
		strcpy(last, in->id.text);
		talloc_free(ctx);
	}
}

static void tokens_differ(void **state)
{
	struct play play = someone();
	struct play_command command = {.type = COMMAND_CHAT_INPUT, .name = "sac"};
	struct interaction *a = read_back(*state, play_command(*state, &play, &command)),
			   *b = read_back(*state, play_command(*state, &play, &command));
	assert_string_not_equal(a->token, b->token);
	assert_true(strncmp(a->token, "aW50ZXJhY3Rpb246", 16) == 0);
}

static void faults_of_options_are_said(void **state)
{
	static const struct {
		const char *command, *text, *fault;
	} cases[] = {
		{"lc", "membre", "must be NAME=VALUE, got \"membre\""},
		{"lc", "=7", "must be NAME=VALUE, got \"=7\""},
		{"lc", "membre=@x", "must be a Discord id, or ID:USERNAME, got \"x\""},
		{"lc", "membre=", "must be a Discord id, or ID:USERNAME, got \"\""},
		{"jeu", "a=@99999999999999999999",
			"must be a Discord id, or ID:USERNAME, got "
			"\"99999999999999999999\""},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct play_option out;
		char *why = NULL;
		assert_int_equal(
			play_option_parse(*state, cases[i].command, cases[i].text, &out, &why),
			STATUS_INVALID);
		assert_string_equal(why, cases[i].fault);
	}
}

static void numbers_beyond_a_double_are_text(void **state)
{
	assert_int_equal(option(*state, "x", "a=9007199254740991").type, OPTION_INTEGER);
	assert_int_equal(option(*state, "x", "a=9007199254740992").type, OPTION_STRING);
	assert_int_equal(option(*state, "x", "a=-9223372036854775808").type, OPTION_STRING);
	assert_int_equal(option(*state, "x", "a=99999999999999999999").type, OPTION_STRING);
	assert_int_equal(option(*state, "x", "a= 1").type, OPTION_STRING);
	assert_int_equal(option(*state, "x", "a=-").type, OPTION_STRING);
}

static const struct CMUnitTest tests[] = {
	UNIT(ping_is_a_ping),
	UNIT(a_command_says_who_and_where),
	UNIT(in_a_direct_message_there_is_no_guild),
	UNIT(bodies_are_compact_sorted_and_raw),
	UNIT(options_have_the_types_of_our_commands),
	UNIT(options_of_other_commands_are_guessed),
	UNIT(three_words_are_command_group_and_subcommand),
	UNIT(a_user_command_names_its_target),
	UNIT(a_press_carries_the_message_it_is_on),
	UNIT(a_press_on_its_own_has_a_message_with_that_button),
	UNIT(ids_are_of_now_and_never_repeat),
	UNIT(tokens_differ),
	UNIT(faults_of_options_are_said),
	UNIT(numbers_beyond_a_double_are_text),
};

UNIT_MAIN(tests)
