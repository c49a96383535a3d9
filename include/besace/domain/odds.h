/*
 * Odds that members are shown, in whole numbers and of the same tables that the games draw from.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* More than any game has. */
#define ODDS_ROWS_MAX 12

/* One way in which a game can end. */
struct odds_row {
	int what; /* the game's own: a colour, a line of reels */
	uint64_t ways; /* of the total */
	int halves; /* what the stake is multiplied by, in halves: 3 is 1.5× */
};

struct odds {
	struct odds_row rows[ODDS_ROWS_MAX];
	size_t count;
	uint64_t total; /* all ways; the rows add up to it */
};

/* Adds a row and its ways to the total. */
void odds_add(struct odds *odds, struct odds_row row);

/* Chance of a row, and what comes back of a stake on average, both in ten-thousandths and rounded
 * to the nearest. Stakes that are no multiple of 2 get a little less where halves are floored. */
int odds_chance(const struct odds *odds, size_t row);
int odds_return(const struct odds *odds);

/* ⌊STAKE × HALVES / 2⌋. */
int32_t odds_credit(int32_t stake, int halves);
