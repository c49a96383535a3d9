/* /jeu: games with the other members of the channel. */
#include "jeu.h"

static const struct command *const subcommands[] = {&command_duel, &command_roulette, NULL};

const struct command command_jeu = {
	.type = COMMAND_CHAT_INPUT,
	.guild_only = true,
	.name = TEXT_JEU_NAME,
	.about = TEXT_JEU_ABOUT,
	.subcommands = subcommands,
};
