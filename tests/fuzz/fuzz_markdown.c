/* Fuzzes the escaping of member text: what comes out shows something and formats nothing. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* Every character that means something to Discord has a backslash of its own in front. */
static void check_escaped(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\') {
			text++;
			expect(*text != '\0');
			continue;
		}
		expect(!strchr("*_~`|>#<[]():@", *text));
		expect((unsigned char)*text >= 0x20 && *text != 0x7F);
	}
}

static bool is_bidi_control(uint32_t point)
{
	return point == 0x061C || point == 0x200E || point == 0x200F ||
	       (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/* At most one pair of isolates, around the whole. */
static void check_direction(const char *text)
{
	size_t length = strlen(text);
	if (length >= 6 && memcmp(text, "\u2068", 3) == 0) {
		expect(memcmp(text + length - 3, "\u2069", 3) == 0);
		text += 3;
		length -= 3;
	}
	const char *end = text + length -
			  (length >= 3 && memcmp(text + length - 3, "\u2069", 3) == 0 ? 3 : 0);
	while (text < end)
		expect(!is_bidi_control(utf8_next(&text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	char *text = talloc_strndup(ctx, (const char *)data, size);
	const char *shown = markdown_escape(ctx, text, "123456789");
	expect(*shown != '\0');
	check_escaped(shown);
	check_direction(shown);
	talloc_free(ctx);
	return 0;
}
