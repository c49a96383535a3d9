/* What the readers of CSV have in common: columns by their names. */
#pragma once

#include "csv_records.h"
#include "importing.h"

/* What a column holds, beside the figures. */
enum column {
	COLUMN_ID = FIGURE_COUNT,
	COLUMN_NAME,
	COLUMN_BOT,
	COLUMN_COUNT,
	COLUMN_OTHER /* is not read */
};

struct column_name {
	const char *name; /* in small letters */
	int column;
};

struct table_source {
	struct importing *importing;
	struct input *input;
	const struct column_name *names; /* ends with one whose name is NULL */
	/* What the columns of a file without a header are, which begins with an id; none: it needs
	 * one. */
	const int *unnamed;
	size_t unnamed_count;
	/* After the fields are in ENTRY; NULL: nothing more. */
	void (*settle)(struct entry *entry);
	int columns[CSV_COLUMNS_MAX]; /* of the file */
	size_t column_count;
};

/* Reads INPUT: a header that has an id, unless none is needed, then rows. */
MUST_CHECK enum status table_source_read(struct table_source *source);
