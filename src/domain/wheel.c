/* The colours of the wheel. */
#include "besace/domain/wheel.h"
#include <stdio.h>
#include <string.h>

#include "besace/domain/game.h"

static const struct {
	const char *name;
	int halves; /* what a bet on it pays */
} colours[WHEEL_COLOURS] = {
	[WHEEL_GREEN] = {"vert", 72},
	[WHEEL_RED] = {"rouge", 4},
	[WHEEL_BLACK] = {"noir", 4},
};

const char *wheel_colour_name(enum wheel_colour colour)
{
	return colours[colour].name;
}

bool wheel_colour_parse(const char *name, enum wheel_colour *out)
{
	for (int i = 0; i < WHEEL_COLOURS; i++)
		if (strcmp(colours[i].name, name) == 0) {
			*out = (enum wheel_colour)i;
			return true;
		}
	return false;
}

int wheel_spin(struct draws *draws)
{
	return (int)draws_below(draws, WHEEL_POCKETS);
}

enum wheel_colour wheel_colour_of(int pocket)
{
	if (pocket == 0)
		return WHEEL_GREEN;
	return pocket % 2 == 1 ? WHEEL_RED : WHEEL_BLACK;
}

int32_t wheel_credit(enum wheel_colour bet, int pocket, int32_t stake)
{
	return wheel_colour_of(pocket) == bet ? odds_credit(stake, colours[bet].halves) : 0;
}

void wheel_odds(enum wheel_colour bet, struct odds *out)
{
	uint64_t won = 0;
	for (int pocket = 0; pocket < WHEEL_POCKETS; pocket++)
		won += wheel_colour_of(pocket) == bet;
	*out = (struct odds){0};
	odds_add(out, (struct odds_row){(int)bet, won, colours[bet].halves});
	odds_add(out, (struct odds_row){WHEEL_COLOURS, WHEEL_POCKETS - won, 0});
}

/* ---- Its row */

static void verify(struct draws *draws, int players, char *out)
{
	(void)players;
	int pocket = wheel_spin(draws);
	snprintf(out, GAME_DRAW_ROOM, "pocket %d, %s", pocket,
		wheel_colour_name(wheel_colour_of(pocket)));
}

extern const struct game_rules rules_wheel;
const struct game_rules rules_wheel = {"roue", 10, 500, BOOST_CREDIT, .house = true,
	.verify = verify, .verify_min = 1, .verify_max = 1};
