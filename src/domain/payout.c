/* Credits into payments. */
#include "besace/domain/payout.h"

#include <string.h>

#include "besace/base/compiler.h"

static const struct {
	const char *name;
	int xp;
} results[] = {
	[RESULT_LOSS] = {"loss", LOSS_XP},
	[RESULT_PUSH] = {"push", 0},
	[RESULT_WIN] = {"win", WIN_XP},
};

const char *result_name(enum result result)
{
	return results[result].name;
}

bool result_parse(const char *name, enum result *out)
{
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		if (strcmp(results[i].name, name) == 0) {
			*out = (enum result)i;
			return true;
		}
	return false;
}

static enum result result_of(int32_t stake, int32_t credit)
{
	if (credit > stake)
		return RESULT_WIN;
	return credit == stake ? RESULT_PUSH : RESULT_LOSS;
}

/* What a won game's multiplier adds. */
static int32_t excess_of(enum boost boost, int32_t stake, int32_t credit, int multiplier)
{
	switch (boost) {
	case BOOST_NONE:
		break;
	case BOOST_CREDIT:
		return credit * (multiplier - 1);
	case BOOST_GAIN:
		return (credit - stake) * (multiplier - 1);
	}
	return 0;
}

struct payout payout_make(enum game game, int32_t stake, int32_t credit, int multiplier)
{
	enum boost boost = game_rules(game)->boost;
	struct payout payout = {.result = result_of(stake, credit)};
	payout.multiplied = payout.result == RESULT_WIN && boost != BOOST_NONE && multiplier > 1;
	if (payout.multiplied)
		payout.excess = excess_of(boost, stake, credit, multiplier);
	payout.credit = credit + payout.excess;
	payout.gain = payout.credit - stake;
	payout.xp = results[payout.result].xp;
	return payout;
}
