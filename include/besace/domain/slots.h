/*
 * The machine: three reels that are alike.
 *
 * Draws: three numbers below 100, the reels from left to right. Each falls on the symbol in whose
 * share it lies, in the order of enum symbol: 0–29 is a cherry, …, 98–99 a seven.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/domain/draws.h"
#include "besace/domain/odds.h"

#define SLOTS_REELS 3

enum symbol {
	SYMBOL_CHERRY,
	SYMBOL_LEMON,
	SYMBOL_ORANGE,
	SYMBOL_GRAPES,
	SYMBOL_STAR,
	SYMBOL_DIAMOND,
	SYMBOL_SEVEN,
	SYMBOL_COUNT
};

/* The emoji: "🍒", … "7️⃣". */
const char *symbol_emoji(enum symbol symbol);

struct reels {
	enum symbol at[SLOTS_REELS];
};

struct reels slots_pull(struct draws *draws);

/* Three alike pay 2, 3, 5, 10, 20, 50 or 100×, exactly two alike ⌊1.5×⌋, others nothing. */
int32_t slots_credit(const struct reels *reels, int32_t stake);

/* Three sevens also put a jackpot into the bag. */
bool slots_jackpot(const struct reels *reels);

/* The reels as a receipt keeps them: a digit each, "006" for 🍒🍒7️⃣. */
struct reels_text {
	char text[SLOTS_REELS + 1];
};
struct reels_text slots_format(const struct reels *reels);

/* Reads such a text. False for anything else, *out untouched. */
bool slots_parse(const char *text, struct reels *out);

/* What `what` of a row says, beside the symbols of which three are alike. */
#define SLOTS_PAIR SYMBOL_COUNT
#define SLOTS_NOTHING (SYMBOL_COUNT + 1)

/* Nine rows: three alike of each symbol, exactly two alike, nothing. */
void slots_odds(struct odds *out);
