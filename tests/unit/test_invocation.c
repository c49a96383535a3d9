/* Routing interactions to commands, and what the rows of the commands are held to. */
#include "unit.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "besace/domain/game.h"
#include "besace/engine/invocation.h"

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
	assert_true(invocation.reply.is_private);
	assert_int_equal(invocation.reply.colour, COLOUR_FAILURE);
	if (!strstr(invocation.reply.description, word))
		fail_msg("%s\nwas refused with \"%s\", not \"%s\"", data,
			invocation.reply.description, word);
}

static void a_sub_command_is_found_below_its_group(void **state)
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

static void the_rows_range_is_held_to(void **state)
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

static void the_other_member_is_neither_a_bot_nor_oneself(void **state)
{
	is_refused(*state, "0",
		DON("{\"name\":\"membre\",\"type\":6,\"value\":\"6\"}," AMOUNT("5")), "bots");
	is_refused(*state, "0",
		DON("{\"name\":\"membre\",\"type\":6,\"value\":\"3\"}," AMOUNT("5")), "toi");
}

static void a_choice_and_a_length_are_held_to(void **state)
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

static void permissions_are_checked_again(void **state)
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

static void a_command_of_servers_is_refused_elsewhere(void **state)
{
	struct invocation invocation;
	struct db_call call;
	const char *json = "{\"id\":\"100\",\"token\":\"t\",\"user\":{\"id\":\"3\",\"username\":"
			   "\"lou\"}," ADMIN("lc", "ajouter", BOB "," AMOUNT("5") REASON) "}";
	assert_int_equal(start(*state, json, &invocation, &call), STEP_REPLY);
	assert_non_null(strstr(invocation.reply.description, "serveur"));
}

static void what_does_not_exist_is_refused(void **state)
{
	is_refused(*state, "32", ADMIN("lc", "rien", BOB), "commande");
	is_refused(*state, "32", ADMIN("rien", "ajouter", BOB), "commande");
	is_refused(*state, "32", "\"type\":2,\"data\":{\"name\":\"admin\",\"type\":1}", "commande");
	is_refused(*state, "32", "\"type\":3,\"data\":{\"custom_id\":\"don\"}", "bouton");
	is_refused(*state, "32", "\"type\":3,\"data\":{\"custom_id\":\"dont:1\"}", "bouton");
	is_refused(*state, "32", "\"type\":5,\"data\":{\"custom_id\":\"don:3:x\"}", "bouton");
}

static void autocomplete_is_answered_by_choices_whatever_happens(void **state)
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

static void the_question_of_a_large_gift_is_deferred_privately(void **state)
{
	static const struct {
		const char *data;
		bool is_private;
	} rows[] = {{DON(BOB "," AMOUNT("1000")), false}, {DON(BOB "," AMOUNT("1001")), true}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct invocation invocation;
		struct db_call call;
		assert_int_equal(
			start_data(*state, "0", rows[i].data, &invocation, &call), STEP_CALL);
		assert_int_equal(invocation_deferral(&invocation).is_private, rows[i].is_private);
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
			enum game game;
			if (option->name != TEXT_STAKE_NAME)
				continue;
			assert_true(game_parse(list[i]->button_prefix, &game));
			assert_int_equal(option->least, game_rules(game)->least);
			assert_int_equal(option->most, game_rules(game)->most);
			count++;
		}
	}
	return count;
}

static void every_stake_has_the_range_of_its_game(void **state)
{
	(void)state;
	assert_int_equal(stakes_checked(commands), GAME_COUNT);
}

static const struct CMUnitTest tests[] = {
	UNIT(a_sub_command_is_found_below_its_group),
	UNIT(the_rows_range_is_held_to),
	UNIT(the_other_member_is_neither_a_bot_nor_oneself),
	UNIT(a_choice_and_a_length_are_held_to),
	UNIT(permissions_are_checked_again),
	UNIT(a_command_of_servers_is_refused_elsewhere),
	UNIT(what_does_not_exist_is_refused),
	UNIT(autocomplete_is_answered_by_choices_whatever_happens),
	UNIT(every_stake_has_the_range_of_its_game),
	UNIT(the_question_of_a_large_gift_is_deferred_privately),
};

UNIT_MAIN(tests)
