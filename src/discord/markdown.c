/* Escapes what members typed. */
#include "besace/discord/markdown.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unictype.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Combining marks that one character may carry: real scripts need up to four. */
#define MARKS_SHOWN_MAX 4

/* Discord takes a backslash before any punctuation; these mean something to it. */
#define SPECIAL "\\*_~`|>#<[]():@"

/* Symbols that are drawn as nothing, though Unicode counts them among those that show: the braille
 * pattern without a dot, and the note without a head. */
static bool is_blank_symbol(uint32_t point)
{
	return point == 0x2800 || point == 0x1D159;
}

/* A mark that is drawn above or below the character before it. */
static bool is_mark(uint32_t point)
{
	return uc_is_general_category_withtable(point, UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Me) &&
	       !uc_is_property_default_ignorable_code_point(point);
}

/* Whether POINT alone shows something: neither space nor control nor format, nor one of the many
 * that Unicode has fonts ignore. */
static bool is_visible(uint32_t point)
{
	return !uc_is_general_category_withtable(
		       point, UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf) &&
	       !uc_is_property_default_ignorable_code_point(point) && !is_blank_symbol(point) &&
	       !is_mark(point);
}

static bool is_right_to_left(uint32_t point)
{
	int class = uc_bidi_class(point);
	return class == UC_BIDI_R || class == UC_BIDI_AL;
}

/* Controls and separators of lines, which become spaces. */
static bool is_control(uint32_t point)
{
	return uc_is_general_category_withtable(
		point, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

/* Copies one code point of LENGTH bytes, escaped as needed; returns the end of the copy. */
static char *copy_point(char *out, const char *from, size_t length, uint32_t point)
{
	if (is_control(point)) {
		*out++ = ' ';
		return out;
	}
	if (length == 1 && strchr(SPECIAL, *from))
		*out++ = '\\';
	memcpy(out, from, length);
	return out + length;
}

/* Plain ASCII without anything to escape: nearly every handle. */
static bool is_plain(const char *text)
{
	size_t length = strcspn(text, SPECIAL);
	if (text[length] != '\0' || length == 0)
		return false;
	bool shows = false;
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c >= 0x7F)
			return false;
		shows = shows || *c > 0x20;
	}
	return shows;
}

char *markdown_escape(void *ctx, const char *text, const char *fallback)
{
	if (is_plain(text))
		return must(talloc_strdup(ctx, text));
	/* At worst each byte gets a backslash, and the isolates take three bytes each. */
	char *escaped = must(talloc_size(ctx, 2 * strlen(text) + 7));
	char *out = escaped + 3;
	bool shows = false, isolate = false;
	unsigned marks = 0;
	while (*text) {
		const char *from = text;
		uint32_t point = utf8_next(&text);
		marks = is_mark(point) ? marks + 1 : 0;
		size_t length = (size_t)(text - from);
		/* A byte that is no UTF-8 must not meet one behind something that was dropped. */
		bool broken = point == UTF8_REPLACEMENT && length == 1;
		if (broken || uc_is_property_bidi_control(point) || marks > MARKS_SHOWN_MAX)
			continue;
		shows = shows || is_visible(point);
		isolate = isolate || is_right_to_left(point);
		out = copy_point(out, from, length, point);
	}
	*out = '\0';
	if (!shows) {
		talloc_free(escaped);
		return must(talloc_strdup(ctx, fallback));
	}
	if (!isolate)
		return memmove(escaped, escaped + 3, (size_t)(out - escaped - 3) + 1);
	memcpy(escaped, "\u2068", 3); /* first strong isolate … pop isolate */
	memcpy(out, "\u2069", 4);
	return escaped;
}

char *markdown_plain(void *ctx, const char *escaped)
{
	char *plain = must(talloc_size(ctx, strlen(escaped) + 1)), *out = plain;
	for (; *escaped; escaped++) {
		if (*escaped == '\\' && escaped[1])
			escaped++;
		*out++ = *escaped;
	}
	*out = '\0';
	return plain;
}

const char *markdown_unit(void *ctx, const struct unit *unit)
{
	const char *name =
		unit->name ? markdown_escape(ctx, unit->name, UNIT_DEFAULT) : UNIT_DEFAULT;
	return unit->symbol ? must(talloc_asprintf(ctx, "%s %s", name, unit->symbol)) : name;
}
