/* Writes JSON text. */
#include "writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"

/* Most replies fit. */
#define WRITER_FIRST_BYTES 1024

struct writer writer_create(void *ctx, const struct unit *unit)
{
	return (struct writer){.text = must(talloc_size(ctx, WRITER_FIRST_BYTES)),
		.size = WRITER_FIRST_BYTES,
		.ctx = ctx,
		.unit = *unit};
}

const char *writer_rich(const struct writer *writer, const char *text)
{
	return strchr(text, *UNIT_MARK)
		       ? unit_put(writer->ctx, text, markdown_unit(writer->ctx, &writer->unit))
		       : text;
}

void put_bytes(struct writer *writer, const char *bytes, size_t count)
{
	if (writer->size - writer->length < count) {
		writer->size = 2 * writer->size + count;
		writer->text = must(talloc_realloc_size(NULL, writer->text, writer->size));
	}
	memcpy(writer->text + writer->length, bytes, count);
	writer->length += count;
}

void put(struct writer *writer, const char *text)
{
	put_bytes(writer, text, strlen(text));
}

/* What JSON wants escaped: quotes, backslashes, control characters. */
static void put_escaped(struct writer *writer, unsigned char c)
{
	char escape[] = {'\\', c == '\n' ? 'n' : (char)c, '\0', '\0', '\0', '\0', '\0'};
	if (c < 0x20 && c != '\n')
		snprintf(escape + 1, sizeof(escape) - 1, "u%04x", c);
	put(writer, escape);
}

static void put_content(struct writer *writer, const char *text, size_t length)
{
	size_t start = 0;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		put_bytes(writer, text + start, i - start);
		put_escaped(writer, c);
		start = i + 1;
	}
	put_bytes(writer, text + start, length - start);
}

void put_key(struct writer *writer, const char *key)
{
	if (writer->text[writer->length - 1] != '{')
		put(writer, ",");
	put(writer, "\"");
	put(writer, key);
	put(writer, "\":");
}

void put_item(struct writer *writer)
{
	put(writer, writer->text[writer->length - 1] == '[' ? "{" : ",{");
}

void put_number(struct writer *writer, const char *key, int64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRId64, value);
	put_key(writer, key);
	put_bytes(writer, digits, (size_t)length);
}

void put_flag(struct writer *writer, const char *key, bool value)
{
	put_key(writer, key);
	put(writer, value ? "true" : "false");
}

void put_text(struct writer *writer, const char *key, const char *text, size_t max)
{
	text = unit_put(writer->ctx, text, writer->unit.plain);
	size_t length = strlen(text);
	bool whole = length <= max || utf8_length(text) <= max;
	put_key(writer, key);
	put(writer, "\"");
	put_content(writer, text, whole ? length : utf8_prefix(text, max - 1));
	put(writer, whole ? "\"" : "…\"");
}

void put_optional_text(struct writer *writer, const char *key, const char *text, size_t max)
{
	if (text)
		put_text(writer, key, text, max);
}
