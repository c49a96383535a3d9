/* What the tests of the games share: fixed draws, draws of a fixed seed, Pearson's chi-squared. */
#pragma once

#include <math.h>
#include <string.h>

#include "unit.h"

#include "besace/domain/fair.h"

struct fixed_draw {
	uint32_t bound, number;
};

/* Answers the numbers it was given, and checks that each is asked for below the right bound. */
struct fixed_draws {
	struct draws draws;
	const struct fixed_draw *rows;
	size_t count, taken;
};

static inline uint32_t fixed_below(struct draws *draws, uint32_t bound)
{
	struct fixed_draws *fixed = (struct fixed_draws *)draws;
	assert_true(fixed->taken < fixed->count);
	assert_int_equal(bound, fixed->rows[fixed->taken].bound);
	return fixed->rows[fixed->taken++].number;
}

/* Of ROWS, an array of struct fixed_draw. */
#define FIXED(ROWS)                                                                                \
	(struct fixed_draws)                                                                       \
	{                                                                                          \
		.draws = {fixed_below}, .rows = (ROWS), .count = ARRAY_LEN(ROWS)                   \
	}

/* Verifiable draws of a seed that is the same in every run. */
static inline struct fair_draws seeded_draws(void)
{
	static const struct fair_seed seed = {"a seed of the besace unit tests"};
	static const char *const members[] = {"unit-tests"};
	struct fair_draws draws;
	fair_draws_start(&draws, &seed, members, ARRAY_LEN(members), 1);
	return draws;
}

/* How far SEEN is from what COUNT draws with the CHANCES (of TOTAL) bring. A row without a chance
 * must not have been seen. */
static inline double chi_squared(
	const uint64_t *seen, const uint64_t *chances, size_t rows, uint64_t total, uint64_t count)
{
	double sum = 0;
	for (size_t i = 0; i < rows; i++) {
		double expected = (double)chances[i] / (double)total * (double)count;
		if (chances[i] == 0)
			assert_int_equal(seen[i], 0);
		else
			sum += pow((double)seen[i] - expected, 2) / expected;
	}
	return sum;
}

/* What chi-squared of FREEDOM degrees exceeds less than once in a thousand seeds (Wilson and
 * Hilferty's approximation, at most 3 % above the true figure). */
static inline double chi_squared_max(int freedom)
{
	double part = 2.0 / (9.0 * freedom);
	return freedom * pow(1 - part + 3.0902 * sqrt(part), 3);
}
