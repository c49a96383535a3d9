/* Routing interactions to commands, and what the rows of the commands are held to. */
#include "unit.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "besace/domain/game.h"
#include "besace/engine/invocation.h"
#include "besace/engine/registration.h"

#define ALL_BUT_MANAGE "9007199254740951" /* bits 0 to 52 without 3 and 5 */

static uint32_t draw_zero(uint32_t bound)
{
	(void)bound;
	return 0;
}

/* An interaction of Lou in a server, DATA being its type and data. */
static char *json_of(void *ctx, const char *permissions, const char *data)
{
	return talloc_asprintf(ctx,
		"{\"id\":\"100\",\"token\":\"t\",\"guild_id\":\"9\",\"locale\":\"fr\","
		"\"authorizing_integration_owners\":{\"0\":\"9\"},"
		"\"member\":{\"permissions\":\"%s\",\"user\":{\"id\":\"3\",\"username\":\"lou\"}},"
		"%s}",
		permissions, data);
}

/* The data of commands, in pieces. */
#define BOB "{\"name\":\"membre\",\"type\":6,\"value\":\"5\"}"
#define RESOLVED                                                                                   \
	"\"resolved\":{\"users\":{\"3\":{\"id\":\"3\",\"username\":\"lou\"},"                      \
	"\"5\":{\"id\":\"5\",\"username\":\"bob\"},"                                               \
	"\"6\":{\"id\":\"6\",\"username\":\"robot\",\"bot\":true}}}"
#define DON(options)                                                                               \
	"\"type\":2,\"data\":{\"name\":\"don\",\"type\":1,\"options\":[" options "]," RESOLVED "}"
#define AMOUNT(value) "{\"name\":\"montant\",\"type\":4,\"value\":" value "}"
#define ADMIN(group, act, options)                                                                 \
	"\"type\":2,\"data\":{\"name\":\"admin\",\"type\":1,\"options\":[{\"name\":\"" group       \
	"\",\"type\":2,\"options\":[{\"name\":\"" act "\",\"type\":1,\"options\":[" options        \
	"]}]}]," RESOLVED "}"
#define REASON ",{\"name\":\"raison\",\"type\":3,\"value\":\"x\"}"

static enum step start(
	void *ctx, const char *json, struct invocation *invocation, struct db_call *call)
{
	struct interaction *in;
	char *why;
	const struct invocation_world world = {.draw = draw_zero};
	*call = (struct db_call){.query = QUERY_COUNT};
	if (interaction_parse(ctx, json, strlen(json), &in, &why))
		fail_msg("%s\nwas refused: %s", json, why);
	return invocation_start(invocation, ctx, in, 1700000000000, &world, call);
}

static enum step start_data(void *ctx, const char *permissions, const char *data,
	struct invocation *invocation, struct db_call *call)
{
	return start(ctx, json_of(ctx, permissions, data), invocation, call);
}

static void is_refused(void *ctx, const char *permissions, const char *data, const char *word)
{
	struct invocation invocation;
	struct db_call call;
	if (start_data(ctx, permissions, data, &invocation, &call) != STEP_REPLY)
		fail_msg("was taken: %s", data);
	assert_true(invocation.reply.ephemeral);
	assert_true(invocation.reply.colour == COLOUR_FAILURE ||
		    invocation.reply.colour == COLOUR_WAITING);
	if (!strstr(invocation.reply.description, word))
		fail_msg("%s\nwas refused with \"%s\", not \"%s\"", data,
			invocation.reply.description, word);
}

static void invocation_start_finds_a_sub_command_below_its_group(void **state)
{
	struct invocation invocation;
	struct db_call call;
	enum step step = start_data(*state, "32",
		ADMIN("lc", "retirer", BOB "," AMOUNT("7") REASON), &invocation, &call);
	assert_int_equal(step, STEP_CALL);
	assert_int_equal(call.query, QUERY_ADMIN_ACT);
	assert_string_equal(call.bound[0], "9");
	assert_string_equal(call.bound[7], "remove");
	assert_string_equal(call.bound[8], "lc");
}

