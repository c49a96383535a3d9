/*
 * Blocking connections: what the connector, the migrations and the operator's tool are made of.
 * The loops never use them.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* For config_load: what is wrong with a DATABASE_URL, or NULL. Never repeats it: it may hold a
 * password. */
char *db_url_fault(void *ctx, const char *url);

/*
 * Connects, waiting at most a few seconds a host, and sets the session up: UTC, UTF-8, statement
 * and lock timeouts (off when LONG_STATEMENTS: migrations and checks may take their time).
 * STATUS_UNAVAILABLE with a sentence otherwise.
 */
MUST_CHECK enum status db_connect(
	void *ctx, const char *url, bool long_statements, PGconn **out, char **out_why);

/* Runs SQL without parameters. STATUS_FAILED (or UNKNOWN when the connection broke) with a
 * sentence that has no final newline; *out_result may be NULL when the rows do not matter. */
MUST_CHECK enum status db_exec(
	void *ctx, PGconn *conn, const char *sql, PGresult **out_result, char **out_why);

/* The same with COUNT text parameters. */
MUST_CHECK enum status db_exec_params(void *ctx, PGconn *conn, const char *sql, int count,
	const char *const *params, PGresult **out_result, char **out_why);

/* A query of sql/queries that the service does not prepare, its parameters bound by name. */
struct db_named_query {
	const char *name, *sql;
	struct {
		const char *name, *value; /* NULL: SQL's NULL */
	} params[4];
};

/* Runs QUERY. A parameter that is missing, or unknown to the statement, is STATUS_FAILED too. */
MUST_CHECK enum status db_exec_query(void *ctx, PGconn *conn, const struct db_named_query *query,
	PGresult **out_result, char **out_why);

/* libpq's message without its final newline, on CTX. */
char *db_error(void *ctx, const char *message);
