/* Reads members from CSV by the names of its columns. */
#include "table_source.h"

#include <string.h>
#include <strings.h>

static int find_column(const struct table_source *source, const char *name)
{
	for (const struct column_name *known = source->names; known->name; known++)
		if (strcasecmp(known->name, name) == 0)
			return known->column;
	return COLUMN_OTHER;
}

static bool has_column(const struct table_source *source, int column)
{
	for (size_t i = 0; i < source->column_count; i++)
		if (source->columns[i] == column)
			return true;
	return false;
}

static enum status read_header(struct table_source *source, const struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		int column = find_column(source, record->fields[i]);
		if (column != COLUMN_OTHER && has_column(source, column))
			return importing_invalid(source->importing,
				"%s: line %llu: the column %s is there twice", source->input->name,
				(unsigned long long)record->line, record->fields[i]);
		source->columns[source->column_count++] = column;
	}
	if (!has_column(source, COLUMN_ID))
		return importing_invalid(source->importing,
			"%s: line %llu: the header has no column id", source->input->name,
			(unsigned long long)record->line);
	if (source->column_count < 2)
		return importing_invalid(source->importing,
			"%s: line %llu: the header has no column but id", source->input->name,
			(unsigned long long)record->line);
	return STATUS_OK;
}

/* Whether RECORD is a row already: a header begins with no id. */
static bool has_no_header(struct table_source *source, const struct csv_record *record)
{
	struct snowflake id;
	if (source->unnamed_count == 0 || record->broken || record->count == 0 ||
		!snowflake_parse(record->fields[0], &id))
		return false;
	for (size_t i = 0; i < source->unnamed_count; i++)
		source->columns[source->column_count++] = source->unnamed[i];
	return true;
}

static bool says_yes(const char *text)
{
	static const char *const words[] = {"1", "true", "yes", "oui", "t"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static void read_field(struct entry *entry, int column, const char *text)
{
	if (column < FIGURE_COUNT)
		entry_figure(entry, (enum figure)column, text);
	else if (column == COLUMN_ID)
		entry_id(entry, text);
	else if (column == COLUMN_NAME)
		entry_name(entry, text);
	else if (column == COLUMN_BOT)
		entry->bot = says_yes(text);
}

/* The id first, so that what is reported of the row names its member. */
static void read_fields(
	const struct table_source *source, struct entry *entry, const struct csv_record *record)
{
	for (size_t i = 0; i < source->column_count; i++)
		if (source->columns[i] == COLUMN_ID)
			read_field(entry, COLUMN_ID, i < record->count ? record->fields[i] : "");
	for (size_t i = 0; i < source->column_count && i < record->count; i++)
		if (source->columns[i] != COLUMN_ID)
			read_field(entry, source->columns[i], record->fields[i]);
}

static enum status got_record(void *arg, const struct csv_record *record)
{
	struct table_source *source = arg;
	if (source->column_count == 0 && !has_no_header(source, record))
		return read_header(source, record);
	struct entry *entry = entry_begin(source->importing, record->line);
	if (record->broken) {
		entry_refuse(entry, REFUSAL_SHAPE, "too long, or not text");
		return entry_end(entry);
	}
	read_fields(source, entry, record);
	if (source->settle)
		source->settle(entry);
	return entry_end(entry);
}

enum status table_source_read(struct table_source *source)
{
	char *why = NULL;
	enum status status =
		csv_records_read(source->importing->ctx, source->input, got_record, source, &why);
	if (why)
		source->importing->why = why;
	if (status || source->column_count > 0)
		return status;
	return importing_invalid(source->importing, "%s: it has no header", source->input->name);
}
