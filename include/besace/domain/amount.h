/*
 * Amounts as members type them, and amounts to suggest to them.
 *
 * What is read, with spaces around it:
 * - "tout", "all": the whole balance; "moitié", "moitie", "half": half of it, floored; both at most
 *   what may be staked; in either case of letters, the é composed or not;
 * - digits, or digits in groups of three with one space between: "10000", "10 000"; a space is
 *   U+0020, U+00A0, U+2007, U+2009 or U+202F;
 * - such a number with "k" after it, thousands: "10k", "10 k", and then with one or two decimals
 *   behind a comma or a point: "1,5k", "1.25k". Three could be thousands in the other language.
 * Anything else is refused: signs, "1,500", "1e3", "0x10", other scripts' digits, needless zeros.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/domain/game.h"
#include "besace/domain/money.h"

#define AMOUNT_MAX BALANCE_MAX

/* Bytes of a text that is looked at: no amount with all its spaces is longer. */
#define AMOUNT_TEXT_MAX 64

enum amount_answer {
	AMOUNT_READ,
	AMOUNT_NONE, /* no amount */
	AMOUNT_TOO_LARGE, /* a number above AMOUNT_MAX */
};

/*
 * Reads TEXT of a member with BALANCE, of which MOST may be staked (AMOUNT_MAX: no limit but the
 * balance). *out is 0 to AMOUNT_MAX and set only when AMOUNT_READ is returned. A number is
 * neither compared with MOST nor with BALANCE: that is the caller's to judge.
 */
MUST_CHECK enum amount_answer amount_parse(
	const char *text, int64_t balance, int32_t max, int32_t *out);

enum suggestion_kind {
	SUGGEST_TYPED, /* what the member has typed so far */
	SUGGEST_ROUND, /* 10, 50, 100 */
	SUGGEST_MIN, /* the lowest stake, where none of those can be played below it */
	SUGGEST_HALF,
	SUGGEST_ALL, /* the balance */
	SUGGEST_MAX, /* the highest stake, when the balance is above it */
};

struct suggestion {
	enum suggestion_kind kind;
	int32_t amount;
};

#define SUGGESTIONS_MAX 7

/*
 * Suggests stakes from MIN to MAX to a member with BALANCE, for what they have TYPED (or NULL):
 * that itself first when it is such a stake, then the round ones, half, all; each amount once. An
 * amount that is half or all of the balance says so. Returns how many; 0 when the balance is below
 * MIN.
 */
size_t amount_suggest(const char *typed, int64_t balance, int32_t min, int32_t max,
	struct suggestion out[SUGGESTIONS_MAX]);
