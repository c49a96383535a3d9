/* The commands below /jeu. */
#pragma once

#include "besace/engine/command.h"

extern const struct command command_duel, command_roulette;
