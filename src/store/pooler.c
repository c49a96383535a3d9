/* Compares who answers two connections in turn. */
#include "besace/store/pooler.h"

#include <stdbool.h>
#include <stdlib.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"

/* A pooler hands out the server that was used last, or the one that has waited longest: either
 * shows in the first round when nobody else is there, and within a few among many clients. */
#define ROUNDS 8

/* The process that answers CONN now. */
static enum status ask_process(void *ctx, PGconn *conn, int *out, char **out_why)
{
	PGresult *row;
	enum status status =
		db_exec(ctx, conn, "SELECT pg_catalog.pg_backend_pid()", &row, out_why);
	if (status)
		return STATUS_UNAVAILABLE;
	*out = (int)strtol(PQgetvalue(row, 0, 0), NULL, 10);
	PQclear(row);
	return STATUS_OK;
}

/* FIRST was answered by PROCESS. Sessions of one's own neither change nor meet. */
static enum status compare(void *ctx, PGconn *first, PGconn *second, int process, char **out_why)
{
	for (int i = 0; i < ROUNDS; i++) {
		int of_first, of_second;
		if (ask_process(ctx, second, &of_second, out_why) ||
			ask_process(ctx, first, &of_first, out_why))
			return STATUS_UNAVAILABLE;
		if (of_second == of_first || of_second == process || of_first != process) {
			*out_why = must(talloc_strdup(ctx, POOLER_FAULT));
			return STATUS_DENIED;
		}
	}
	return STATUS_OK;
}

enum status pooler_look(void *ctx, PGconn *conn, const char *url, char **out_why)
{
	int process;
	PGconn *second;
	if (ask_process(ctx, conn, &process, out_why))
		return STATUS_UNAVAILABLE;
	/* What was told when connecting is the server's own number, or one that a pooler made up.
	 */
	if (process == PQbackendPID(conn))
		return STATUS_OK;
	if (db_connect(ctx, url, false, &second, out_why))
		return STATUS_UNAVAILABLE;
	enum status status = compare(ctx, conn, second, process, out_why);
	PQfinish(second);
	return status;
}
