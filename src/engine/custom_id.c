/* Reads and writes the custom ids of buttons and modals. */
#include "besace/engine/custom_id.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/reply.h"

#define BASE 36

/* 2^64 − 1 has 13 digits in base 36. */
#define DIGITS_MAX 13

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static const char word_letters[] = "0123456789abcdefghijklmnopqrstuvwxyz_";

/* The fields in their order. */
enum field_kind { FIELD_ID, FIELD_NUMBER, FIELD_WORD };
static const struct {
	char letter;
	enum field_kind kind;
	size_t offset; /* in struct custom_id */
} fields[] = {
	{'o', FIELD_ID, offsetof(struct custom_id, owner)},
	{'s', FIELD_ID, offsetof(struct custom_id, subject)},
	{'m', FIELD_ID, offsetof(struct custom_id, member)},
	{'g', FIELD_ID, offsetof(struct custom_id, guild)},
	{'n', FIELD_NUMBER, offsetof(struct custom_id, number)},
	{'t', FIELD_NUMBER, offsetof(struct custom_id, time)},
	{'w', FIELD_WORD, offsetof(struct custom_id, word)},
};

static bool is_word(const char *text, size_t length)
{
	return length >= 1 && length <= CUSTOM_ID_WORD_MAX && strspn(text, word_letters) >= length;
}

struct custom_id_word custom_id_word(const char *text)
{
	/* A blank is in no word: what does not fit or is none is refused when it is written. */
	struct custom_id_word word = {" "};
	size_t length = strlen(text);
	if (length <= CUSTOM_ID_WORD_MAX)
		memcpy(word.text, text, length + 1);
	return word;
}

struct custom_id custom_id_make(const char *command, const char *action)
{
	return (struct custom_id){.command = custom_id_word(command),
		.action = custom_id_word(action),
		.number = CUSTOM_ID_NO_NUMBER,
		.time = CUSTOM_ID_NO_NUMBER};
}

/* ---- Writing */

struct id_writer {
	char text[CUSTOM_ID_MAX_CHARS + 1];
	size_t length;
	bool failed;
};

static void put(struct id_writer *writer, const char *text, size_t length)
{
	if (writer->length + length > CUSTOM_ID_MAX_CHARS) {
		writer->failed = true;
		return;
	}
	memcpy(writer->text + writer->length, text, length);
	writer->length += length;
	writer->text[writer->length] = '\0';
}

static void put_word(struct id_writer *writer, const struct custom_id_word *word)
{
	size_t length = strlen(word->text);
	if (!is_word(word->text, length))
		writer->failed = true;
	put(writer, word->text, length);
}

static void put_number(struct id_writer *writer, uint64_t number)
{
	char text[DIGITS_MAX];
	size_t start = sizeof(text);
	do
		text[--start] = digits[number % BASE];
	while (number /= BASE);
	put(writer, text + start, sizeof(text) - start);
}

static void put_field(struct id_writer *writer, size_t row, const void *member)
{
	const struct snowflake *id = member;
	const int64_t *number = member;
	const struct custom_id_word *word = member;
	struct snowflake parsed;
	const char start[] = {':', fields[row].letter};
	switch (fields[row].kind) {
	case FIELD_ID:
		if (!*id->text)
			return;
		put(writer, start, sizeof(start));
		put_number(writer, strtoull(id->text, NULL, 10));
		writer->failed = writer->failed || !snowflake_parse(id->text, &parsed);
		return;
	case FIELD_NUMBER:
		if (*number == CUSTOM_ID_NO_NUMBER)
			return;
		put(writer, start, sizeof(start));
		put_number(writer, (uint64_t)*number);
		writer->failed = writer->failed || *number < 0;
		return;
	case FIELD_WORD:
		if (!*word->text)
			return;
		put(writer, start, sizeof(start));
		put_word(writer, word);
		return;
	}
}

char *custom_id_write(void *ctx, const struct custom_id *id)
{
	struct id_writer writer = {0};
	put_word(&writer, &id->command);
	put(&writer, ":" CUSTOM_ID_VERSION ":", strlen(":" CUSTOM_ID_VERSION ":"));
	put_word(&writer, &id->action);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		put_field(&writer, i, (const char *)id + fields[i].offset);
	return must(talloc_strdup(ctx, writer.failed ? "" : writer.text));
}

/* ---- Reading */

/* A piece of the text that is read: up to the next ":" or the end. */
struct piece {
	const char *text;
	size_t length;
};

/* Takes the next piece from *TEXT, which becomes NULL behind the last. */
static struct piece take_piece(const char **text)
{
	struct piece piece = {*text, *text ? strcspn(*text, ":") : 0};
	if (*text)
		*text = piece.text[piece.length] ? piece.text + piece.length + 1 : NULL;
	return piece;
}

static bool read_word(struct piece piece, struct custom_id_word *out)
{
	if (!piece.text || !is_word(piece.text, piece.length))
		return false;
	memcpy(out->text, piece.text, piece.length);
	out->text[piece.length] = '\0';
	return true;
}

static bool read_number(struct piece piece, uint64_t *out)
{
	uint64_t number = 0;
	if (piece.length == 0 || piece.length > DIGITS_MAX ||
		(piece.length > 1 && *piece.text == '0'))
		return false;
	for (size_t i = 0; i < piece.length; i++) {
		const char *digit = strchr(digits, piece.text[i]);
		if (!digit || __builtin_mul_overflow(number, (uint64_t)BASE, &number) ||
			__builtin_add_overflow(number, (uint64_t)(digit - digits), &number))
			return false;
	}
	*out = number;
	return true;
}

static bool read_value(enum field_kind kind, struct piece piece, void *member)
{
	uint64_t number;
	if (kind == FIELD_WORD)
		return read_word(piece, member);
	if (!read_number(piece, &number))
		return false;
	if (kind == FIELD_ID) {
		char text[SNOWFLAKE_MAX_DIGITS + 1];
		snprintf(text, sizeof(text), "%" PRIu64, number);
		return snowflake_parse(text, member);
	}
	if (number > INT64_MAX)
		return false;
	*(int64_t *)member = (int64_t)number;
	return true;
}

/* The row of the field that PIECE is, from ROW on; ARRAY_LEN(fields) when it is none of them. */
static size_t find_field(struct piece piece, size_t row)
{
	while (row < ARRAY_LEN(fields) && (!piece.length || fields[row].letter != *piece.text))
		row++;
	return row;
}

bool custom_id_read(const char *text, struct custom_id *out)
{
	struct custom_id id = custom_id_make("", "");
	if (strnlen(text, CUSTOM_ID_MAX_CHARS + 1) > CUSTOM_ID_MAX_CHARS)
		return false;
	if (!read_word(take_piece(&text), &id.command))
		return false;
	struct piece version = take_piece(&text);
	if (version.length != strlen(CUSTOM_ID_VERSION) ||
		memcmp(version.text, CUSTOM_ID_VERSION, version.length) != 0)
		return false;
	if (!read_word(take_piece(&text), &id.action))
		return false;
	for (size_t row = 0; text; row++) {
		struct piece piece = take_piece(&text);
		row = find_field(piece, row);
		if (row == ARRAY_LEN(fields))
			return false;
		piece = (struct piece){piece.text + 1, piece.length - 1};
		if (!read_value(fields[row].kind, piece, (char *)&id + fields[row].offset))
			return false;
	}
	*out = id;
	return true;
}
