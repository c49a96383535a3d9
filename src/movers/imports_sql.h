/* The statements of sql/queries/imports.sql, on a connection of the operator's tool. */
#pragma once

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

#define SQL_PARAMS_MAX 6

struct sql_call {
	void *ctx;
	PGconn *conn;
	const char *name;
	const char *params[SQL_PARAMS_MAX]; /* up to the first NULL */
};

/* Runs the statement; *out may be NULL when the rows do not matter. A statement that lost against
 * another's locks is run again. STATUS_FAILED, STATUS_UNKNOWN with a sentence. */
MUST_CHECK enum status sql_ask(const struct sql_call *call, PGresult **out, char **out_why);

/* The same, for several statements without parameters. */
MUST_CHECK enum status sql_run(const struct sql_call *call, char **out_why);

/* Runs it and hands each row over without keeping the others. */
typedef void sql_row_fn(void *arg, const PGresult *row);
MUST_CHECK enum status sql_each(
	const struct sql_call *call, sql_row_fn *row, void *arg, char **out_why);

/* Takes the lock under which a guild has one import or undoing at a time; waits for others, which
 * WAITING is told. It goes with the connection. */
MUST_CHECK enum status sql_lock_guild(
	const struct sql_call *call, void (*waiting)(void *arg), void *arg, char **out_why);
