/*
 * Running one migration so that members keep playing.
 *
 * A migration is one transaction. Lines of comment in front of its first statement say otherwise:
 *
 *	-- contracts        older builds cannot work on what it leaves: they refuse the database.
 *	                    Every other migration only adds.
 *	-- no transaction   its statements, each ending with ";" at the end of a line and without
 *	                    dollar quotes, run one by one: CREATE INDEX CONCURRENTLY IF NOT EXISTS,
 *	                    or a change of rows in batches. Each must be harmless to repeat.
 *
 * and in such a file, in front of a statement:
 *
 *	-- until 0 rows     it is repeated until it changes nothing.
 *
 * Locks are waited for shortly, and the migration, or the statement, is tried again: whoever waits
 * for a table's lock holds up all who come after.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

bool migration_contracts(const char *text);

/* Runs TEXT, then RECORD, a statement that notes it as applied; both in one transaction unless
 * TEXT says otherwise. */
MUST_CHECK enum status migration_run(
	void *ctx, PGconn *conn, const char *text, const char *record, char **out_why);
