/* Answers to interactions as text: what a member would see in Discord, readable in a terminal. */
#pragma once

#include <jansson.h>

/*
 * ANSWER, a whole callback, as lines of text on CTX, each ending in a newline. Markdown stays as it
 * is written, but for the backslashes that escape; control characters are replaced. A button is
 *
 *	[ 🎁 Ouvrir (3) ]  CUSTOM_ID
 */
char *show_answer(void *ctx, const json_t *answer);

/* The custom id of the first button of ANSWER that can be pressed, borrowed from it; NULL: none. */
const char *show_first_button(const json_t *answer);

/* TEXT without control characters but line breaks, for a terminal, on CTX. */
char *show_clean(void *ctx, const char *text);
