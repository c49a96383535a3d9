/*
 * The figures of a member that an import brings, and how the text of one is read.
 *
 * Sources write numbers as numbers and as texts, with a point or without. What is no whole number
 * that an INTEGER column holds is refused; a negative one is for the caller to make 0 of.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum figure {
	FIGURE_XP,
	FIGURE_LEVEL, /* of the source's curve */
	FIGURE_MESSAGES,
	FIGURE_VOICE, /* seconds */
	FIGURE_INVITES,
	FIGURE_BALANCE,
	FIGURE_JACKPOTS,
	FIGURE_X2,
	FIGURE_X3,
	FIGURE_COUNT
};

/* The name for reports: "xp", "voice_seconds", … */
const char *figure_name(enum figure figure);

/* Why a row, or a part of one, is not imported as it stands. */
enum refusal {
	REFUSAL_NONE,
	/* The row is left out. */
	REFUSAL_NO_ID,
	REFUSAL_NOT_INTEGER,
	REFUSAL_TOO_LARGE, /* beyond what an INTEGER holds */
	REFUSAL_NAN, /* no number at all, or an infinite one */
	REFUSAL_BOT,
	REFUSAL_NO_LEVEL, /* --by level, and the row has none */
	REFUSAL_SHAPE, /* not what the source's rows look like */
	REFUSAL_DUPLICATE, /* another row of the same member has more */
	REFUSAL_BELOW_LEVEL, /* --minimum-level */
	REFUSAL_LEFT, /* --leavers skip */
	REFUSAL_NOBODY, /* history of somebody who is not imported */
	REFUSAL_AMOUNT, /* a ledger row of less than 1 */
	REFUSAL_UNKNOWN_TYPE, /* of an item or a match */
	REFUSAL_ERASED, /* the member, after the import began */
	/* The row is imported, with a change. */
	REFUSAL_NEGATIVE, /* 0 in its place */
	REFUSAL_NAME, /* without its name */
	REFUSAL_RETYPED, /* as an opening row */
	REFUSAL_RETURNED, /* a second active multiplier, back in the bag */
	REFUSAL_COUNT
};

/* The first of those that leave the row in. */
#define REFUSAL_FIRST_CHANGE REFUSAL_NEGATIVE

/* A sentence's end: "is not a whole number". */
const char *refusal_text(enum refusal refusal);

/* A word that stands for it where it is kept: "not_integer". Static. */
const char *refusal_word(enum refusal refusal);

/* Reads TEXT. With FLOOR a fraction is cut off, else it is refused. *out may be negative. */
enum refusal figure_parse(const char *text, bool floor, int64_t *out);
