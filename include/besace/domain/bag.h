/*
 * What a member carries, and what an item does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In the order in which the bag shows them. */
enum item { ITEM_JACKPOT, ITEM_X2, ITEM_X3, ITEM_COUNT };

/* Won games for which an activated multiplier counts. */
#define MULTIPLIER_GAMES 2

struct bag {
	int32_t quantity[ITEM_COUNT];
	int32_t uses[ITEM_COUNT]; /* how many were ever used: the next use has that number */
	int multiplier; /* 2 or 3 while one is active, 0 when none is */
	int games_left; /* won games it still counts for */
};

/* The item's name in user_inventory.item_type: "jackpot", "multiplier_x2", "multiplier_x3". */
const char *item_type(enum item item);

/* Reads such a name. False when it is none. */
bool item_parse(const char *type, enum item *out);

/* What an activated ITEM multiplies by: 2 or 3; 0 for what is no multiplier. */
int item_multiplier(enum item item);

/* Returns a uniform number below BOUND: randombytes_uniform, or a test's own. */
typedef uint32_t draw_fn(uint32_t bound);

/* LC that an opened jackpot holds: 25 (50 %), 50 (35 %) or 100 (15 %). */
int32_t jackpot_draw(draw_fn *draw);
