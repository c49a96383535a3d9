/* The table of games: every row is complete, in the rules, the face and the command. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "besace/domain/fair.h"
#include "besace/domain/versus.h"
#include "besace/engine/custom_id.h"
#include "besace/play/casino.h"
#include "besace/play/face.h"
#include "besace/play/flow.h"
#include "commands/games.h"

#define COMMAND_ROW(NAME, name) [GAME_##NAME] = &command_##name,
static const struct command *const game_commands[GAME_COUNT] = {ALL_GAMES(COMMAND_ROW)};

static const struct game_rules *rules_of(int game)
{
	return game_rules((enum game)game);
}

static const struct game_face *face_of(int game)
{
	return game_face((enum game)game);
}

static void game_rules_have_a_type_of_their_own(void **state)
{
	(void)state;
	for (int i = 0; i < GAME_COUNT; i++) {
		enum game game;
		assert_true(game_parse(rules_of(i)->type, &game));
		assert_int_equal(game, i);
	}
}

static void game_rules_have_a_range_of_stakes(void **state)
{
	(void)state;
	for (int i = 0; i < GAME_COUNT; i++) {
		assert_true(rules_of(i)->stake_min >= 1);
		assert_true(rules_of(i)->stake_max > rules_of(i)->stake_min);
	}
}

static void game_rules_say_against_that_a_game_is_played(void **state)
{
	(void)state;
	for (int i = 0; i < GAME_COUNT; i++) {
		assert_false(rules_of(i)->house && rules_of(i)->challenge);
		assert_int_equal(rules_of(i)->house, face_of(i)->casino != NULL);
		/* A challenge has turns, or is decided at acceptance. */
		bool turns = rules_of(i)->versus, draw = face_of(i)->accept_draw;
		assert_int_equal(rules_of(i)->challenge, turns || draw);
		assert_false(turns && draw);
		if (turns)
			assert_true(rules_of(i)->turn_seconds > 0);
	}
}

static void game_rules_verify_each_draw(void **state)
{
	(void)state;
	static const char *const members[] = {"lou", "max"};
	for (int i = 0; i < GAME_COUNT; i++) {
		const struct game_rules *rules = rules_of(i);
		char drawn[GAME_DRAW_ROOM] = "", again[GAME_DRAW_ROOM] = "";
		assert_int_equal(rules->verify == NULL, rules->versus != NULL);
		if (!rules->verify)
			continue;
		assert_in_range(rules->verify_min, 1, ARRAY_LEN(members));
		assert_true(rules->verify_max >= rules->verify_min);
		char *const texts[] = {drawn, again};
		for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
			struct fair_seed seed = {{7}};
			struct fair_draws draws;
			fair_draws_start(&draws, &seed, members, (size_t)rules->verify_min, 3);
			rules->verify(&draws.draws, rules->verify_min, texts[j]);
			fair_draws_end(&draws);
		}
		assert_true(strlen(drawn) > 0);
		assert_string_equal(drawn, again);
	}
}

static void game_face_has_a_title_and_shows(void **state)
{
	(void)state;
	for (int i = 0; i < GAME_COUNT; i++) {
		assert_non_null(face_of(i)->show);
		assert_true(strlen(face_of(i)->emoji) > 0);
		for (int language = 0; language < LANGUAGE_COUNT; language++)
			assert_true(
				strlen(text_get((enum language)language, face_of(i)->title)) > 0);
	}
}

/* A move's name is its action in custom ids, and the rules know it. */
static void game_face_names_moves_of_the_rules(void **state)
{
	for (int i = 0; i < GAME_COUNT; i++) {
		const struct game_face *face = face_of(i);
		assert_true(face->move_count == 0 || rules_of(i)->versus);
		for (size_t j = 0; j < face->move_count; j++) {
			const char *move = face->moves[j].move;
			struct custom_id id = custom_id_make(rules_of(i)->type, move);
			struct game_state start, next;
			enum move_answer answer;
			assert_true(strlen(custom_id_write(*state, &id)) > 0);
			versus_start((enum game)i, &start);
			assert_true(versus_move(
				(enum game)i, start.text, SIDE_CHALLENGER, move, &next, &answer));
			assert_int_equal(answer, MOVE_TAKEN);
			assert_string_equal(game_move_name((enum game)i, LANGUAGE_FR, move),
				text_get(LANGUAGE_FR, face->moves[j].name));
		}
		assert_string_equal(game_move_name((enum game)i, LANGUAGE_FR, "nope"), "—");
	}
}

static void game_face_knows_what_the_casino_can_credit(void **state)
{
	(void)state;
	for (int i = 0; i < GAME_COUNT; i++) {
		if (!face_of(i)->casino)
			continue;
		assert_non_null(face_of(i)->casino->draw);
		/* With a multiplier a win fits into a balance all the same. */
		assert_true((int64_t)face_of(i)->casino->factor_max * rules_of(i)->stake_max *
				    MULTIPLIER_MAX <=
			    INT32_MAX);
	}
}

static void game_command_is_prefixed_with_the_type(void **state)
{
	(void)state;
	for (int i = 0; i < GAME_COUNT; i++) {
		const struct command *command = game_commands[i];
		assert_string_equal(command->button_prefix, rules_of(i)->type);
		assert_non_null(command->ask);
		assert_non_null(command->answer);
		assert_non_null(command->press_ask);
		assert_non_null(command->press_answer);
		assert_non_null(command->complete_ask);
		assert_int_equal(command->submit_ask != NULL, rules_of(i)->house);
	}
}

static bool is_listed(const struct command *const *list, const struct command *command)
{
	for (size_t i = 0; list && list[i]; i++)
		if (list[i] == command || is_listed(list[i]->subcommands, command))
			return true;
	return false;
}

static void game_command_is_registered(void **state)
{
	(void)state;
	for (int i = 0; i < GAME_COUNT; i++)
		assert_true(is_listed(commands, game_commands[i]));
}

static const struct CMUnitTest tests[] = {
	UNIT(game_rules_have_a_type_of_their_own),
	UNIT(game_rules_have_a_range_of_stakes),
	UNIT(game_rules_say_against_that_a_game_is_played),
	UNIT(game_rules_verify_each_draw),
	UNIT(game_face_has_a_title_and_shows),
	UNIT(game_face_names_moves_of_the_rules),
	UNIT(game_face_knows_what_the_casino_can_credit),
	UNIT(game_command_is_prefixed_with_the_type),
	UNIT(game_command_is_registered),
};

UNIT_MAIN(tests)