static void invocation_start_holds_options_to_their_range(void **state)
{
	struct invocation invocation;
	struct db_call call;
	assert_int_equal(
		start_data(*state, "0", DON(BOB "," AMOUNT("1")), &invocation, &call), STEP_CALL);
	static const char *const outside[] = {DON(BOB "," AMOUNT("0")), DON(BOB "," AMOUNT("-1")),
		DON(BOB "," AMOUNT("2147483648"))};
	for (size_t i = 0; i < ARRAY_LEN(outside); i++)
		is_refused(*state, "0", outside[i], "montant");
	is_refused(*state, "0", DON(BOB), "Il manque `montant`");
	is_refused(*state, "0", DON(AMOUNT("5")), "Il manque `membre`");
	is_refused(*state, "0", DON(BOB ",{\"name\":\"montant\",\"type\":3,\"value\":\"5\"}"),
		"montant");
}

static void invocation_other_is_neither_a_bot_nor_oneself(void **state)
{
	is_refused(*state, "0",
		DON("{\"name\":\"membre\",\"type\":6,\"value\":\"6\"}," AMOUNT("5")), "bots");
	is_refused(*state, "0",
		DON("{\"name\":\"membre\",\"type\":6,\"value\":\"3\"}," AMOUNT("5")), "envoyer");
}

static void invocation_start_holds_options_to_choices_and_lengths(void **state)
{
	is_refused(*state, "32",
		ADMIN("objet", "donner",
			BOB ",{\"name\":\"objet\",\"type\":3,\"value\":\"gold\"}" REASON),
		"objet");
	is_refused(*state, "32",
		ADMIN("lc", "ajouter",
			BOB "," AMOUNT("5") ",{\"name\":\"raison\",\"type\":3,\"value\":\"\"}"),
		"entre 1 et 200");
}

static void invocation_start_checks_permissions_again(void **state)
{
	static const char *const with[] = {"32", "8", "9007199254740991"}, *const without[] = {"0",
										   "16",
										   ALL_BUT_MANAGE};
	const char *data = ADMIN("lc", "ajouter", BOB "," AMOUNT("5") REASON);
	for (size_t i = 0; i < ARRAY_LEN(with); i++) {
		struct invocation invocation;
		struct db_call call;
		assert_int_equal(start_data(*state, with[i], data, &invocation, &call), STEP_CALL);
		is_refused(*state, without[i], data, "permission");
	}
}

static void invocation_start_refuses_a_command_of_guilds_elsewhere(void **state)
{
	struct invocation invocation;
	struct db_call call;
	const char *json = "{\"id\":\"100\",\"token\":\"t\",\"user\":{\"id\":\"3\",\"username\":"
			   "\"lou\"}," ADMIN("lc", "ajouter", BOB "," AMOUNT("5") REASON) "}";
	assert_int_equal(start(*state, json, &invocation, &call), STEP_REPLY);
	assert_non_null(strstr(invocation.reply.description, "serveur"));
}

static void invocation_start_refuses_what_does_not_exist(void **state)
{
	is_refused(*state, "32", ADMIN("lc", "rien", BOB), "commande");
	is_refused(*state, "32", ADMIN("rien", "ajouter", BOB), "commande");
	is_refused(*state, "32", "\"type\":2,\"data\":{\"name\":\"admin\",\"type\":1}", "commande");
	is_refused(*state, "32", "\"type\":3,\"data\":{\"custom_id\":\"don\"}", "bouton");
	is_refused(*state, "32", "\"type\":3,\"data\":{\"custom_id\":\"dont:1\"}", "bouton");
	is_refused(*state, "32", "\"type\":5,\"data\":{\"custom_id\":\"don:3:x\"}", "bouton");
}

