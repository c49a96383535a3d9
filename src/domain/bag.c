/* Items and jackpots. */
#include "besace/domain/bag.h"

#include <stddef.h>
#include <string.h>

#include "besace/base/compiler.h"

static const struct {
	const char *type;
	int multiplier;
} items[ITEM_COUNT] = {
	[ITEM_JACKPOT] = {"jackpot", 0},
	[ITEM_X2] = {"multiplier_x2", 2},
	[ITEM_X3] = {"multiplier_x3", 3},
};

/* Weights of 100. */
static const struct {
	uint32_t weight;
	int32_t reward;
} jackpots[] = {{50, 25}, {35, 50}, {15, 100}};

const char *item_type(enum item item)
{
	return items[item].type;
}

bool item_parse(const char *type, enum item *out)
{
	for (int i = 0; i < ITEM_COUNT; i++)
		if (strcmp(items[i].type, type) == 0) {
			*out = (enum item)i;
			return true;
		}
	return false;
}

int item_multiplier(enum item item)
{
	return items[item].multiplier;
}

int32_t jackpot_draw(draw_fn *draw)
{
	uint32_t drawn = draw(100);
	size_t i = 0;
	for (; i < ARRAY_LEN(jackpots) - 1 && drawn >= jackpots[i].weight; i++)
		drawn -= jackpots[i].weight;
	return jackpots[i].reward;
}
