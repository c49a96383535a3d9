/* The arithmetic of odds. */
#include "besace/domain/odds.h"

#define TEN_THOUSAND 10000

void odds_add(struct odds *odds, struct odds_row row)
{
	odds->rows[odds->count++] = row;
	odds->total += row.ways;
}

/* PART of WHOLE in ten-thousandths. */
static int share(uint64_t part, uint64_t whole)
{
	return (int)((part * TEN_THOUSAND + whole / 2) / whole);
}

int odds_chance(const struct odds *odds, size_t row)
{
	return share(odds->rows[row].ways, odds->total);
}

int odds_return(const struct odds *odds)
{
	uint64_t halves = 0;
	for (size_t i = 0; i < odds->count; i++)
		halves += odds->rows[i].ways * (uint64_t)odds->rows[i].halves;
	return share(halves, 2 * odds->total);
}

int32_t odds_credit(int32_t stake, int halves)
{
	return stake * halves / 2;
}
