/* The wheel: its pockets, payments and odds. */
#include "support/games.h"

#include "besace/domain/wheel.h"

static int spin(uint32_t number)
{
	const struct fixed_draw rows[] = {{37, number}};
	struct fixed_draws draws = FIXED(rows);
	int pocket = wheel_spin(&draws.draws);
	assert_int_equal(draws.taken, 1);
	return pocket;
}

static void the_pocket_is_the_number_drawn(void **state)
{
	(void)state;
	for (uint32_t number = 0; number < 37; number++)
		assert_int_equal(spin(number), number);
}

static void one_pocket_is_green_and_the_others_half_red_half_black(void **state)
{
	(void)state;
	assert_int_equal(wheel_colour_of(0), WHEEL_GREEN);
	for (int pocket = 1; pocket < 37; pocket += 2) {
		assert_int_equal(wheel_colour_of(pocket), WHEEL_RED);
		assert_int_equal(wheel_colour_of(pocket + 1), WHEEL_BLACK);
	}
}

static void every_bet_is_paid_by_every_pocket(void **state)
{
	(void)state;
	static const int pays[] = {[WHEEL_GREEN] = 36, [WHEEL_RED] = 2, [WHEEL_BLACK] = 2};
	for (int bet = 0; bet < WHEEL_COLOURS; bet++)
		for (int pocket = 0; pocket < 37; pocket++)
			for (int32_t stake = 10; stake <= 500; stake += 49) {
				int32_t paid = wheel_credit((enum wheel_colour)bet, pocket, stake);
				bool won = (int)wheel_colour_of(pocket) == bet;
				assert_int_equal(paid, won ? pays[bet] * stake : 0);
			}
}

static void colours_have_the_names_of_the_option(void **state)
{
	(void)state;
	static const char *const names[] = {"vert", "rouge", "noir"};
	for (int i = 0; i < WHEEL_COLOURS; i++) {
		enum wheel_colour colour;
		assert_string_equal(wheel_colour_name((enum wheel_colour)i), names[i]);
		assert_true(wheel_colour_parse(names[i], &colour));
		assert_int_equal(colour, i);
	}
}

static void other_names_are_no_colours(void **state)
{
	(void)state;
	static const char *const names[] = {"", "Rouge", "red", "noir ", "0"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		enum wheel_colour colour = WHEEL_COLOURS;
		assert_false(wheel_colour_parse(names[i], &colour));
		assert_int_equal(colour, WHEEL_COLOURS);
	}
}

static void the_odds_shown_are_those_of_the_rules(void **state)
{
	(void)state;
	static const struct {
		enum wheel_colour bet;
		uint64_t ways;
		int halves;
	} rows[] = {{WHEEL_GREEN, 1, 72}, {WHEEL_RED, 18, 4}, {WHEEL_BLACK, 18, 4}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct odds odds;
		wheel_odds(rows[i].bet, &odds);
		assert_int_equal(odds.total, 37);
		assert_int_equal(odds.count, 2);
		assert_int_equal(odds.rows[0].what, rows[i].bet);
		assert_int_equal(odds.rows[0].ways, rows[i].ways);
		assert_int_equal(odds.rows[0].halves, rows[i].halves);
		assert_int_equal(odds.rows[1].ways, 37 - rows[i].ways);
		assert_int_equal(odds.rows[1].halves, 0);
	}
}

#define DRAWS 1000000

static void a_million_spins_have_the_promised_odds(void **state)
{
	(void)state;
	static const uint64_t chances[] = {1, 18, 18};
	uint64_t colours[WHEEL_COLOURS] = {0}, pockets[WHEEL_POCKETS] = {0}, even[WHEEL_POCKETS];
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < DRAWS; i++) {
		int pocket = wheel_spin(&draws.draws);
		pockets[pocket]++;
		colours[wheel_colour_of(pocket)]++;
	}
	for (int i = 0; i < WHEEL_POCKETS; i++)
		even[i] = 1;
	assert_true(chi_squared(colours, chances, 3, 37, DRAWS) < chi_squared_max(2));
	assert_true(chi_squared(pockets, even, 37, 37, DRAWS) < chi_squared_max(36));
}

/* The published formula, computed by another program: seed 00 01 … 1f, "lou", game 2. */
static void a_stranger_finds_the_same_pocket(void **state)
{
	(void)state;
	static const char *const members[] = {"lou"};
	struct fair_seed seed;
	struct fair_draws draws;
	assert_true(fair_seed_read(
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", &seed));
	fair_draws_start(&draws, &seed, members, 1, 2);
	assert_int_equal(wheel_spin(&draws.draws), 28);
}

static const struct CMUnitTest tests[] = {
	UNIT(the_pocket_is_the_number_drawn),
	UNIT(one_pocket_is_green_and_the_others_half_red_half_black),
	UNIT(every_bet_is_paid_by_every_pocket),
	UNIT(colours_have_the_names_of_the_option),
	UNIT(other_names_are_no_colours),
	UNIT(the_odds_shown_are_those_of_the_rules),
	UNIT(a_million_spins_have_the_promised_odds),
	UNIT(a_stranger_finds_the_same_pocket),
};

UNIT_MAIN(tests)
