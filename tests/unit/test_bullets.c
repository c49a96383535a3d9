/* 007: rounds, bullets, hits, the last round, its text. */
#include "support/games.h"

#include "besace/domain/bullets.h"

/* Plays rounds written as in a state: "dsrr" is two. */
static struct bullets played(const char *letters)
{
	struct bullets game;
	bullets_start(&game);
	for (; *letters; letters += 2)
		for (int side = 0; side < SIDE_COUNT; side++) {
			enum bullets_choice choice = letters[side] == 'r'   ? BULLETS_RELOAD
						     : letters[side] == 's' ? BULLETS_SHOOT
						     : letters[side] == 'd' ? BULLETS_SHIELD
									    : BULLETS_NONE;
			if (choice != BULLETS_NONE)
				assert_int_equal(
					bullets_choose(&game, (enum side)side, choice), MOVE_TAKEN);
		}
	return game;
}

static void both_begin_with_a_bullet(void **state)
{
	(void)state;
	struct bullets game = played("");
	assert_int_equal(game.round, 1);
	assert_int_equal(bullets_loaded(&game, SIDE_CHALLENGER), 1);
	assert_int_equal(bullets_loaded(&game, SIDE_OPPONENT), 1);
	assert_int_equal(bullets_verdict(&game), VERDICT_OPEN);
}

static void every_pair_of_choices_has_its_effect(void **state)
{
	(void)state;
	static const struct {
		const char *round;
		enum verdict verdict;
		int challenger, opponent; /* bullets after it */
	} rows[] = {
		{"rr", VERDICT_OPEN, 2, 2},
		{"rs", VERDICT_OPPONENT, 2, 0},
		{"rd", VERDICT_OPEN, 2, 1},
		{"sr", VERDICT_CHALLENGER, 0, 2},
		{"ss", VERDICT_OPEN, 0, 0},
		{"sd", VERDICT_OPEN, 0, 1},
		{"dr", VERDICT_OPEN, 1, 2},
		{"ds", VERDICT_OPEN, 1, 0},
		{"dd", VERDICT_OPEN, 1, 1},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bullets game = played(rows[i].round);
		assert_int_equal(bullets_verdict(&game), rows[i].verdict);
		assert_int_equal(bullets_loaded(&game, SIDE_CHALLENGER), rows[i].challenger);
		assert_int_equal(bullets_loaded(&game, SIDE_OPPONENT), rows[i].opponent);
		assert_int_equal(game.round, rows[i].verdict == VERDICT_OPEN ? 2 : 1);
	}
}

static void nobody_shoots_without_a_bullet(void **state)
{
	(void)state;
	struct bullets game = played("sd"), before = game;
	assert_int_equal(bullets_choose(&game, SIDE_CHALLENGER, BULLETS_SHOOT), MOVE_NO_BULLET);
	assert_memory_equal(&game, &before, sizeof(game));
	assert_int_equal(bullets_choose(&game, SIDE_OPPONENT, BULLETS_SHOOT), MOVE_TAKEN);
	assert_int_equal(bullets_choose(&game, SIDE_CHALLENGER, BULLETS_SHIELD), MOVE_TAKEN);
}

static void who_has_reloaded_shoots_again(void **state)
{
	(void)state;
	struct bullets game = played("sdrd");
	assert_int_equal(bullets_choose(&game, SIDE_CHALLENGER, BULLETS_SHOOT), MOVE_TAKEN);
	assert_int_equal(bullets_choose(&game, SIDE_OPPONENT, BULLETS_RELOAD), MOVE_TAKEN);
	assert_int_equal(bullets_verdict(&game), VERDICT_CHALLENGER);
}

static void a_choice_stands_for_its_round(void **state)
{
	(void)state;
	struct bullets game = played("r-"), before = game;
	assert_int_equal(
		bullets_choose(&game, SIDE_CHALLENGER, BULLETS_SHIELD), MOVE_ALREADY_CHOSEN);
	/* Nor does trying tell whether one has a bullet left. */
	assert_int_equal(
		bullets_choose(&game, SIDE_CHALLENGER, BULLETS_SHOOT), MOVE_ALREADY_CHOSEN);
	assert_memory_equal(&game, &before, sizeof(game));
	assert_int_equal(bullets_choose(&game, SIDE_OPPONENT, BULLETS_SHIELD), MOVE_TAKEN);
	assert_int_equal(bullets_choose(&game, SIDE_CHALLENGER, BULLETS_SHIELD), MOVE_TAKEN);
}

static void either_may_choose_first(void **state)
{
	(void)state;
	struct bullets game = played("-s");
	assert_int_equal(bullets_verdict(&game), VERDICT_OPEN);
	assert_int_equal(bullets_choose(&game, SIDE_CHALLENGER, BULLETS_RELOAD), MOVE_TAKEN);
	assert_int_equal(bullets_verdict(&game), VERDICT_OPPONENT);
}

static void no_choice_is_no_move(void **state)
{
	(void)state;
	struct bullets game = played("");
	assert_int_equal(bullets_choose(&game, SIDE_CHALLENGER, BULLETS_NONE), MOVE_UNKNOWN);
}

static void a_game_that_has_ended_takes_no_choice(void **state)
{
	(void)state;
	struct bullets game = played("ddrs"), before = game;
	assert_int_equal(bullets_choose(&game, SIDE_CHALLENGER, BULLETS_RELOAD), MOVE_OVER);
	assert_int_equal(bullets_choose(&game, SIDE_OPPONENT, BULLETS_SHOOT), MOVE_OVER);
	assert_memory_equal(&game, &before, sizeof(game));
}

