/* Numbers of plain sources. */
#include "besace/domain/draws.h"

uint32_t draws_below(struct draws *draws, uint32_t bound)
{
	return bound <= 1 ? 0 : draws->below(draws, bound);
}

static uint32_t below_plainly(struct draws *draws, uint32_t bound)
{
	return ((struct plain_draws *)draws)->draw(bound);
}

struct plain_draws draws_plain(draw_fn *draw)
{
	return (struct plain_draws){.draws = {below_plainly}, .draw = draw};
}
