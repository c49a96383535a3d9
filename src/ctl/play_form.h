/* What a member chooses in a select, and fills into a form, typed in a local play. */
#pragma once

#include "besace/discord/reply.h"
#include "play_terminal.h"

/* What was chosen, at most Discord's most options of a select. */
struct play_choice {
	size_t count;
	struct play_option values[REPLY_OPTIONS_MAX];
};

/*
 * Reads TEXT as what is chosen in COMPONENT, a select as a message or a form has it: numbers of its
 * options, or names with their signs, with spaces between them; "" keeps what is chosen at first.
 * STATUS_INVALID with a sentence on CTX.
 */
MUST_CHECK enum status play_choose(void *ctx, struct play_names *names, const json_t *component,
	const char *text, struct play_choice *out, char **out_why);

/*
 * Asks for the fields of FORM, the data of the answer that opened it, one after the other. *out has
 * *out_count of them, on CTX. False: it was closed.
 */
MUST_CHECK bool play_fill(void *ctx, struct play_names *names, struct play_terminal *terminal,
	const json_t *form, struct play_input **out, size_t *out_count);
