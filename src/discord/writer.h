/* JSON text, written straight away: a tree of it would cost more than all the rest of a reply.
 * Every text is UTF-8: the database's and the parser's are, and so are ours. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/unit.h"

struct writer {
	char *text; /* on the context of the caller, with its length and size */
	size_t length, size;
	void *ctx;
	struct unit unit; /* of amounts in texts */
};

struct writer writer_create(void *ctx, const struct unit *unit);

/* TEXT as it will be shown where emojis of a guild are drawn, on the context of the caller. */
const char *writer_rich(const struct writer *writer, const char *text);

void put_bytes(struct writer *writer, const char *bytes, size_t count);
void put(struct writer *writer, const char *text);

/* The next member of the object that is open; the value follows. */
void put_key(struct writer *writer, const char *key);

/* The next item of the list that is open: an object, left open. */
void put_item(struct writer *writer);

void put_number(struct writer *writer, const char *key, int64_t value);
void put_flag(struct writer *writer, const char *key, bool value);

/* A text cut at MAX characters, in which emojis of a guild are not drawn. */
void put_text(struct writer *writer, const char *key, const char *text, size_t max);

/* Nothing when TEXT is NULL. */
void put_optional_text(struct writer *writer, const char *key, const char *text, size_t max);
