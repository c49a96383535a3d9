/*
 * The temporary tables that an import is read into, by COPY: see import_stage in
 * sql/queries/imports.sql for their columns.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

enum staged {
	STAGED_NONE,
	STAGED_MEMBERS,
	STAGED_ITEMS,
	STAGED_MULTIPLIERS,
	STAGED_LEDGER,
	STAGED_MATCHES,
	STAGED_EXTRAS,
	STAGED_ACTS,
	STAGED_CHANGES,
	STAGED_SERVER
};

#define STAGING_BYTES 65536

struct staging {
	void *ctx;
	PGconn *conn; /* NULL: rows are thrown away, for readers without a database */
	enum staged into; /* the table of the COPY that is under way */
	bool row_begun;
	size_t used;
	char bytes[STAGING_BYTES];
	char *why; /* of a status other than STATUS_OK */
};

/* Makes the tables. */
MUST_CHECK enum status staging_begin(void *ctx, PGconn *conn, struct staging *out);

/* What follows goes into TABLE; STAGED_NONE ends it all. */
MUST_CHECK enum status staging_into(struct staging *staging, enum staged table);

/* The columns of a row, in order. NULL is SQL's NULL. */
void staging_put(struct staging *staging, const char *text);
void staging_put_number(struct staging *staging, int64_t number);
MUST_CHECK enum status staging_end_row(struct staging *staging);

/* Ends a COPY without keeping anything of it, after a fault of the file. */
void staging_abandon(struct staging *staging);
