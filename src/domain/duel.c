/* The draw of the duel. */
#include "besace/domain/duel.h"

#include <stdio.h>

#include "besace/domain/payout.h"

enum side duel_winner(struct draws *draws)
{
	return (enum side)draws_below(draws, SIDE_COUNT);
}

int duel_phrase(struct draws *draws)
{
	return (int)draws_below(draws, DUEL_PHRASES);
}

void duel_odds(struct odds *out)
{
	*out = (struct odds){0};
	odds_add(out, (struct odds_row){RESULT_WIN, 1, 4});
	odds_add(out, (struct odds_row){RESULT_LOSS, SIDE_COUNT - 1, 0});
}

/* ---- Its row */

static void verify(struct draws *draws, int players, char *out)
{
	(void)players;
	const char *winner = duel_winner(draws) == SIDE_CHALLENGER ? "challenger" : "opponent";
	snprintf(out, GAME_DRAW_ROOM, "winner %s\nphrase %d of %d", winner, duel_phrase(draws) + 1,
		DUEL_PHRASES);
}

extern const struct game_rules rules_duel;
const struct game_rules rules_duel = {"duel", 10, 1000, BOOST_GAIN, .challenge = true,
	.verify = verify, .verify_min = SIDE_COUNT, .verify_max = SIDE_COUNT};
