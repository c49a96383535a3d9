/* The race to 21: turns, the end, its text. */
#include "support/games.h"

#include "besace/domain/race21.h"

/* Adds the digits of STEPS in turn. */
static struct race21 played(const char *steps)
{
	struct race21 game = {0};
	for (; *steps; steps++)
		assert_int_equal(race21_add(&game, race21_turn(&game), *steps - '0'), MOVE_TAKEN);
	return game;
}

static void the_challenger_begins(void **state)
{
	(void)state;
	struct race21 game = {0};
	assert_int_equal(race21_total(&game), 0);
	assert_int_equal(race21_turn(&game), SIDE_CHALLENGER);
	assert_int_equal(race21_add(&game, SIDE_OPPONENT, 1), MOVE_NOT_YOUR_TURN);
	assert_int_equal(race21_add(&game, SIDE_CHALLENGER, 1), MOVE_TAKEN);
	assert_int_equal(race21_add(&game, SIDE_CHALLENGER, 1), MOVE_NOT_YOUR_TURN);
	assert_int_equal(race21_add(&game, SIDE_OPPONENT, 3), MOVE_TAKEN);
	assert_int_equal(race21_total(&game), 4);
}

static void one_two_or_three_are_added(void **state)
{
	(void)state;
	for (int step = 1; step <= 3; step++) {
		struct race21 game = {0};
		assert_int_equal(race21_add(&game, SIDE_CHALLENGER, step), MOVE_TAKEN);
		assert_int_equal(race21_total(&game), step);
	}
	static const int others[] = {INT32_MIN, -1, 0, 4, 21, INT32_MAX};
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct race21 game = {0};
		assert_int_equal(race21_add(&game, SIDE_CHALLENGER, others[i]), MOVE_UNKNOWN);
		assert_int_equal(game.moves, 0);
	}
}

static void who_reaches_twenty_one_or_more_loses(void **state)
{
	(void)state;
	static const struct {
		const char *steps;
		int total;
		enum verdict verdict;
	} rows[] = {
		{"333333", 18, VERDICT_OPEN},
		{"3333332", 20, VERDICT_OPEN},
		{"3333333", 21, VERDICT_OPPONENT}, /* the challenger adds the seventh */
		{"33333321", 21, VERDICT_CHALLENGER},
		{"33333322", 22, VERDICT_CHALLENGER},
		{"33333323", 23, VERDICT_CHALLENGER},
		{"333333113", 23, VERDICT_OPPONENT},
		{"111111111111111111111", 21, VERDICT_OPPONENT},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct race21 game = played(rows[i].steps);
		assert_int_equal(race21_total(&game), rows[i].total);
		assert_int_equal(race21_verdict(&game), rows[i].verdict);
	}
}

static void a_game_that_has_ended_takes_no_step(void **state)
{
	(void)state;
	struct race21 game = played("3333333"), before = game;
	assert_int_equal(race21_add(&game, SIDE_CHALLENGER, 1), MOVE_OVER);
	assert_int_equal(race21_add(&game, SIDE_OPPONENT, 1), MOVE_OVER);
	assert_memory_equal(&game, &before, sizeof(game));
}

static void whose_turn_it_is_owes(void **state)
{
	(void)state;
	static const struct {
		const char *steps;
		bool challenger, opponent;
		int round;
	} rows[] = {{"", true, false, 1}, {"1", false, true, 2}, {"12", true, false, 3},
		{"3333333", false, false, 7}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct race21 game = played(rows[i].steps);
		struct versus_view view;
		race21_look(&game, &view);
		assert_int_equal(view.owes[SIDE_CHALLENGER], rows[i].challenger);
		assert_int_equal(view.owes[SIDE_OPPONENT], rows[i].opponent);
		assert_int_equal(view.round, rows[i].round);
		assert_int_equal(view.verdict, race21_verdict(&game));
	}
}

static void steps_are_digits(void **state)
{
	(void)state;
	assert_int_equal(race21_step_parse("1"), 1);
	assert_int_equal(race21_step_parse("2"), 2);
	assert_int_equal(race21_step_parse("3"), 3);
	static const char *const others[] = {"", "0", "4", "-1", "+1", "11", "1 ", " 1", "a"};
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(race21_step_parse(others[i]), 0);
}

static void random_games_end_and_are_read_back(void **state)
{
	(void)state;
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < 5000; i++) {
		struct race21 game = {0}, read;
		struct game_state text;
		do {
			race21_format(&game, &text);
			assert_true(race21_parse(text.text, &read));
			assert_memory_equal(&read, &game, sizeof(read));
		} while (race21_add(&game, race21_turn(&game),
				 1 + (int)draws_below(&draws.draws, 3)) == MOVE_TAKEN);
		assert_in_range(game.moves, 7, 21);
		assert_in_range(race21_total(&game), 21, 23);
		assert_int_not_equal(race21_verdict(&game), VERDICT_OPEN);
	}
	struct race21 game = played("132");
	struct game_state text;
	race21_format(&game, &text);
	assert_string_equal(text.text, "1:132");
}

static void damaged_states_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "1", "2:1", "132", "1:0", "1:4", "1:1-", "1: 1",
		"1:1 ", "1:33333331", "1:1111111111111111111111"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct race21 game = played("12"), before = game;
		assert_false(race21_parse(texts[i], &game));
		assert_memory_equal(&game, &before, sizeof(game));
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(the_challenger_begins),
	UNIT(one_two_or_three_are_added),
	UNIT(who_reaches_twenty_one_or_more_loses),
	UNIT(a_game_that_has_ended_takes_no_step),
	UNIT(whose_turn_it_is_owes),
	UNIT(steps_are_digits),
	UNIT(random_games_end_and_are_read_back),
	UNIT(damaged_states_are_refused),
};

UNIT_MAIN(tests)
