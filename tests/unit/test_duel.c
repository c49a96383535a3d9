/* The duel's draw. */
#include "support/games.h"

#include "besace/domain/duel.h"
#include "besace/domain/payout.h"

static enum side winner(uint32_t number)
{
	const struct fixed_draw rows[] = {{2, number}};
	struct fixed_draws draws = FIXED(rows);
	enum side side = duel_winner(&draws.draws);
	assert_int_equal(draws.taken, 1);
	return side;
}

static void zero_is_the_challenger_and_one_the_opponent(void **state)
{
	(void)state;
	assert_int_equal(winner(0), SIDE_CHALLENGER);
	assert_int_equal(winner(1), SIDE_OPPONENT);
}

/* Which sentence tells it is drawn after the winner, from all of them. */
static void the_sentence_is_the_second_draw(void **state)
{
	(void)state;
	const struct fixed_draw rows[] = {{2, 1}, {DUEL_PHRASES, DUEL_PHRASES - 1}};
	struct fixed_draws draws = FIXED(rows);
	assert_int_equal(duel_winner(&draws.draws), SIDE_OPPONENT);
	assert_int_equal(duel_phrase(&draws.draws), DUEL_PHRASES - 1);
	assert_int_equal(draws.taken, 2);
}

static void the_winner_gets_both_stakes(void **state)
{
	(void)state;
	enum verdict verdict = verdict_for(winner(1));
	assert_int_equal(versus_credit(verdict, SIDE_OPPONENT, 40), 80);
	assert_int_equal(versus_credit(verdict, SIDE_CHALLENGER, 40), 0);
}

static void the_odds_shown_are_even(void **state)
{
	(void)state;
	struct odds odds;
	duel_odds(&odds);
	assert_int_equal(odds.count, 2);
	assert_int_equal(odds.rows[0].what, RESULT_WIN);
	assert_int_equal(odds.rows[0].halves, 4);
	assert_int_equal(odds.rows[1].what, RESULT_LOSS);
	assert_int_equal(odds.rows[1].halves, 0);
	assert_int_equal(odds_chance(&odds, 0), 5000);
	assert_int_equal(odds_chance(&odds, 1), 5000);
}

#define DRAWS 1000000

static void a_million_duels_are_even(void **state)
{
	(void)state;
	static const uint64_t chances[] = {1, 1};
	uint64_t seen[SIDE_COUNT] = {0};
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < DRAWS; i++)
		seen[duel_winner(&draws.draws)]++;
	assert_true(chi_squared(seen, chances, 2, 2, DRAWS) < chi_squared_max(1));
}

/* As duels are drawn: a seed of their own each, and the first number of it. */
static void duels_of_a_seed_each_are_even(void **state)
{
	(void)state;
	static const uint64_t chances[] = {1, 1};
	static const char *const members[] = {"lou", "max"};
	uint64_t seen[SIDE_COUNT] = {0};
	struct fair_seed seed = {"a seed of the besace unit tests"};
	for (uint32_t i = 0; i < DRAWS / 10; i++) {
		struct fair_draws draws;
		memcpy(seed.bytes, &i, sizeof(i));
		fair_draws_start(&draws, &seed, members, 2, 0);
		seen[duel_winner(&draws.draws)]++;
	}
	assert_true(chi_squared(seen, chances, 2, 2, DRAWS / 10) < chi_squared_max(1));
}

/* The published formula, computed by another program: seed 00 01 … 1f, "lou", "max", game 0. */
static void a_stranger_finds_the_same_winner(void **state)
{
	(void)state;
	static const char *const members[] = {"lou", "max"};
	struct fair_seed seed;
	struct fair_draws draws;
	assert_true(fair_seed_read(
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", &seed));
	fair_draws_start(&draws, &seed, members, 2, 0);
	assert_int_equal(duel_winner(&draws.draws), SIDE_CHALLENGER);
	assert_int_equal(duel_phrase(&draws.draws), 4);
}

static const struct CMUnitTest tests[] = {
	UNIT(zero_is_the_challenger_and_one_the_opponent),
	UNIT(the_sentence_is_the_second_draw),
	UNIT(the_winner_gets_both_stakes),
	UNIT(the_odds_shown_are_even),
	UNIT(a_million_duels_are_even),
	UNIT(duels_of_a_seed_each_are_even),
	UNIT(a_stranger_finds_the_same_winner),
};

UNIT_MAIN(tests)
