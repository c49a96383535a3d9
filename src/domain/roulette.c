/* The draw of the roulette. */
#include "besace/domain/roulette.h"

#include <stdio.h>

#include "besace/domain/game.h"
#include "besace/domain/payout.h"

int roulette_winner(int count, struct draws *draws)
{
	return (int)draws_below(draws, (uint32_t)count);
}

int32_t roulette_pot(const int32_t *stakes, int count)
{
	int32_t pot = 0;
	for (int i = 0; i < count; i++)
		pot += stakes[i];
	return pot;
}

void roulette_odds(int count, struct odds *out)
{
	*out = (struct odds){0};
	odds_add(out, (struct odds_row){RESULT_WIN, 1, 2 * count});
	odds_add(out, (struct odds_row){RESULT_LOSS, (uint64_t)(count - 1), 0});
}

/* ---- Its row */

static void verify(struct draws *draws, int players, char *out)
{
	snprintf(out, GAME_DRAW_ROOM, "winner player %d of %d", roulette_winner(players, draws) + 1,
		players);
}

extern const struct game_rules rules_roulette;
const struct game_rules rules_roulette = {"roulette", 10, 500, BOOST_GAIN, .verify = verify,
	.verify_min = ROULETTE_PLAYERS_MIN, .verify_max = ROULETTE_PLAYERS_MAX};
