/*
 * Migrations: bringing a database to the schema of this program.
 *
 * Numbered files of sql/migrations are applied in order, each in a transaction of its own that
 * also records its number, name and checksum (src/store/migration.h says what a file may ask for);
 * then the routines are installed, beside those of other builds (store/build.h). An advisory lock
 * makes replicas that start together take turns. A released migration is never edited: a database
 * that records another checksum for a number is refused. One that records a number which this
 * program does not know is refused when that migration contracts; else it only added something.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"

enum schema {
	SCHEMA_CURRENT, /* what this program was built for */
	SCHEMA_BEHIND, /* migrations are pending, or this build's routines are not there */
	SCHEMA_REFUSED, /* not for this program: newer, changed history, somebody else's tables,
			 * not UTF-8 */
};

/* The number of the newest migration that this program knows. */
int migrate_newest(void);

/*
 * Looks without changing anything. *out_why gets a sentence unless the schema is current.
 * STATUS_OK when it could be looked at, whatever it is.
 */
MUST_CHECK enum status migrate_look(void *ctx, PGconn *conn, enum schema *out, char **out_why);

/* Whether the role of CONN may apply what is pending. */
MUST_CHECK enum status migrate_may(void *ctx, PGconn *conn, bool *out, char **out_why);

/* Told of each step: "0002_constraints" or "routines". */
typedef void migrate_step_fn(void *arg, const char *name);

/*
 * Applies what is pending, waiting for other replicas that do the same. STATUS_DENIED when the
 * database is refused, STATUS_FAILED when a migration fails (nothing of it is left), both with a
 * sentence; STATUS_UNKNOWN when the connection broke: look again.
 */
MUST_CHECK enum status migrate_apply(
	void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why);

/* Roles beside the owner of the tables; NULL: none. */
struct roles {
	const char *service; /* reads and writes rows */
	const char *reader; /* reads the views of the schema besace_reader, which hold no secret */
};

/* Grants ROLES what they need, now and after each migration to come. STATUS_FAILED with a sentence
 * when one does not exist, or is not the caller's to grant. */
MUST_CHECK enum status migrate_grant(
	void *ctx, PGconn *conn, const struct roles *roles, char **out_why);

/* Asks on a connection that is in use whether the schema is still this program's. */
void schema_version_call(void *ctx, struct db_call *out);
MUST_CHECK enum status schema_version_read(const struct db_rows *rows, bool *out_current);
