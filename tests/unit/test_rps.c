/* Rock, paper, scissors. */
#include "support/games.h"

#include "besace/domain/rps.h"

static struct rps both(enum rps_choice challenger, enum rps_choice opponent)
{
	struct rps game = {0};
	assert_int_equal(rps_choose(&game, SIDE_CHALLENGER, challenger), MOVE_TAKEN);
	assert_int_equal(rps_choose(&game, SIDE_OPPONENT, opponent), MOVE_TAKEN);
	return game;
}

static void every_pair_has_its_verdict(void **state)
{
	(void)state;
	static const struct {
		enum rps_choice challenger, opponent;
		enum verdict verdict;
	} rows[] = {
		{RPS_ROCK, RPS_ROCK, VERDICT_DRAW},
		{RPS_ROCK, RPS_PAPER, VERDICT_OPPONENT},
		{RPS_ROCK, RPS_SCISSORS, VERDICT_CHALLENGER},
		{RPS_PAPER, RPS_ROCK, VERDICT_CHALLENGER},
		{RPS_PAPER, RPS_PAPER, VERDICT_DRAW},
		{RPS_PAPER, RPS_SCISSORS, VERDICT_OPPONENT},
		{RPS_SCISSORS, RPS_ROCK, VERDICT_OPPONENT},
		{RPS_SCISSORS, RPS_PAPER, VERDICT_CHALLENGER},
		{RPS_SCISSORS, RPS_SCISSORS, VERDICT_DRAW},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rps game = both(rows[i].challenger, rows[i].opponent);
		assert_int_equal(rps_verdict(&game), rows[i].verdict);
	}
}

static void either_may_choose_first(void **state)
{
	(void)state;
	struct rps game = {0};
	assert_int_equal(rps_choose(&game, SIDE_OPPONENT, RPS_PAPER), MOVE_TAKEN);
	assert_int_equal(rps_verdict(&game), VERDICT_OPEN);
	assert_int_equal(rps_choose(&game, SIDE_CHALLENGER, RPS_ROCK), MOVE_TAKEN);
	assert_int_equal(rps_verdict(&game), VERDICT_OPPONENT);
}

static void a_choice_stands(void **state)
{
	(void)state;
	struct rps game = {0};
	assert_int_equal(rps_choose(&game, SIDE_CHALLENGER, RPS_ROCK), MOVE_TAKEN);
	assert_int_equal(rps_choose(&game, SIDE_CHALLENGER, RPS_PAPER), MOVE_ALREADY_CHOSEN);
	assert_int_equal(rps_choose(&game, SIDE_CHALLENGER, RPS_ROCK), MOVE_ALREADY_CHOSEN);
	assert_int_equal(game.chosen[SIDE_CHALLENGER], RPS_ROCK);
}

static void a_game_that_has_ended_takes_no_choice(void **state)
{
	(void)state;
	struct rps game = both(RPS_ROCK, RPS_ROCK), before = game;
	assert_int_equal(rps_choose(&game, SIDE_CHALLENGER, RPS_PAPER), MOVE_OVER);
	assert_int_equal(rps_choose(&game, SIDE_OPPONENT, RPS_PAPER), MOVE_OVER);
	assert_memory_equal(&game, &before, sizeof(game));
}

static void no_choice_is_no_move(void **state)
{
	(void)state;
	struct rps game = {0};
	assert_int_equal(rps_choose(&game, SIDE_CHALLENGER, RPS_NONE), MOVE_UNKNOWN);
}

static void who_has_not_chosen_owes(void **state)
{
	(void)state;
	for (int i = 0; i < RPS_CHOICES * RPS_CHOICES; i++) {
		struct rps game = {
			{(enum rps_choice)(i / RPS_CHOICES), (enum rps_choice)(i % RPS_CHOICES)}};
		struct versus_view view;
		rps_look(&game, &view);
		assert_int_equal(view.owes[SIDE_CHALLENGER], i / RPS_CHOICES == 0);
		assert_int_equal(view.owes[SIDE_OPPONENT], i % RPS_CHOICES == 0);
		assert_int_equal(view.verdict, rps_verdict(&game));
		assert_int_equal(view.round, 1);
	}
}

static void choices_have_names(void **state)
{
	(void)state;
	static const char *const names[] = {"", "rock", "paper", "scissors"};
	for (int i = RPS_ROCK; i < RPS_CHOICES; i++) {
		assert_string_equal(rps_choice_name((enum rps_choice)i), names[i]);
		assert_int_equal(rps_choice_parse(names[i]), i);
	}
	static const char *const others[] = {"", "Rock", "rock ", "pierre", "-", "r"};
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(rps_choice_parse(others[i]), RPS_NONE);
}

static void every_state_is_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < RPS_CHOICES * RPS_CHOICES; i++) {
		struct rps read, game = {{(enum rps_choice)(i / RPS_CHOICES),
					 (enum rps_choice)(i % RPS_CHOICES)}};
		struct game_state text;
		rps_format(&game, &text);
		assert_true(rps_parse(text.text, &read));
		assert_memory_equal(&read, &game, sizeof(read));
	}
	struct rps game = both(RPS_PAPER, RPS_SCISSORS);
	struct game_state text;
	rps_format(&game, &text);
	assert_string_equal(text.text, "1:ps");
}

static void damaged_states_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "1", "1:", "1:r", "1:rpp", "2:rp", "1:RP", "1:r ",
		" 1:rp", "rp", "1:xp", "1;rp"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct rps game = {{RPS_PAPER, RPS_ROCK}};
		assert_false(rps_parse(texts[i], &game));
		assert_int_equal(game.chosen[0], RPS_PAPER);
		assert_int_equal(game.chosen[1], RPS_ROCK);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(every_pair_has_its_verdict),
	UNIT(either_may_choose_first),
	UNIT(a_choice_stands),
	UNIT(a_game_that_has_ended_takes_no_choice),
	UNIT(no_choice_is_no_move),
	UNIT(who_has_not_chosen_owes),
	UNIT(choices_have_names),
	UNIT(every_state_is_read_back),
	UNIT(damaged_states_are_refused),
};

UNIT_MAIN(tests)
