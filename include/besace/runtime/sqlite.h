/*
 * A connection to an SQLite file that must survive crashes and full disks.
 *
 * Changes begin a transaction by themselves and are on disk when sqlite_commit returns STATUS_OK.
 * The first error of a transaction is kept: whatever follows has no effect, and the commit fails.
 * The file is then as the last successful commit left it, just as after a crash.
 *
 * A connection belongs to one thread.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

struct sqlite;

/* The tables of a file, as statements that make them, and their version. */
struct sqlite_schema {
	const char *text;
	int version;
};

/*
 * Opens or makes the file at PATH, mode 0600. One that is no whole database of this version is
 * renamed to PATH.damaged-TIME, with an error in the log, and a new one is begun. NULL with a
 * sentence on CTX otherwise.
 */
struct sqlite *sqlite_open_whole(
	void *ctx, const char *path, const struct sqlite_schema *schema, char **out_why);
/* Rolls back what was not committed. Takes a pointer to the pointer, accepts NULL in it. */
void sqlite_close(struct sqlite **sqlite);

/* Statements live as long as the connection. Their text is ours: one that does not compile ends the
 * program. */
void sqlite_prepare(
	struct sqlite *sqlite, const char *const *texts, size_t count, sqlite3_stmt **out);

/*
 * Runs a statement that changes something. TYPES names the values that follow: i int64_t, t text
 * (NULL is SQL's), b bytes and a size_t.
 */
void sqlite_run(struct sqlite *sqlite, sqlite3_stmt *statement, const char *types, ...);

/* Begins to read rows; TYPES as above, texts must live until the last row. */
void sqlite_query(struct sqlite *sqlite, sqlite3_stmt *statement, const char *types, ...);
/* The next row, to be read with sqlite3_column_*; false behind the last one, or after an error. */
bool sqlite_row(struct sqlite *sqlite, sqlite3_stmt *statement);
/* Reads no further rows. */
void sqlite_done(sqlite3_stmt *statement);

/* The first column of the first row of a pragma or a query without values, on CTX; NULL when there
 * is none, or after an error. */
char *sqlite_text(void *ctx, struct sqlite *sqlite, const char *text);
/* Likewise as a number; 0 when there is none. */
int64_t sqlite_number(struct sqlite *sqlite, const char *text);
/* One or more statements without values or rows. */
void sqlite_execute(struct sqlite *sqlite, const char *texts);

/* Rows changed since the connection was opened. */
int64_t sqlite_changes(const struct sqlite *sqlite);

/* Whether there is something to commit. */
bool sqlite_pending(const struct sqlite *sqlite);

/*
 * Brings the transaction to the disk, or forgets it. UNAVAILABLE: the disk does not take it, later
 * it may. FAILED: the file is damaged.
 */
MUST_CHECK enum status sqlite_commit(struct sqlite *sqlite);

/* Brings the log into the file and leaves nothing in it, between transactions. False: it could not;
 * nothing is lost, and a later call may. What was deleted then stands nowhere: the file holds zeros
 * in its place. */
bool sqlite_empty_log(struct sqlite *sqlite);

/* Whether something failed since the last commit: STATUS_OK, or what the next commit returns. */
enum status sqlite_fault(const struct sqlite *sqlite);

/* Forgets the transaction. */
void sqlite_rollback(struct sqlite *sqlite);

/* Why the transaction, or the last commit, failed: for the log. */
const char *sqlite_why(const struct sqlite *sqlite);
