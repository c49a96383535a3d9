/*
 * Exports: everything that is known of a guild or of one of its members, row by row, from one
 * repeatable-read snapshot. What the records and their fields are stands in
 * sql/routines/besace_export.sql and in the first lines of each file; the source besace reads it.
 */
#pragma once

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"
#include "besace/base/status.h"

struct export_options {
	const struct snowflake *guild;
	const struct snowflake *member; /* NULL: the whole guild */
	bool csv;
	const atomic_int *interrupted; /* NULL: never */
};

struct export_listener {
	/* Takes bytes of the file in their order; false ends the export. */
	bool (*write)(void *arg, const char *bytes, size_t length);
	void (*progress)(void *arg, const char *kind, int64_t rows); /* of that kind; may be NULL */
	void *arg;
};

/*
 * Exports on CONN, which has entered the build's schema and is in no transaction. Memory does not
 * grow with the guild. STATUS_NOT_FOUND when there is no such member, or nobody in the guild;
 * STATUS_UNAVAILABLE when interrupted or WRITE gave up; else STATUS_FAILED or UNKNOWN. All with a
 * sentence; the file is then not whole, and says so by its end.
 */
MUST_CHECK enum status export_run(void *ctx, PGconn *conn, const struct export_options *options,
	const struct export_listener *listener, char **out_why);
