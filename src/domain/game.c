/* Finds the rules of a game. */
#include "besace/domain/game.h"

#include <string.h>

#define GAME_RULES(NAME, name) extern const struct game_rules rules_##name;
ALL_GAMES(GAME_RULES)
#undef GAME_RULES

#define GAME_ROW(NAME, name) [GAME_##NAME] = &rules_##name,
static const struct game_rules *const games[GAME_COUNT] = {ALL_GAMES(GAME_ROW)};
#undef GAME_ROW

const struct game_rules *game_rules(enum game game)
{
	return games[game];
}

bool game_parse(const char *type, enum game *out)
{
	for (int i = 0; i < GAME_COUNT; i++)
		if (strcmp(games[i]->type, type) == 0) {
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

bool stake_is_possible(int64_t stake)
{
	return stake >= STAKE_ALLOWED_MIN && stake <= STAKE_ALLOWED_MAX;
}
