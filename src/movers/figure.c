/* Reads the numbers that other bots write. */
#include "besace/movers/figure.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *figure_name(enum figure figure)
{
	static const char *const names[FIGURE_COUNT] = {[FIGURE_XP] = "xp",
		[FIGURE_LEVEL] = "level",
		[FIGURE_MESSAGES] = "messages",
		[FIGURE_VOICE] = "voice_seconds",
		[FIGURE_INVITES] = "invites",
		[FIGURE_BALANCE] = "balance",
		[FIGURE_JACKPOTS] = "jackpots",
		[FIGURE_X2] = "x2",
		[FIGURE_X3] = "x3"};
	return names[figure];
}

const char *refusal_text(enum refusal refusal)
{
	static const char *const texts[REFUSAL_COUNT] = {
		[REFUSAL_NONE] = "is fine",
		[REFUSAL_NO_ID] = "has no Discord id",
		[REFUSAL_NOT_INTEGER] = "is not a whole number",
		[REFUSAL_TOO_LARGE] = "is beyond 2,147,483,647",
		[REFUSAL_NAN] = "is not a finite number",
		[REFUSAL_BOT] = "is a bot",
		[REFUSAL_NO_LEVEL] = "has no level",
		[REFUSAL_SHAPE] = "is not what a row of this source looks like",
		[REFUSAL_DUPLICATE] = "stands in another row, which has more",
		[REFUSAL_BELOW_LEVEL] = "is below the minimum level",
		[REFUSAL_LEFT] = "has left the server",
		[REFUSAL_NOBODY] = "names somebody who is not imported",
		[REFUSAL_AMOUNT] = "is no movement of 1 or more between two parties",
		[REFUSAL_UNKNOWN_TYPE] = "is of a type that Besace does not have",
		[REFUSAL_ERASED] = "was erased after the import began",
		[REFUSAL_NEGATIVE] = "is negative: 0 in its place",
		[REFUSAL_NAME] = "is no name that can be kept: left out",
		[REFUSAL_RETYPED] = "is of another type: kept as an opening row",
		[REFUSAL_RETURNED] = "is a second active multiplier: back in the bag",
	};
	return texts[refusal];
}

const char *refusal_word(enum refusal refusal)
{
	static const char *const words[REFUSAL_COUNT] = {[REFUSAL_NONE] = "none",
		[REFUSAL_NO_ID] = "no_id",
		[REFUSAL_NOT_INTEGER] = "not_integer",
		[REFUSAL_TOO_LARGE] = "too_large",
		[REFUSAL_NAN] = "nan",
		[REFUSAL_BOT] = "bot",
		[REFUSAL_NO_LEVEL] = "no_level",
		[REFUSAL_SHAPE] = "shape",
		[REFUSAL_DUPLICATE] = "duplicate",
		[REFUSAL_BELOW_LEVEL] = "below_level",
		[REFUSAL_LEFT] = "left",
		[REFUSAL_NOBODY] = "nobody",
		[REFUSAL_AMOUNT] = "amount",
		[REFUSAL_UNKNOWN_TYPE] = "unknown_type",
		[REFUSAL_ERASED] = "erased",
		[REFUSAL_NEGATIVE] = "negative",
		[REFUSAL_NAME] = "name",
		[REFUSAL_RETYPED] = "retyped",
		[REFUSAL_RETURNED] = "returned"};
	return words[refusal];
}

/* "-12", "12.5", "1e3": what stands where a number may end. */
static const char *skip_digits(const char *at)
{
	while (isdigit((unsigned char)*at))
		at++;
	return at;
}

/* Whether TEXT, after its sign, is written as JSON writes numbers; leading zeros are no matter. */
static bool is_number(const char *text, bool *out_whole)
{
	const char *at = skip_digits(text);
	*out_whole = true;
	if (at == text)
		return false;
	if (*at == '.') {
		*out_whole = false;
		const char *fraction = ++at;
		at = skip_digits(at);
		if (at == fraction)
			return false;
	}
	if (*at == 'e' || *at == 'E') {
		*out_whole = false;
		at++;
		at += *at == '+' || *at == '-';
		const char *exponent = at;
		at = skip_digits(at);
		if (at == exponent)
			return false;
	}
	return *at == '\0';
}

static bool is_no_number(const char *text)
{
	/* The last two are what the reader of JSON makes of a bare NaN and Infinity. */
	static const char *const words[] = {"nan", "inf", "infinity", "∞", "n", "infini"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static enum refusal parse_real(const char *text, bool may_cut, double *out)
{
	double value = strtod(text, NULL);
	if (!isfinite(value))
		return REFUSAL_TOO_LARGE;
	*out = floor(value);
	return *out != value && !may_cut ? REFUSAL_NOT_INTEGER : REFUSAL_NONE;
}

enum refusal figure_parse(const char *text, bool floor, int64_t *out)
{
	bool whole, negative = *text == '-';
	const char *digits = text + (*text == '-' || *text == '+');
	if (is_no_number(digits))
		return REFUSAL_NAN;
	if (!is_number(digits, &whole))
		return REFUSAL_NOT_INTEGER;
	double real = 0;
	if (!whole) {
		enum refusal refusal = parse_real(digits, floor, &real);
		if (refusal)
			return refusal;
	} else {
		real = strtod(digits, NULL); /* exact far beyond an INTEGER */
	}
	if (real > INT32_MAX)
		return REFUSAL_TOO_LARGE;
	*out = negative ? -(int64_t)real : (int64_t)real;
	return REFUSAL_NONE;
}
