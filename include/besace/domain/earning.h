/*
 * What messages, reactions and levels are worth.
 *
 * The figures that a guild can change are settings (domain/settings.h). What a batch of events
 * needs under the lock of its members is written a second time in SQL (besace_events_earn,
 * besace_xp_scale), as are the rewards of levels (besace_level_lc); tests hold the two together.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/domain/bag.h"

/*
 * Factors are percents: 150 is ×1.5. The product of three, in millionths, is held to XP_FACTOR_MIN
 * and XP_FACTOR_MAX.
 */
#define XP_FACTOR_MIN 10000 /* ×0.01 */
#define XP_FACTOR_MAX 20000000 /* ×20 */

/* What an earning is worth: ⌊BASE · role · place · rate⌋, at least 1 for a base of at least 1. A
 * role or place of 0 earns nothing. */
int32_t xp_scale(int32_t base, int role_percent, int place_percent, int rate_percent);

/* A message's draw is uniform below this; it is scaled to what messages earn in the guild. */
#define XP_DRAWS (UINT32_C(1) << 30)

/* What DRAW makes of a message that earns MIN to MAX, each as likely. */
int32_t message_xp(int32_t min, int32_t max, uint32_t draw);

/*
 * Whether a message at AT_MS is paid, the last paid one being at LAST_MS (negative: none): unless
 * it is within the cooldown, by the events' own times. Messages are judged in the order in which
 * they are taken; one that is older than the last paid one (it came late, or through another shim)
 * is within the cooldown as well: it cannot be known which of those in between were paid.
 */
bool message_is_paid(int64_t last_ms, int64_t at_ms, int64_t cooldown_ms);

/* What reaching a level brings, once in a lifetime. */
struct level_reward {
	int32_t lc;
	bool items[ITEM_COUNT]; /* one of each */
};

/* LEVEL from 2; level 1 brings nothing. */
struct level_reward level_reward(int64_t level);
