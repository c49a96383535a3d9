/*
 * Levels: what XP makes of a member.
 *
 * Going from level L to L+1 costs 100·L XP, so level L starts at 50·L·(L−1). The database computes
 * levels by the same formula (besace_level in sql/routines); a test holds the two together.
 */
#pragma once

#include <stdint.h>

#include "besace/domain/bag.h"

/* XP is an INTEGER column: 0 to 2^31 − 1. */
#define XP_MAX INT32_MAX

/* Cells of the progress bar. */
#define LEVEL_BAR_CELLS 20

struct progress {
	int64_t level; /* from 1 */
	int64_t into; /* XP gained inside this level */
	int64_t need; /* XP that this level takes: 100·level */
	int percent; /* ⌊100·into/need⌋, 0 to 99 */
	int filled; /* cells of the bar: ⌊percent/5⌋ */
};

/* What a member has gained by crossing levels. */
struct level_gain {
	int level; /* that was reached; 0: none was crossed */
	int32_t lc;
	int32_t items[ITEM_COUNT];
};

/* XP at which LEVEL starts. LEVEL from 1. */
int64_t level_start(int64_t level);

/* Where XP (0 or more) stands. */
struct progress level_progress(int64_t xp);
