/* Reads CSV, a record at a time. */
#include "csv_records.h"

#include <ctype.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* A record has an id, a name and some numbers. */
#define CSV_BYTES_MAX 65536

enum csv_state {
	CSV_FIELD_START, /* before the first character that counts */
	CSV_PLAIN, /* in a field without quotes */
	CSV_QUOTED, /* in a field, behind its first quote */
	CSV_QUOTE, /* behind a quote in such a field: its end, or the first of two */
};

struct csv_reader {
	csv_record_fn *record;
	void *arg;
	enum csv_state state;
	char separator; /* '\0' until the header has told */
	bool after_return; /* the last character was a carriage return */
	char bytes[CSV_BYTES_MAX];
	size_t used, field; /* bytes; where the field begins */
	const char *fields[CSV_COLUMNS_MAX];
	size_t count;
	bool broken, is_blank;
	uint64_t line, began;
};

/* What separates the fields of a header: whichever character it has most of, outside of quotes. */
static char find_separator(const char *text, size_t length)
{
	static const char candidates[] = ",;\t";
	size_t counts[3] = {0}, best = 0;
	bool quoted = false;
	for (size_t i = 0; i < length && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
		const char *found = text[i] ? strchr(candidates, text[i]) : NULL;
		if (text[i] == '"')
			quoted = !quoted;
		else if (found && !quoted)
			counts[found - candidates]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

static void put(struct csv_reader *reader, char c)
{
	if (reader->used + 1 >= CSV_BYTES_MAX || c == '\0')
		reader->broken = true;
	else
		reader->bytes[reader->used++] = c;
}

static void end_field(struct csv_reader *reader)
{
	if (reader->state == CSV_PLAIN)
		while (reader->used > reader->field &&
			isspace((unsigned char)reader->bytes[reader->used - 1]))
			reader->used--;
	if (reader->used < CSV_BYTES_MAX)
		reader->bytes[reader->used++] = '\0';
	else
		reader->broken = true;
	if (reader->count < CSV_COLUMNS_MAX)
		reader->fields[reader->count++] = reader->bytes + reader->field;
	reader->field = reader->used;
	reader->state = CSV_FIELD_START;
}

/* Lines without anything are no records. */
static enum status end_record(struct csv_reader *reader)
{
	enum status status = STATUS_OK;
	if (!reader->is_blank) {
		end_field(reader);
		const struct csv_record record = {.fields = reader->fields,
			.count = reader->broken ? 0 : reader->count,
			.line = reader->began,
			.broken = reader->broken};
		status = reader->record(reader->arg, &record);
	}
	reader->used = reader->field = reader->count = 0;
	reader->broken = false;
	reader->is_blank = true;
	reader->state = CSV_FIELD_START;
	reader->began = reader->line;
	return status;
}

/* A character outside of quotes. */
static enum status read_plain(struct csv_reader *reader, char c)
{
	if (c == '\n' || c == '\r')
		return end_record(reader);
	if (c == reader->separator) {
		reader->is_blank = false;
		end_field(reader);
		return STATUS_OK;
	}
	if (reader->state == CSV_FIELD_START && (c == ' ' || c == '\t'))
		return STATUS_OK;
	reader->is_blank = false;
	if (reader->state == CSV_FIELD_START && c == '"') {
		reader->state = CSV_QUOTED;
		return STATUS_OK;
	}
	if (reader->state == CSV_FIELD_START)
		reader->state = CSV_PLAIN;
	/* What stands between a closing quote and the separator belongs to nothing. */
	if (reader->state == CSV_PLAIN)
		put(reader, c);
	return STATUS_OK;
}

static enum status read_one(struct csv_reader *reader, char c)
{
	bool second = c == '\n' && reader->after_return;
	reader->after_return = c == '\r';
	if (second)
		reader->began = reader->state == CSV_QUOTED ? reader->began : reader->line;
	else if (c == '\n' || c == '\r')
		reader->line++;
	if (reader->state == CSV_QUOTED) {
		if (c == '"')
			reader->state = CSV_QUOTE;
		else
			put(reader, c);
		return STATUS_OK;
	}
	if (reader->state == CSV_QUOTE && c == '"') {
		put(reader, c);
		reader->state = CSV_QUOTED;
		return STATUS_OK;
	}
	return second ? STATUS_OK : read_plain(reader, c);
}

static enum status read_chunks(
	void *ctx, struct input *input, struct csv_reader *reader, char **out_why)
{
	char *buffer = must(talloc_size(ctx, INPUT_CHUNK));
	for (size_t got = 1; got > 0;) {
		enum status status = input_read(ctx, input, buffer, INPUT_CHUNK, &got, out_why);
		if (status)
			return status;
		if (!reader->separator)
			reader->separator = find_separator(buffer, got);
		for (size_t i = 0; i < got && !status; i++)
			status = read_one(reader, buffer[i]);
		if (status)
			return status;
	}
	if (reader->state == CSV_QUOTED) {
		*out_why = must(talloc_asprintf(ctx,
			"%s: line %llu: a quote is never closed: the file ends in the middle",
			input->name, (unsigned long long)reader->began));
		return STATUS_INVALID;
	}
	return end_record(reader);
}

enum status csv_records_read(
	void *ctx, struct input *input, csv_record_fn *record, void *arg, char **out_why)
{
	void *own = must(talloc_new(ctx));
	struct csv_reader *reader = must(talloc_zero(own, struct csv_reader));
	char *why = NULL;
	reader->record = record;
	reader->arg = arg;
	reader->line = reader->began = 1;
	reader->is_blank = true;
	enum status status = read_chunks(own, input, reader, &why);
	if (why)
		*out_why = must(talloc_strdup(ctx, why));
	talloc_free(own);
	return status;
}
