/* The draw of the roulette. */
#include "besace/domain/roulette.h"

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
