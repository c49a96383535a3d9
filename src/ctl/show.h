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

/* Most buttons and selects of a message: Discord's most components. */
#define SHOW_MAX_PRESSABLES 40

/* What of a message can be pressed, in the order in which it is drawn. */
struct show_pressables {
	const char *letter; /* of the message: the first has the key "A1" when it is "A" */
	size_t count;
	const json_t *items[SHOW_MAX_PRESSABLES]; /* borrowed from the answer */
};

/* As show_answer, with a key behind each button and select instead of its custom id, and below a
 * select its numbered values. Fills in *PRESSABLES but for its letter. */
char *show_keyed(void *ctx, const json_t *answer, struct show_pressables *pressables);

/* The custom id of the first button of ANSWER that can be pressed, borrowed from it; NULL: none. */
const char *show_first_button(const json_t *answer);

/* TEXT without control characters but line breaks, for a terminal, on CTX. */
char *show_clean(void *ctx, const char *text);
