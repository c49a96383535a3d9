/* The option "mise" of every game, and suggesting stakes for it. */
#pragma once

#include "besace/engine/command.h"

/* That option's row; the range is that of the game's rules, a test holds the two together. */
#define STAKE_OPTION(its_min, its_max)                                                             \
	{                                                                                          \
		.name = TEXT_STAKE_NAME, .about = TEXT_STAKE_ABOUT, .type = OPTION_INTEGER,        \
		.required = true, .least = (its_min), .most = (its_max), .completed = true         \
	}

/* The complete_ask and complete_answer of such a command. */
enum step stake_complete_ask(struct invocation *invocation, struct db_call *out);
enum step stake_complete_answer(struct invocation *invocation, const struct db_rows *rows);