#define SHIELDS "dddddddddddddddddddddddddddddddddddddd" /* nineteen rounds */

static void after_twenty_rounds_it_is_a_draw(void **state)
{
	(void)state;
	struct bullets game = played(SHIELDS);
	assert_int_equal(game.round, 20);
	assert_int_equal(bullets_verdict(&game), VERDICT_OPEN);
	game = played(SHIELDS "sd");
	assert_int_equal(game.round, 20);
	assert_int_equal(bullets_verdict(&game), VERDICT_DRAW);
	assert_int_equal(bullets_loaded(&game, SIDE_CHALLENGER), 0);
	assert_int_equal(bullets_choose(&game, SIDE_OPPONENT, BULLETS_SHOOT), MOVE_OVER);
}

static void a_hit_in_the_last_round_wins(void **state)
{
	(void)state;
	struct bullets game = played(SHIELDS "sr");
	assert_int_equal(bullets_verdict(&game), VERDICT_CHALLENGER);
}

static void who_has_not_chosen_owes(void **state)
{
	(void)state;
	static const struct {
		const char *letters;
		bool challenger, opponent;
		int round;
	} rows[] = {{"", true, true, 1}, {"r-", false, true, 1}, {"-d", true, false, 1},
		{"rr", true, true, 2}, {"rrs-", false, true, 2}, {"rrsr", false, false, 2}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bullets game = played(rows[i].letters);
		struct versus_view view;
		bullets_look(&game, &view);
		assert_int_equal(view.owes[SIDE_CHALLENGER], rows[i].challenger);
		assert_int_equal(view.owes[SIDE_OPPONENT], rows[i].opponent);
		assert_int_equal(view.round, rows[i].round);
		assert_int_equal(view.verdict, bullets_verdict(&game));
	}
}

static void choices_have_names(void **state)
{
	(void)state;
	static const char *const names[] = {"", "reload", "shoot", "shield"};
	for (int i = BULLETS_RELOAD; i < BULLETS_CHOICES; i++) {
		assert_string_equal(bullets_choice_name((enum bullets_choice)i), names[i]);
		assert_int_equal(bullets_choice_parse(names[i]), i);
	}
	static const char *const others[] = {"", "Reload", "shoot ", "tirer", "-", "s"};
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(bullets_choice_parse(others[i]), BULLETS_NONE);
}

static void states_are_written_round_for_round(void **state)
{
	(void)state;
	static const struct {
		const char *letters, *text;
	} rows[] = {{"", "1:--"}, {"r-", "1:r-"}, {"ds", "1:ds--"}, {"dssr", "1:dssr"},
		{SHIELDS "dd", "1:" SHIELDS "dd"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bullets game = played(rows[i].letters);
		struct game_state text;
		bullets_format(&game, &text);
		assert_string_equal(text.text, rows[i].text);
	}
}

static void random_games_end_and_are_read_back(void **state)
{
	(void)state;
	struct fair_draws draws = seeded_draws();
	int ends[VERDICT_DRAW + 1] = {0};
	for (int i = 0; i < 5000; i++) {
		struct bullets game, read;
		struct game_state text;
		int shields = (int)draws_below(&draws.draws, 30); /* some games last */
		bullets_start(&game);
		while (bullets_verdict(&game) == VERDICT_OPEN) {
			enum side side = (enum side)draws_below(&draws.draws, SIDE_COUNT);
			int drawn = (int)draws_below(&draws.draws, (uint32_t)(2 + shields));
			bullets_choose(&game, side,
				drawn < 2 ? (enum bullets_choice)(BULLETS_RELOAD + drawn)
					  : BULLETS_SHIELD);
			bullets_format(&game, &text);
			assert_true(bullets_parse(text.text, &read));
			assert_memory_equal(&read, &game, sizeof(read));
			assert_true(bullets_loaded(&game, side) >= 0);
			assert_true(game.round <= BULLETS_ROUNDS);
		}
		ends[bullets_verdict(&game)]++;
	}
	for (int verdict = VERDICT_CHALLENGER; verdict <= VERDICT_DRAW; verdict++)
		assert_true(ends[verdict] > 100);
}

static void damaged_states_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "1", "1:", "1:r", "2:--", "--", "1:x-", "1:r-x",
		"1:RR--", "1:rr", /* the round that follows is missing */
		"1:----", "1:r---", "1:-r--", /* a round goes on before the one before is over */
		"1:rs--", /* goes on after the end */
		"1:sdsd--", /* shoots without a bullet */
		"1:" SHIELDS "dd--", "1:" SHIELDS "dddd", "1:" SHIELDS SHIELDS SHIELDS};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct bullets game, before;
		bullets_start(&game);
		before = game;
		assert_false(bullets_parse(texts[i], &game));
		assert_memory_equal(&game, &before, sizeof(game));
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(both_begin_with_a_bullet),
	UNIT(every_pair_of_choices_has_its_effect),
	UNIT(nobody_shoots_without_a_bullet),
	UNIT(who_has_reloaded_shoots_again),
	UNIT(a_choice_stands_for_its_round),
	UNIT(either_may_choose_first),
	UNIT(no_choice_is_no_move),
	UNIT(a_game_that_has_ended_takes_no_choice),
	UNIT(after_twenty_rounds_it_is_a_draw),
	UNIT(a_hit_in_the_last_round_wins),
	UNIT(who_has_not_chosen_owes),
	UNIT(choices_have_names),
	UNIT(states_are_written_round_for_round),
	UNIT(random_games_end_and_are_read_back),
	UNIT(damaged_states_are_refused),
};

UNIT_MAIN(tests)
