/* The roulette's draw and pot. */
#include "support/games.h"

#include "besace/domain/payout.h"
#include "besace/domain/roulette.h"

static void the_number_drawn_is_the_winners_place(void **state)
{
	(void)state;
	for (uint32_t count = 2; count <= ROULETTE_PLAYERS_MAX; count++)
		for (uint32_t place = 0; place < count; place++) {
			const struct fixed_draw rows[] = {{count, place}};
			struct fixed_draws draws = FIXED(rows);
			assert_int_equal(roulette_winner((int)count, &draws.draws), place);
			assert_int_equal(draws.taken, 1);
		}
}

static void the_pot_is_all_stakes(void **state)
{
	(void)state;
	static const int32_t stakes[] = {10, 500, 40};
	assert_int_equal(roulette_pot(stakes, 3), 550);
	assert_int_equal(roulette_pot(stakes, 2), 510);
	int32_t full[ROULETTE_PLAYERS_MAX];
	for (int i = 0; i < ROULETTE_PLAYERS_MAX; i++)
		full[i] = game_rules(GAME_ROULETTE)->stake_max;
	assert_int_equal(roulette_pot(full, ROULETTE_PLAYERS_MAX), 50000);
}

static void the_winner_gains_the_others_stakes(void **state)
{
	(void)state;
	static const int32_t stakes[] = {10, 500, 40};
	int32_t pot = roulette_pot(stakes, 3);
	for (int i = 0; i < 3; i++) {
		struct payout payout = payout_make(GAME_ROULETTE, stakes[i], pot, 0);
		assert_int_equal(payout.result, RESULT_WIN);
		assert_int_equal(payout.gain, pot - stakes[i]);
	}
}

static void the_odds_shown_are_one_in_the_number_of_players(void **state)
{
	(void)state;
	for (int count = 2; count <= ROULETTE_PLAYERS_MAX; count++) {
		struct odds odds;
		roulette_odds(count, &odds);
		assert_int_equal(odds.count, 2);
		assert_int_equal(odds.total, count);
		assert_int_equal(odds.rows[0].what, RESULT_WIN);
		assert_int_equal(odds.rows[0].ways, 1);
		assert_int_equal(odds.rows[0].halves, 2 * count);
		assert_int_equal(odds.rows[1].what, RESULT_LOSS);
		assert_int_equal(odds.rows[1].halves, 0);
	}
}

#define DRAWS 1000000

static void in_a_million_draws_every_player_is_as_lucky(void **state)
{
	(void)state;
	static const int counts[] = {2, 3, 7, 10, 100};
	uint64_t chances[ROULETTE_PLAYERS_MAX];
	for (int i = 0; i < ROULETTE_PLAYERS_MAX; i++)
		chances[i] = 1;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		uint64_t seen[ROULETTE_PLAYERS_MAX] = {0};
		struct fair_draws draws = seeded_draws();
		for (int j = 0; j < DRAWS; j++)
			seen[roulette_winner(counts[i], &draws.draws)]++;
		assert_true(chi_squared(seen, chances, (size_t)counts[i], (uint64_t)counts[i],
				    DRAWS) < chi_squared_max(counts[i] - 1));
	}
}

/* The published formula, computed by another program: seed 00 01 … 1f, three players, game 0. */
static void a_stranger_finds_the_same_winner(void **state)
{
	(void)state;
	static const char *const members[] = {"lou", "max", "zoe"};
	struct fair_seed seed;
	struct fair_draws draws;
	assert_true(fair_seed_read(
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", &seed));
	fair_draws_start(&draws, &seed, members, 3, 0);
	assert_int_equal(roulette_winner(3, &draws.draws), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT(the_number_drawn_is_the_winners_place),
	UNIT(the_pot_is_all_stakes),
	UNIT(the_winner_gains_the_others_stakes),
	UNIT(the_odds_shown_are_one_in_the_number_of_players),
	UNIT(in_a_million_draws_every_player_is_as_lucky),
	UNIT(a_stranger_finds_the_same_winner),
};

UNIT_MAIN(tests)
