/*
 * CSV of any size: a header, then records; comma, semicolon or tab, whichever the header has most
 * of; quotes with doubled quotes and line breaks inside; lines that end in any way.
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "input.h"

/* Columns that are read; what stands behind them is not. */
#define CSV_COLUMNS_MAX 64

struct csv_record {
	const char *const *fields; /* without quotes and the spaces around them */
	size_t count;
	uint64_t line; /* where it begins, from 1 */
	bool broken; /* too long, or it holds a NUL: no fields */
};

/* The first record is the header. What it returns but STATUS_OK ends the reading. Nobody keeps a
 * record. */
typedef enum status csv_record_fn(void *arg, const struct csv_record *record);

/* STATUS_INVALID with a sentence when a quote is never closed; else what input_read and RECORD say.
 */
MUST_CHECK enum status csv_records_read(
	void *ctx, struct input *input, csv_record_fn *record, void *arg, char **out_why);
