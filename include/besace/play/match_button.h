/*
 * The buttons of matches, and the game of the command that runs.
 *
 * A custom id's command is the game's type, its subject a match, its number the round that the
 * button is of. The buttons of a play that is over (play/casino.h) carry its owner in the place of
 * the match, what it was staked on as the word, and the stake as the number.
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/engine/custom_id.h"
#include "besace/engine/invocation.h"
#include "besace/store/matches.h"

/* The game whose command runs: its buttons' prefix is the game's type. False for a command that
 * plays none, a defect of its row. */
MUST_CHECK bool match_game(const struct invocation *invocation, enum game *out);

/* The custom id, on CTX, of a button of MATCH; ROUND may be CUSTOM_ID_NO_NUMBER. */
char *match_button_id(void *ctx, const struct match *match, const char *action, int64_t round);
