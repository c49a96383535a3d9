/*
 * Everything that members read, in each language.
 *
 * A text is a row in one of the topic files that texts.def lists: its name and its words in each
 * language. `{name}` is a placeholder, replaced when the text is filled. A test checks that all
 * languages have the same placeholders and that every text keeps Discord's limits.
 *
 * In French a no-break space (U+00A0) precedes a colon, and a narrow one (U+202F) precedes
 * ; ! and ?, so that no line begins with such a mark. A test rejects plain spaces there.
 *
 * Adding a text: a row in a topic file. Adding a language: languages.def says how.
 */
#pragma once

#include <stdint.h>

/* LANGUAGE_FR, LANGUAGE_EN, ... */
enum language {
#define LANGUAGE(name, ...) LANGUAGE_##name,
#include "besace/text/languages.def"
#undef LANGUAGE
	LANGUAGE_COUNT,
	LANGUAGE_DEFAULT = 0
};

/* TEXT_LC_NAME, ... */
enum text {
#define TEXT(name, ...) TEXT_##name,
#include "besace/text/texts.def"
#undef TEXT
	TEXT_COUNT
};

/* The language of a Discord locale ("en-GB"), judged by the part before the hyphen; the default
 * for locales of other languages and for "". */
enum language text_language(const char *locale);

/* The code that stands for LANGUAGE in the database; text_language reads it back. Static. */
const char *text_language_code(enum language language);

/* Discord's locales of LANGUAGE; ends with NULL. Static. */
const char *const *text_locales(enum language language);

/* The text with its placeholders, as the topic file has it. Static. */
const char *text_get(enum language language, enum text text);

/* What LOCALE says instead (variants.def), or NULL. Static. */
const char *text_variant(const char *locale, enum text text);

/* The name of the row, "GIFT_TOO_EARLY", for logs. Static. */
const char *text_key(enum text text);

/* The text with its placeholders filled, on CTX: text_fill(ctx, fr, TEXT_X, "member", name, NULL).
 * {lc}, the unit of an amount, is not given: it becomes UNIT_MARK (base/unit.h).
 * Values are inserted unchanged: escape what members wrote first. */
char *text_fill(void *ctx, enum language language, enum text text, ...) __attribute__((sentinel));

/* Selects the text that goes with COUNT by the language's plural rule. */
enum text text_plural(enum language language, int64_t count, enum text one, enum text many);

/* What stands raised behind the digits of rank NUMBER (1 or more): "er", "th". Static. */
const char *text_ordinal(enum language language, int64_t number);

/* The rank NUMBER as it stands in a line of text: "12ᵉ", "12th". On CTX. */
char *text_rank(void *ctx, enum language language, int64_t number);

/* NUMBER in groups of three digits from four digits on, by the language's typography. On CTX. */
char *text_number(void *ctx, enum language language, int64_t number);

/* NUMBER / 10^DIGITS as a decimal: 150 with 2 digits is "1,50" in French. On CTX. */
char *text_decimal(void *ctx, enum language language, int64_t number, int digits);

/* The same as a percentage: "1,50 %". On CTX. */
char *text_percent(void *ctx, enum language language, int64_t number, int digits);
