/* /jeu: games with the other members of the channel. */
#include "games.h"

#define SUBCOMMAND(NAME, name) &command_##name,
static const struct command *const subcommands[] = {GAMES(NO_GAME, SUBCOMMAND, NO_GAME) NULL};
#undef SUBCOMMAND

const struct command command_jeu = {
	.type = COMMAND_CHAT_INPUT,
	.guild_only = true,
	.name = TEXT_JEU_NAME,
	.description = TEXT_JEU_DESCRIPTION,
	.subcommands = subcommands,
};
