/* Asks the database for imports. */
#include "imports_sql.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/query.h"

/* A slice that others' locks made fail is applied again so often. */
#define ATTEMPTS_MAX 20

static int count_params(const struct sql_call *call)
{
	int count = 0;
	while (count < SQL_PARAMS_MAX && call->params[count])
		count++;
	return count;
}

/* A deadlock, a serialization failure, or a row about somebody who was erased in between: nothing
 * happened, and again it may work. */
static bool lost(const PGresult *result)
{
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	return code && (strcmp(code, "40P01") == 0 || strcmp(code, "40001") == 0 ||
			       strcmp(code, "23503") == 0);
}

static enum status fault(const struct sql_call *call, PGresult *result, char **out_why)
{
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	*out_why = db_error(call->ctx, primary ? primary : PQerrorMessage(call->conn));
	PQclear(result);
	return PQstatus(call->conn) == CONNECTION_OK ? STATUS_FAILED : STATUS_UNKNOWN;
}

static bool is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

enum status sql_ask(const struct sql_call *call, PGresult **out, char **out_why)
{
	char *sql = must(query_find(call->ctx, call->name));
	PGresult *result = NULL;
	for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
		PQclear(result);
		result = PQexecParams(
			call->conn, sql, count_params(call), NULL, call->params, NULL, NULL, 0);
		if (is_good(result) || !lost(result))
			break;
	}
	talloc_free(sql);
	if (!is_good(result))
		return fault(call, result, out_why);
	if (out)
		*out = result;
	else
		PQclear(result);
	return STATUS_OK;
}

enum status sql_run(const struct sql_call *call, char **out_why)
{
	char *sql = must(query_find(call->ctx, call->name));
	enum status status = db_exec(call->ctx, call->conn, sql, NULL, out_why);
	talloc_free(sql);
	return status;
}

enum status sql_each(const struct sql_call *call, sql_row_fn *row, void *arg, char **out_why)
{
	char *sql = must(query_find(call->ctx, call->name));
	enum status status = STATUS_OK;
	if (!PQsendQueryParams(
		    call->conn, sql, count_params(call), NULL, call->params, NULL, NULL, 0) ||
		!PQsetSingleRowMode(call->conn))
		status = fault(call, NULL, out_why);
	talloc_free(sql);
	for (PGresult *result; (result = PQgetResult(call->conn));) {
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
			row(arg, result);
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE || is_good(result) || status)
			PQclear(result);
		else
			status = fault(call, result, out_why);
	}
	return status;
}

enum status sql_lock_guild(
	const struct sql_call *call, void (*waiting)(void *arg), void *arg, char **out_why)
{
	struct sql_call lock = *call;
	PGresult *result;
	lock.name = "import_try_lock";
	enum status status = sql_ask(&lock, &result, out_why);
	if (status)
		return status;
	bool got = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (got)
		return STATUS_OK;
	if (waiting)
		waiting(arg);
	lock.name = "import_lock";
	return sql_ask(&lock, NULL, out_why);
}
