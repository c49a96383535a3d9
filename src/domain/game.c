/* The table of the games. */
#include "besace/domain/game.h"

#include <string.h>

static const struct game_rules games[GAME_COUNT] = {
	[GAME_WHEEL] = {"roue", 10, 500, BOOST_CREDIT, .house = true},
	[GAME_BLACKJACK] = {"blackjack", 10, 1000, BOOST_CREDIT, .house = true,
		.turn_seconds = BLACKJACK_SECONDS},
	[GAME_SLOTS] = {"machine", 5, 250, BOOST_CREDIT, .house = true},
	[GAME_DUEL] = {"duel", 10, 1000, BOOST_GAIN, .challenge = true},
	[GAME_ROULETTE] = {"roulette", 10, 500, BOOST_GAIN},
	[GAME_RPS] = {"pfc", 10, 1000, BOOST_NONE, .challenge = true, .turn_seconds = TURN_SECONDS},
	[GAME_BULLETS] = {"007", 10, 1000, BOOST_NONE, .challenge = true,
		.turn_seconds = TURN_SECONDS},
	[GAME_RACE21] = {"c21", 10, 1000, BOOST_NONE, .challenge = true,
		.turn_seconds = TURN_SECONDS},
};

const struct game_rules *game_rules(enum game game)
{
	return &games[game];
}

bool game_parse(const char *type, enum game *out)
{
	for (int i = 0; i < GAME_COUNT; i++)
		if (strcmp(games[i].type, type) == 0) {
			*out = (enum game)i;
			return true;
		}
	return false;
}

const char *game_state_body(const char *text, const char *version)
{
	size_t length = strlen(version);
	return strncmp(text, version, length) == 0 ? text + length : NULL;
}

enum stake_answer stake_check(enum game game, int64_t stake, int64_t balance)
{
	if (stake < games[game].least)
		return STAKE_TOO_LOW;
	if (stake > games[game].most)
		return STAKE_TOO_HIGH;
	return stake > balance ? STAKE_ABOVE_BALANCE : STAKE_FINE;
}
