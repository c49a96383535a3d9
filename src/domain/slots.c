/* The symbols of the machine. */
#include "besace/domain/slots.h"
#include <stdio.h>
#include <string.h>

#include "besace/domain/game.h"

/* Shares of SHARES; what three alike pay, in halves. */
static const struct {
	const char *emoji;
	uint32_t share;
	int halves;
} symbols[SYMBOL_COUNT] = {
	[SYMBOL_CHERRY] = {"🍒", 30, 4},
	[SYMBOL_LEMON] = {"🍋", 25, 6},
	[SYMBOL_ORANGE] = {"🍊", 20, 10},
	[SYMBOL_GRAPES] = {"🍇", 15, 20},
	[SYMBOL_STAR] = {"⭐", 5, 40},
	[SYMBOL_DIAMOND] = {"💎", 3, 100},
	[SYMBOL_SEVEN] = {"7️⃣", 2, 200},
};

#define SHARES 100
#define PAIR_HALVES 3

const char *symbol_emoji(enum symbol symbol)
{
	return symbols[symbol].emoji;
}

static enum symbol pull_reel(struct draws *draws)
{
	uint32_t drawn = draws_below(draws, SHARES);
	int symbol = 0;
	for (; symbol < SYMBOL_COUNT - 1 && drawn >= symbols[symbol].share; symbol++)
		drawn -= symbols[symbol].share;
	return (enum symbol)symbol;
}

struct reels slots_pull(struct draws *draws)
{
	struct reels reels;
	for (int i = 0; i < SLOTS_REELS; i++)
		reels.at[i] = pull_reel(draws);
	return reels;
}

/* The symbol of which all are, or SLOTS_PAIR, or SLOTS_NOTHING. */
static int line_of(const struct reels *reels)
{
	bool first = reels->at[0] == reels->at[1];
	bool second = reels->at[1] == reels->at[2];
	if (first && second)
		return (int)reels->at[0];
	return first || second || reels->at[0] == reels->at[2] ? SLOTS_PAIR : SLOTS_NOTHING;
}

static int halves_of(int line)
{
	if (line < SYMBOL_COUNT)
		return symbols[line].halves;
	return line == SLOTS_PAIR ? PAIR_HALVES : 0;
}

int32_t slots_credit(const struct reels *reels, int32_t stake)
{
	return odds_credit(stake, halves_of(line_of(reels)));
}

bool slots_jackpot(const struct reels *reels)
{
	return line_of(reels) == SYMBOL_SEVEN;
}

struct reels_text slots_format(const struct reels *reels)
{
	struct reels_text text = {0};
	for (int i = 0; i < SLOTS_REELS; i++)
		text.text[i] = (char)('0' + (int)reels->at[i]);
	return text;
}

bool slots_parse(const char *text, struct reels *out)
{
	struct reels reels;
	if (strnlen(text, SLOTS_REELS + 1) != SLOTS_REELS)
		return false;
	for (int i = 0; i < SLOTS_REELS; i++) {
		if (text[i] < '0' || text[i] >= '0' + SYMBOL_COUNT)
			return false;
		reels.at[i] = (enum symbol)(text[i] - '0');
	}
	*out = reels;
	return true;
}

/* In how many ways the reels fall into a line, of SHARES³. */
static uint64_t ways_of(int line)
{
	uint64_t ways = 0;
	for (int i = 0; i < SYMBOL_COUNT * SYMBOL_COUNT * SYMBOL_COUNT; i++) {
		struct reels reels = {{(enum symbol)(i % SYMBOL_COUNT),
			(enum symbol)(i / SYMBOL_COUNT % SYMBOL_COUNT),
			(enum symbol)(i / SYMBOL_COUNT / SYMBOL_COUNT)}};
		if (line_of(&reels) == line)
			ways += (uint64_t)symbols[reels.at[0]].share * symbols[reels.at[1]].share *
				symbols[reels.at[2]].share;
	}
	return ways;
}

void slots_odds(struct odds *out)
{
	*out = (struct odds){0};
	for (int line = 0; line <= SLOTS_NOTHING; line++)
		odds_add(out, (struct odds_row){line, ways_of(line), halves_of(line)});
}

/* ---- Its row */

static void verify(struct draws *draws, int players, char *out)
{
	(void)players;
	struct reels reels = slots_pull(draws);
	snprintf(out, GAME_DRAW_ROOM, "reels %s %s %s", symbol_emoji(reels.at[0]),
		symbol_emoji(reels.at[1]), symbol_emoji(reels.at[2]));
}

extern const struct game_rules rules_slots;
const struct game_rules rules_slots = {"machine", 5, 250, BOOST_CREDIT, .house = true,
	.verify = verify, .verify_min = 1, .verify_max = 1};
