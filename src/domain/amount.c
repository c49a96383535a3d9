/* Reading amounts, suggesting amounts. */
#include "besace/domain/amount.h"

#include <ctype.h>
#include <string.h>

#include "besace/base/utf8.h"

#define ACUTE 0x301u /* combining */

static bool is_space(uint32_t c)
{
	return c == ' ' || c == 0xA0 || c == 0x2007 || c == 0x2009 || c == 0x202F;
}

/* The ASCII character that C is read as: lower case, plain space, é as e; 0 when it is none. */
static char plain(uint32_t c)
{
	if (is_space(c))
		return ' ';
	if (c == 0xE9 || c == 0xC9)
		return 'e';
	return c > ' ' && c < 0x7F ? (char)tolower((int)c) : '\0';
}

/* Writes TEXT in plain characters, without spaces at its ends. False when it has others. */
static bool simplify(const char *text, char out[AMOUNT_TEXT_MAX + 1])
{
	size_t length = 0;
	if (strnlen(text, AMOUNT_TEXT_MAX + 1) > AMOUNT_TEXT_MAX)
		return false;
	for (uint32_t c; (c = utf8_next(&text)) != 0;) {
		char before = length > 0 ? out[length - 1] : '\0';
		if (c == ACUTE && before == 'e')
			continue;
		if (!plain(c))
			return false;
		if (length > 0 || plain(c) != ' ')
			out[length++] = plain(c);
	}
	while (length > 0 && out[length - 1] == ' ')
		length--;
	out[length] = '\0';
	return true;
}

/* The sum that TEXT names, of BALANCE; negative when it is no such word. */
static int64_t read_word(const char *text, int64_t balance)
{
	static const struct {
		const char *word;
		int part;
	} words[] = {{"tout", 1}, {"all", 1}, {"moitie", 2}, {"half", 2}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, text) == 0)
			return balance / words[i].part;
	return -1;
}

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* Appends COUNT digits at *TEXT to VALUE; stays above AMOUNT_MAX once it is. */
static int64_t read_digits(const char **text, size_t count, int64_t value)
{
	for (; count > 0; count--, (*text)++)
		if (value <= AMOUNT_MAX)
			value = 10 * value + (**text - '0');
	return value;
}

/* Reads digits, perhaps in groups of three. Negative when there are none. */
static int64_t read_whole(const char **text)
{
	size_t first = count_digits(*text);
	if (first == 0 || (first > 1 && **text == '0'))
		return -1;
	bool zero = **text == '0';
	int64_t value = read_digits(text, first, 0);
	while (first <= 3 && !zero && **text == ' ' && count_digits(*text + 1) == 3) {
		(*text)++;
		value = read_digits(text, 3, value);
	}
	return value;
}

/* Reads a comma or point and one or two decimals, if they are there: hundredths. Negative when
 * they are written otherwise. */
static int64_t read_decimals(const char **text)
{
	if (**text != ',' && **text != '.')
		return 0;
	(*text)++;
	size_t count = count_digits(*text);
	if (count < 1 || count > 2)
		return -1;
	int64_t value = read_digits(text, count, 0);
	return count == 1 ? 10 * value : value;
}

/* Negative when TEXT is no number. */
static int64_t read_number(const char *text)
{
	int64_t whole = read_whole(&text);
	if (whole < 0)
		return -1;
	if (!*text)
		return whole;
	int64_t hundredths = read_decimals(&text);
	if (*text == ' ')
		text++;
	return hundredths >= 0 && strcmp(text, "k") == 0 ? 1000 * whole + 10 * hundredths : -1;
}

static int64_t min_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum amount_answer amount_parse(const char *text, int64_t balance, int32_t max, int32_t *out)
{
	char simple[AMOUNT_TEXT_MAX + 1] = "";
	if (!simplify(text, simple))
		return AMOUNT_NONE;
	int64_t amount = read_word(simple, balance);
	amount = amount >= 0 ? min_of(amount, max) : read_number(simple);
	if (amount < 0)
		return AMOUNT_NONE;
	if (amount > AMOUNT_MAX)
		return AMOUNT_TOO_LARGE;
	*out = (int32_t)amount;
	return AMOUNT_READ;
}

/* An amount, before it is looked at. */
struct suggestion_source {
	enum suggestion_kind kind;
	int64_t amount;
};

/* Appends to the COUNT suggestions, unless the amount is outside the limits or there already. */
static size_t suggest(struct suggestion *out, size_t count, struct suggestion_source source,
	int32_t min, int64_t top)
{
	if (source.amount < min || source.amount > top)
		return count;
	for (size_t i = 0; i < count; i++)
		if (out[i].amount == source.amount) {
			if (out[i].kind == SUGGEST_ROUND)
				out[i].kind = source.kind;
			return count;
		}
	out[count] = (struct suggestion){source.kind, (int32_t)source.amount};
	return count + 1;
}

/* Stakes that most members play for. */
#define ROUND_FIRST 10
#define ROUND_SECOND 50
#define ROUND_THIRD 100

size_t amount_suggest(const char *typed, int64_t balance, int32_t min, int32_t max,
	struct suggestion out[SUGGESTIONS_MAX])
{
	int64_t top = min_of(balance, max);
	int32_t amount;
	size_t count = 0;
	if (typed && amount_parse(typed, balance, max, &amount) == AMOUNT_READ)
		count = suggest(
			out, count, (struct suggestion_source){SUGGEST_TYPED, amount}, min, top);
	if (min > ROUND_FIRST || top < ROUND_FIRST)
		count = suggest(out, count, (struct suggestion_source){SUGGEST_MIN, min}, min, top);
	const struct suggestion_source sources[] = {{SUGGEST_ROUND, ROUND_FIRST},
		{SUGGEST_ROUND, ROUND_SECOND}, {SUGGEST_ROUND, ROUND_THIRD},
		{SUGGEST_HALF, balance / 2}, {balance <= max ? SUGGEST_ALL : SUGGEST_MAX, top}};
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		count = suggest(out, count, sources[i], min, top);
	return count;
}
