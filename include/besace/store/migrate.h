/*
 * Migrations: bringing a database to the schema of this program.
 *
 * Numbered files of sql/migrations are applied in order, each in a transaction of its own that
 * also records its number, name and checksum; then all routines of sql/routines are replaced in
 * one transaction if they differ from those in place. An advisory lock makes replicas that start
 * together take turns. A released migration is never edited: a database that records another
 * checksum for a number, or a number this program does not know, is refused.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

enum schema {
	SCHEMA_CURRENT, /* what this program was built for */
	SCHEMA_BEHIND, /* migrations are pending */
	SCHEMA_REFUSED, /* newer than the program, changed history, or somebody else's tables */
};

/* The number of the newest migration that this program knows. */
int migrate_newest(void);

/*
 * Looks without changing anything. *out_why gets a sentence unless the schema is current.
 * STATUS_OK when it could be looked at, whatever it is.
 */
MUST_CHECK enum status migrate_look(void *ctx, PGconn *conn, enum schema *out, char **out_why);

/* Told of each step: "0002_constraints" or "routines". */
typedef void migrate_step_fn(void *arg, const char *name);

/*
 * Applies what is pending, waiting for other replicas that do the same. STATUS_DENIED when the
 * database is refused, STATUS_FAILED when a migration fails (nothing of it is left), both with a
 * sentence; STATUS_UNKNOWN when the connection broke: look again.
 */
MUST_CHECK enum status migrate_apply(
	void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why);
