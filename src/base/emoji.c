/* Emojis. */
#include "besace/base/emoji.h"

#include <string.h>
#include <unictype.h>
#include <unigbrk.h>
#include <unistr.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define DIGITS "0123456789"
/* Of the names of a guild's emojis: Discord's limits. */
#define NAME_MIN 2
#define NAME_MAX 32
#define ID_MIN 17
#define ID_MAX 20
/* Draws what it follows as a key. */
#define KEYCAP 0x20E3
/* Makes one picture of those on its sides. */
#define JOINER 0x200D

static bool is_of_guild(const char *text)
{
	if (strncmp(text, "<:", 2) != 0 && strncmp(text, "<a:", 3) != 0)
		return false;
	const char *name = strchr(text, ':') + 1;
	size_t length = strspn(name, LETTERS);
	if (length < NAME_MIN || length > NAME_MAX || name[length] != ':')
		return false;
	const char *id = name + length + 1;
	size_t digits = strspn(id, DIGITS);
	return digits >= ID_MIN && digits <= ID_MAX && strcmp(id + digits, ">") == 0;
}

static bool is_regional(ucs4_t point)
{
	return point >= 0x1F1E6 && point <= 0x1F1FF;
}

/* Whether TEXT is a pair of letters that are drawn as a flag. */
static bool is_flag(const uint8_t *text, const uint8_t *end)
{
	ucs4_t first, second;
	const uint8_t *after = u8_next(&first, text);
	after = after ? u8_next(&second, after) : NULL;
	return after == end && is_regional(first) && is_regional(second);
}

static ucs4_t last_point(const uint8_t *text, const uint8_t *end)
{
	ucs4_t last = 0;
	(void)u8_prev(&last, end, text);
	return last;
}

/* The end of the emoji that begins at TEXT: pictures that joiners make one of. NULL: it is none. */
static const uint8_t *find_end(const uint8_t *text, const uint8_t *end)
{
	do {
		ucs4_t first;
		const uint8_t *after = u8_grapheme_next(text, end);
		if (!u8_next(&first, text) || !uc_is_property_extended_pictographic(first))
			return NULL;
		if (after == end || last_point(text, after) != JOINER)
			return after;
		text = after;
	} while (text < end);
	return NULL;
}

bool emoji_is_one(const char *text)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t length = strlen(text);
	if (length == 0 || u8_check(bytes, length))
		return false;
	if (is_of_guild(text) || is_flag(bytes, bytes + length))
		return true;
	ucs4_t first;
	(void)u8_next(&first, bytes);
	/* A digit is no emoji, but with a key around it. */
	if (uc_is_property_emoji(first) && !uc_is_property_extended_pictographic(first))
		return last_point(bytes, bytes + length) == KEYCAP &&
		       u8_grapheme_next(bytes, bytes + length) == bytes + length;
	return find_end(bytes, bytes + length) == bytes + length;
}
