/* The commands that play, by the table of games. */
#pragma once

#include "besace/domain/game_list.h"
#include "besace/engine/command.h"

#define GAME_COMMAND(NAME, name) extern const struct command command_##name;
ALL_GAMES(GAME_COMMAND)
#undef GAME_COMMAND

/* /casino cotes, which plays nothing. */
extern const struct command command_odds;
