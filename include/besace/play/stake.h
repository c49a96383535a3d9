/* The option "mise" of every game, and suggesting stakes for it. */
#pragma once

#include "besace/play/match.h"

/* That option's row; the range is that of domain/game.c, a test holds the two together. */
#define STAKE_OPTION(its_least, its_most)                                                          \
	{                                                                                          \
		.name = TEXT_STAKE_NAME, .about = TEXT_STAKE_ABOUT, .type = OPTION_INTEGER,        \
		.required = true, .least = (its_least), .most = (its_most), .completed = true      \
	}

/* The complete_ask and complete_answer of such a command. */
enum step stake_complete_ask(struct invocation *invocation, struct db_call *out);
enum step stake_complete_answer(struct invocation *invocation, const struct db_rows *rows);
