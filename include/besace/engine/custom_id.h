/*
 * Custom ids of buttons and modals: what a press says, in one grammar for all commands.
 *
 *	COMMAND:VERSION:ACTION[:FIELD]…
 *
 * COMMAND is the command's `button_prefix`, by which the engine finds it; ACTION is the command's
 * own word. A field is a letter and its value; each stands at most once, in the order of the
 * members of struct custom_id. Numbers and ids are in base 36, which keeps four snowflakes within
 * Discord's 100 characters.
 *
 * Anybody can send any custom id: the reader takes what the writer would have written and nothing
 * else, and what a press may do is decided by the database, never by its id. An action or a field
 * that changes its meaning gets another name, so that a button of an old message is refused.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"

/* The version of the grammar. The reader refuses every other. */
#define CUSTOM_ID_VERSION "3"

/* Characters of a command's prefix, an action or a word. The longest in use has 14. */
#define CUSTOM_ID_WORD_MAX 20

/* Value of a number that is absent. */
#define CUSTOM_ID_NO_NUMBER (-1)

/* Room for a word and its final NUL; empty: absent. */
struct custom_id_word {
	char text[CUSTOM_ID_WORD_MAX + 1];
};

struct custom_id {
	struct custom_id_word command; /* a–z, 0–9 and "_", as all words */
	struct custom_id_word action;
	/* Snowflakes with an empty text are absent. */
	struct snowflake owner; /* o: the only member who may press */
	struct snowflake subject; /* s: a match, or the interaction that asked */
	struct snowflake member; /* m: another member */
	struct snowflake guild; /* g: the server that it counts in; only in a direct message */
	int64_t number; /* n: 0 or more, or CUSTOM_ID_NO_NUMBER */
	int64_t time; /* t: since 1970, in the command's unit, or CUSTOM_ID_NO_NUMBER */
	struct custom_id_word word; /* w */
};

/* A custom id of COMMAND and ACTION without any field. */
struct custom_id custom_id_make(const char *command, const char *action);

/* TEXT as a word. What is no word becomes one that custom_id_write refuses. */
struct custom_id_word custom_id_word(const char *text);

/*
 * ID as text, on CTX. Empty, which no reply takes, when a member of ID is none of its kind or the
 * whole has more than 100 characters: a defect of the command.
 */
char *custom_id_write(void *ctx, const struct custom_id *id);

/* Reads TEXT. False when it is no custom id of this version; *out is then untouched. */
MUST_CHECK bool custom_id_read(const char *text, struct custom_id *out);