static void invocation_start_answers_autocomplete_by_choices(void **state)
{
	static const char *const names[] = {"lc", "rien", "admin", "don"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct invocation invocation;
		struct db_call call;
		char *data = talloc_asprintf(*state,
			"\"type\":4,\"data\":{\"name\":\"%s\",\"type\":1,\"options\":[{\"name\":"
			"\"x\",\"type\":3,\"value\":\"\",\"focused\":true}]}",
			names[i]);
		assert_int_equal(start_data(*state, "0", data, &invocation, &call), STEP_REPLY);
		assert_int_equal(invocation.reply.kind, REPLY_CHOICES);
		invocation_apologise(&invocation, APOLOGY_AWAY);
		assert_int_equal(invocation.reply.kind, REPLY_CHOICES);
		assert_int_equal(invocation.reply.choice_count, 0);
	}
}

static void invocation_deferral_of_a_large_gift_is_ephemeral(void **state)
{
	static const struct {
		const char *data;
		bool ephemeral;
	} rows[] = {{DON(BOB "," AMOUNT("1000")), false}, {DON(BOB "," AMOUNT("1001")), true}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct invocation invocation;
		struct db_call call;
		assert_int_equal(
			start_data(*state, "0", rows[i].data, &invocation, &call), STEP_CALL);
		assert_int_equal(invocation_deferral(&invocation).ephemeral, rows[i].ephemeral);
	}
}

/* Looks at the options of LIST and of all that is below it; returns how many stakes there are. */
static int stakes_checked(const struct command *const *list)
{
	int count = 0;
	for (size_t i = 0; list && list[i]; i++) {
		count += stakes_checked(list[i]->subcommands);
		for (size_t j = 0; j < list[i]->option_count; j++) {
			const struct command_option *option = &list[i]->options[j];
			if (option->name != TEXT_STAKE_NAME)
				continue;
			assert_int_equal(option->min, STAKE_ALLOWED_MIN);
			assert_int_equal(option->max, STAKE_ALLOWED_MAX);
			count++;
		}
	}
	return count;
}

static void commands_give_every_stake_what_a_guild_may_allow(void **state)
{
	(void)state;
	assert_int_equal(stakes_checked(commands), GAME_COUNT);
}

/* A command of Lou in guild 9 with OWNERS, GUILD being the guild's object and locale. */
static char *in_guild(void *ctx, const char *owners, const char *guild, const char *locale)
{
	return talloc_asprintf(ctx,
		"{\"id\":\"100\",\"token\":\"t\",\"guild_id\":\"9\"%s%s,%s"
		"\"authorizing_integration_owners\":%s,"
		"\"member\":{\"user\":{\"id\":\"3\",\"username\":\"lou\"}},"
		"\"type\":2,\"data\":{\"name\":\"sac\",\"type\":1}}",
		*guild ? "," : "", guild, locale, owners);
}

static void invocation_start_refuses_where_it_is_not_installed(void **state)
{
	static const char *const owners[] = {"{}", "{\"1\":\"3\"}", "{\"0\":\"8\"}"};
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		struct invocation invocation;
		struct db_call call;
		enum step step =
			start(*state, in_guild(*state, owners[i], "", ""), &invocation, &call);
		assert_int_equal(step, STEP_REPLY);
		assert_true(invocation.reply.ephemeral);
		assert_non_null(strstr(invocation.reply.description, "installé"));
	}
}

static void invocation_start_serves_the_guilds_that_are_listed(void **state)
{
	static const struct snowflake guilds[] = {{"8"}, {"9"}};
	struct interaction *in;
	char *why, *json = in_guild(*state, "{\"0\":\"9\"}", "", "");
	assert_int_equal(interaction_parse(*state, json, strlen(json), &in, &why), STATUS_OK);
	for (size_t count = 1; count <= 2; count++) {
		struct invocation invocation;
		struct db_call call;
		const struct invocation_world world = {
			.draw = draw_zero, .guilds = guilds, .guild_count = count};
		enum step step =
			invocation_start(&invocation, *state, in, 1700000000000, &world, &call);
		assert_int_equal(step, count == 2 ? STEP_CALL : STEP_REPLY);
		if (step == STEP_REPLY)
			assert_non_null(strstr(invocation.reply.description, "ouvert"));
		else
			assert_string_equal(invocation.guild.text, "9");
	}
}

