/* Fuzzes what becomes of the predecessor's rows: each line is one, its columns between tabs, the
 * first byte says of which table. \N is NULL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "movers/predecessor.h"
#include "movers/report.h"

#define COLUMNS_MAX 12

typedef enum status row_fn(struct importing *importing, uint64_t line, const char *const *columns);

static void read_row(struct importing *importing, char *row)
{
	static row_fn *const tables[] = {predecessor_user, predecessor_item, predecessor_multiplier,
		predecessor_ledger, predecessor_match};
	const char *columns[COLUMNS_MAX] = {NULL};
	unsigned char table = (unsigned char)row[0];
	char *next = row + (table ? 1 : 0);
	for (int i = 0; i < COLUMNS_MAX && next; i++) {
		char *column = strsep(&next, "\t");
		columns[i] = strcmp(column, "\\N") == 0 ? NULL : column;
	}
	if (tables[table % 5](importing, 1, columns))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	char *why = NULL;
	struct snowflake guild = {"1"};
	const struct import_options options = {.mover = &mover_postgres, .guild = &guild};
	struct importing *importing = talloc_zero(ctx, struct importing);
	importing->ctx = ctx;
	importing->options = &options;
	importing->result = talloc_zero(ctx, struct import_result);
	if (report_open(ctx, NULL, &importing->report, &why))
		abort();
	char *rows = talloc_strndup(ctx, (const char *)data, size);
	for (char *row; (row = strsep(&rows, "\n"));)
		read_row(importing, row);
	talloc_free(ctx);
	return 0;
}
