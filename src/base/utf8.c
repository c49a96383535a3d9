/* Walking through UTF-8. */
#include "besace/base/utf8.h"

/* Length of the sequence that BYTE starts, 0 if it starts none. */
static size_t sequence_length(unsigned char byte)
{
	if (byte < 0x80)
		return 1;
	if (byte >= 0xC2 && byte < 0xE0)
		return 2;
	if (byte >= 0xE0 && byte < 0xF0)
		return 3;
	if (byte >= 0xF0 && byte < 0xF5)
		return 4;
	return 0;
}

uint32_t utf8_next(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	if (*at == '\0')
		return 0;
	size_t length = sequence_length(*at);
	static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	uint32_t point = length ? *at & first_bits[length] : UTF8_REPLACEMENT;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xC0) != 0x80) {
			*text += 1;
			return UTF8_REPLACEMENT;
		}
		point = point << 6 | (at[i] & 0x3F);
	}
	/* Longer than needed, half of a surrogate pair, or past the last code point. */
	static const uint32_t min[] = {0, 0, 0x80, 0x800, 0x10000};
	if (point < min[length] || (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF) {
		*text += 1;
		return UTF8_REPLACEMENT;
	}
	*text += length ? length : 1;
	return point;
}

size_t utf8_length(const char *text)
{
	size_t count = 0;
	while (utf8_next(&text))
		count++;
	return count;
}

size_t utf8_prefix(const char *text, size_t max)
{
	const char *at = text;
	while (max > 0 && utf8_next(&at))
		max--;
	return (size_t)(at - text);
}

bool utf8_is_valid(const char *bytes, size_t length)
{
	const char *at = bytes, *stop = bytes + length;
	while (at < stop) {
		size_t size = sequence_length((unsigned char)*at);
		if (size == 0 || size > (size_t)(stop - at))
			return false;
		const char *after = at;
		if (size > 1 && (utf8_next(&after), (size_t)(after - at) != size))
			return false;
		at += size;
	}
	return true;
}