static void invocation_open_reply_follows_the_guilds_locale_of_a_community_only(void **state)
{
#define COMMUNITY "\"guild\":{\"features\":[\"COMMUNITY\"]},\"guild_locale\":\"en-US\""
#define ORDINARY "\"guild\":{\"features\":[]},\"guild_locale\":\"en-US\""
	static const struct {
		const char *guild, *locale;
		enum language shown, ephemeral;
	} rows[] = {{COMMUNITY, "\"locale\":\"fr\",", LANGUAGE_EN, LANGUAGE_FR},
		{ORDINARY, "\"locale\":\"fr\",", LANGUAGE_FR, LANGUAGE_FR},
		{ORDINARY, "\"locale\":\"en-GB\",", LANGUAGE_EN, LANGUAGE_EN},
		{"", "\"locale\":\"en-GB\",", LANGUAGE_EN, LANGUAGE_EN},
		{COMMUNITY, "", LANGUAGE_EN, LANGUAGE_EN},
		{ORDINARY, "", LANGUAGE_FR, LANGUAGE_FR}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct invocation invocation;
		struct db_call call;
		char *json = in_guild(*state, "{\"0\":\"9\"}", rows[i].guild, rows[i].locale);
		assert_int_equal(start(*state, json, &invocation, &call), STEP_CALL);
		assert_int_equal(invocation_open_reply(&invocation, false), rows[i].shown);
		assert_int_equal(invocation_open_reply(&invocation, true), rows[i].ephemeral);
	}
}

static void registration_build_keeps_games_of_several_to_guilds(void **state)
{
	(void)state;
	json_t *list = registration_build(true), *command;
	size_t i, guild_only = 0;
	json_array_foreach (list, i, command) {
		const json_t *contexts = json_object_get(command, "contexts");
		const json_t *types = json_object_get(command, "integration_types");
		assert_int_equal(json_array_size(types), 1);
		assert_int_equal(json_integer_value(json_array_get(types, 0)), 0);
		assert_int_equal(json_integer_value(json_array_get(contexts, 0)), 0);
		const char *name = json_string_value(json_object_get(command, "name"));
		static const char *const bound[] = {
			"admin", "reglages", "gains", "recompenses", "jeu", "pfc", "007", "c21"};
		bool several = false;
		for (size_t j = 0; j < ARRAY_LEN(bound); j++)
			several = several || strcmp(name, bound[j]) == 0;
		assert_int_equal(json_array_size(contexts), several ? 1 : 2);
		guild_only += several;
	}
	assert_int_equal(guild_only, 8);
	json_decref(list);
}

static const struct CMUnitTest tests[] = {
	UNIT(invocation_start_finds_a_sub_command_below_its_group),
	UNIT(invocation_start_holds_options_to_their_range),
	UNIT(invocation_other_is_neither_a_bot_nor_oneself),
	UNIT(invocation_start_holds_options_to_choices_and_lengths),
	UNIT(invocation_start_checks_permissions_again),
	UNIT(invocation_start_refuses_a_command_of_guilds_elsewhere),
	UNIT(invocation_start_refuses_what_does_not_exist),
	UNIT(invocation_start_answers_autocomplete_by_choices),
	UNIT(commands_give_every_stake_what_a_guild_may_allow),
	UNIT(invocation_start_refuses_where_it_is_not_installed),
	UNIT(invocation_start_serves_the_guilds_that_are_listed),
	UNIT(invocation_open_reply_follows_the_guilds_locale_of_a_community_only),
	UNIT(registration_build_keeps_games_of_several_to_guilds),
	UNIT(invocation_deferral_of_a_large_gift_is_ephemeral),
};

UNIT_MAIN(tests)
