/* The draw of the duel. */
#include "besace/domain/duel.h"

#include "besace/domain/payout.h"

enum side duel_winner(struct draws *draws)
{
	return (enum side)draws_below(draws, SIDE_COUNT);
}

void duel_odds(struct odds *out)
{
	*out = (struct odds){0};
	odds_add(out, (struct odds_row){RESULT_WIN, 1, 4});
	odds_add(out, (struct odds_row){RESULT_LOSS, SIDE_COUNT - 1, 0});
}
