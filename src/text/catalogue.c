/* The catalogue of texts, and filling their placeholders. */
#include "besace/text/catalogue.h"

#include <stdarg.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/base/unit.h"

static const char *const catalogue[TEXT_COUNT][LANGUAGE_COUNT] = {
#define TEXT(name, ...) [TEXT_##name] = {__VA_ARGS__},
#include "besace/text/texts.def"
#undef TEXT
};

static const char *const keys[TEXT_COUNT] = {
#define TEXT(name, ...) [TEXT_##name] = #name,
#include "besace/text/texts.def"
#undef TEXT
};

const char *text_key(enum text text)
{
	return keys[text];
}

const char *text_get(enum language language, enum text text)
{
	return catalogue[text][language];
}

static const struct {
	const char *locale;
	enum text text;
	const char *words;
} variants[] = {
#define VARIANT(...) {__VA_ARGS__},
#include "besace/text/variants.def"
#undef VARIANT
};

const char *text_variant(const char *locale, enum text text)
{
	for (size_t i = 0; i < ARRAY_LEN(variants); i++)
		if (variants[i].text == text && strcmp(variants[i].locale, locale) == 0)
			return variants[i].words;
	return NULL;
}

/* The placeholder that needs no value. */
#define UNIT_NAME "lc"

/* The value given for the placeholder of LENGTH bytes at NAME; NULL when the caller forgot it. */
static const char *value_for(const char *name, size_t length, va_list values)
{
	va_list copy;
	va_copy(copy, values);
	const char *found = NULL, *given;
	while (!found && (given = va_arg(copy, const char *))) {
		const char *value = va_arg(copy, const char *);
		if (strlen(given) == length && memcmp(given, name, length) == 0)
			found = value;
	}
	va_end(copy);
	return found;
}

char *text_fill(void *ctx, enum language language, enum text text, ...)
{
	va_list values;
	va_start(values, text);
	char *filled = must(talloc_strdup(ctx, ""));
	for (const char *at = text_get(language, text); *at;) {
		size_t plain = strcspn(at, "{");
		filled = must(talloc_strndup_append_buffer(filled, at, plain));
		at += plain;
		if (*at == '\0')
			break;
		size_t name = strcspn(++at, "}");
		const char *value = value_for(at, name, values);
		if (!value && name == strlen(UNIT_NAME) && memcmp(at, UNIT_NAME, name) == 0)
			value = UNIT_MARK;
		if (!value)
			DEFECT("a text lacks the value of a placeholder");
		filled = must(talloc_strdup_append_buffer(filled, value ? value : "?"));
		at += name + 1;
	}
	va_end(values);
	return filled;
}
