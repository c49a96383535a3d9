/* /casino: games against the house. */
#include "games.h"

#define SUBCOMMAND(NAME, name) &command_##name,
static const struct command *const subcommands[] = {
	GAMES(SUBCOMMAND, NO_GAME, NO_GAME) & command_odds, NULL};
#undef SUBCOMMAND

const struct command command_casino = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_CASINO_NAME,
	.description = TEXT_CASINO_DESCRIPTION,
	.subcommands = subcommands,
};
