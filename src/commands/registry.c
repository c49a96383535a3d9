/* The commands of Besace: the one list that registration, routing and help read. */
#include "besace/engine/command.h"

#include "games.h"

#define TOP_GAME(NAME, name) &command_##name,

const struct command *const commands[] = {
	&command_lc,
	&command_niveau,
	&command_sac,
	&command_don,
	&command_cadeau,
	&command_historique,
	&command_stats,
	&command_classement,
	&command_casino,
	&command_jeu,
	GAMES(NO_GAME, NO_GAME, TOP_GAME) & command_hasard,
	&command_gains,
	&command_recompenses,
	&command_limite,
	&command_annonces,
	&command_mes_donnees,
	&command_aide,
	&command_see_level,
	&command_see_balance,
	&command_admin,
	&command_reglages,
	NULL,
};
