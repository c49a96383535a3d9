/* Escapes what members typed. */
#include "besace/discord/markdown.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Combining marks that one character may carry: real scripts need up to four. */
#define MARKS_MOST 4

/* Discord takes a backslash before any punctuation; these mean something to it. */
#define SPECIAL "\\*_~`|>#<[]():@"

struct range {
	uint32_t first, last;
};

static const struct range bidi_controls[] = {
	{0x061C, 0x061C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}};
static const struct range right_to_left[] = {{0x0590, 0x08FF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFE},
	{0x10800, 0x10FFF}, {0x1E800, 0x1EFFF}};
static const struct range combining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x1AB0, 0x1AFF},
	{0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F}};
static const struct range invisible[] = {{0x0000, 0x0020}, {0x007F, 0x00A0}, {0x00AD, 0x00AD},
	{0x034F, 0x034F}, {0x115F, 0x1160}, {0x180E, 0x180E}, {0x2000, 0x200D}, {0x2028, 0x202F},
	{0x205F, 0x206F}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164}, {0xFE00, 0xFE0F},
	{0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}};

static bool is_in(uint32_t point, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

#define IS_IN(point, ranges) is_in(point, ranges, ARRAY_LEN(ranges))

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 ||
	       point == 0x2029;
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
		marks = IS_IN(point, combining) ? marks + 1 : 0;
		size_t length = (size_t)(text - from);
		/* A byte that is no UTF-8 must not meet one behind something that was dropped. */
		bool broken = point == UTF8_REPLACEMENT && length == 1;
		if (broken || IS_IN(point, bidi_controls) || marks > MARKS_MOST)
			continue;
		shows = shows || (marks == 0 && !IS_IN(point, invisible));
		isolate = isolate || IS_IN(point, right_to_left);
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
