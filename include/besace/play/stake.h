/* The option "mise" of every game: reading it, and suggesting stakes for it. */
#pragma once

#include "besace/engine/command.h"

/* That option's row. Discord is told one range for all guilds, the widest that one can set; the
 * guild's own is judged under the member's lock. */
/* clang-format off */
#define STAKE_OPTION                                                                               \
	{                                                                                          \
		.name = TEXT_STAKE_NAME, .description = TEXT_STAKE_DESCRIPTION,                    \
		.type = OPTION_INTEGER, .required = true, .min = STAKE_ALLOWED_MIN,                \
		.max = STAKE_ALLOWED_MAX, .lenient = true, .completed = true                       \
	}
/* clang-format on */

/* What was typed there. What no guild may allow comes as one beyond: the range that the guild has
 * refuses it, in the words that name that range. */
int32_t stake_given(const struct invocation *invocation);

/* The complete_ask and complete_answer of such a command. */
enum step stake_complete_ask(struct invocation *invocation, struct db_call *out);
enum step stake_complete_answer(struct invocation *invocation, const struct db_rows *rows);
