/*
 * What messages, reactions and levels are worth.
 *
 * The figures are decided here. Those that a batch of events needs under the lock of its members
 * (may this message be paid, how many reactions of this message were) go to the routine as
 * parameters; the rewards of levels are written a second time in SQL (besace_level_lc), and a test
 * holds the two together.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/domain/bag.h"

/*
 * A message is paid unless it is within this time of the member's last paid one, by the events'
 * own times. Messages are judged in the order in which they are taken; one that is older than the
 * last paid one (it came late, or through another shim) is within that time as well: it cannot be
 * known which of those in between were paid.
 */
#define MESSAGE_COOLDOWN_MS 60000

/* For the author, for each reactor and emoji. */
#define REACTION_XP 2
/* Most XP that the reactions to one message bring its author. */
#define REACTION_XP_MAX 10

/* XP of a paid message: 1, 2 or 3, each as likely. */
int message_xp(draw_fn *draw);

/* Whether a message at AT_MS is paid, the last paid one being at LAST_MS (negative: none). */
bool message_is_paid(int64_t last_ms, int64_t at_ms);

/* What reaching a level brings, once in a lifetime. */
struct level_reward {
	int32_t lc;
	bool items[ITEM_COUNT]; /* one of each */
};

/* LEVEL from 2; level 1 brings nothing. */
struct level_reward level_reward(int64_t level);
