/*
 * What a decided game is worth to a member: money, XP, the multiplier.
 *
 * The rules of a game say the CREDIT: what the stake turned into before any multiplier. 0 is a
 * loss, the stake itself a push, more a win; no game has a win that credits the stake or less.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/domain/game.h"

#define WIN_XP 15
#define LOSS_XP 5

enum result { RESULT_LOSS, RESULT_PUSH, RESULT_WIN };

/* game_history.result: "loss", "push", "win". */
const char *result_name(enum result result);

/* Reads such a name. False when it is none. */
bool result_parse(const char *name, enum result *out);

struct payout {
	enum result result;
	int32_t credit; /* what goes to the member: game_history.winnings */
	int32_t gain; /* what is shown: credit − stake, −stake when lost */
	int32_t excess; /* the part of the credit that only the multiplier brought */
	bool multiplied; /* one of the multiplier's won games is used up */
	int xp;
};

/*
 * STAKE is within the limits of the game, CREDIT 0 or from STAKE on and at most 100,000 LC (no game
 * credits more than 25,000: a machine at 250, a full table of the roulette at 500). MULTIPLIER is
 * 2 or 3, or 0 for none. It counts for wins only: in the casino for the credit as it stands, so
 * what was floored before stays floored.
 */
struct payout payout_make(enum game game, int32_t stake, int32_t credit, int multiplier);
