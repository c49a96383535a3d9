/* The languages: their locales, plural rules and numbers. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/text/catalogue.h"

/* Whether COUNT takes the singular. */
typedef bool singular_fn(int64_t count);

static bool singular_zero_one(int64_t count)
{
	return count == 0 || count == 1;
}

static bool singular_one(int64_t count)
{
	return count == 1;
}

/* What follows the digits of a rank. */
typedef const char *ordinal_fn(int64_t number, bool raised);

static const char *ordinal_er_e(int64_t number, bool raised)
{
	if (raised)
		return number == 1 ? "ᵉʳ" : "ᵉ";
	return number == 1 ? "er" : "e";
}

/* English print raises no letters. */
static const char *ordinal_st_nd_rd_th(int64_t number, bool raised)
{
	(void)raised;
	if (number / 10 % 10 == 1) /* 11th, 112th */
		return "th";
	static const char *const marks[] = {"th", "st", "nd", "rd"};
	return number % 10 < 4 ? marks[number % 10] : "th";
}

static const struct language_row {
	const char *code;
	const char *const *locales;
	singular_fn *is_singular;
	const char *group, *point, *percent;
	ordinal_fn *ordinal;
} languages[LANGUAGE_COUNT] = {
#define LOCALES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define LANGUAGE(name, ...) [LANGUAGE_##name] = {__VA_ARGS__},
#include "besace/text/languages.def"
#undef LANGUAGE
#undef LOCALES
};

enum language text_language(const char *locale)
{
	size_t length = strcspn(locale, "-");
	for (int i = 0; i < LANGUAGE_COUNT; i++)
		if (strlen(languages[i].code) == length &&
			memcmp(locale, languages[i].code, length) == 0)
			return (enum language)i;
	return LANGUAGE_DEFAULT;
}

const char *text_language_code(enum language language)
{
	return languages[language].code;
}

const char *const *text_locales(enum language language)
{
	return languages[language].locales;
}

const char *text_ordinal(enum language language, int64_t number)
{
	return languages[language].ordinal(number, false);
}

char *text_rank(void *ctx, enum language language, int64_t number)
{
	return must(talloc_strdup_append_buffer(
		text_number(ctx, language, number), languages[language].ordinal(number, true)));
}

enum text text_plural(enum language language, int64_t count, enum text one, enum text many)
{
	return languages[language].is_singular(count) ? one : many;
}

/* The most negative number of 64 bits: 20 characters, and six marks of at most four bytes. */
#define NUMBER_ROOM 64

char *text_number(void *ctx, enum language language, int64_t number)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%" PRId64, number);
	int sign = number < 0;
	const char *group = languages[language].group;
	char grouped[NUMBER_ROOM], *at = grouped;
	for (int i = 0; i < length; i++) {
		if (i > sign && (length - i) % 3 == 0)
			at = stpcpy(at, group);
		*at++ = digits[i];
	}
	return must(talloc_strndup(ctx, grouped, (size_t)(at - grouped)));
}

char *text_decimal(void *ctx, enum language language, int64_t number, int digits)
{
	int64_t unit = 1;
	for (int i = 0; i < digits; i++)
		unit *= 10;
	char *whole = text_number(ctx, language, number / unit);
	if (digits == 0)
		return whole;
	return must(talloc_asprintf_append_buffer(
		whole, "%s%0*" PRId64, languages[language].point, digits, number % unit));
}

char *text_percent(void *ctx, enum language language, int64_t number, int digits)
{
	return must(talloc_strdup_append_buffer(
		text_decimal(ctx, language, number, digits), languages[language].percent));
}
