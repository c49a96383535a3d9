/* Runs one migration with short locks, again and again until it has them. */
#include "migration.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/clock.h"
#include "besace/store/db.h"

/* A second is more than a member's change takes, and less than a member waits. */
#define LOCK_TIMEOUT "lock_timeout = 1000"
#define RETRY_FIRST_MS 100
#define RETRY_CAP_MS 2000
/* Given up when no gap was found for so long: somebody holds the lock. */
#define RETRY_MAX_MS (5 * 60 * 1000)

/* What a statement ended in. */
struct ending {
	enum status status;
	bool retry; /* a lock was not to be had, or a deadlock: nothing of it is left */
	long rows;
	char *why;
};

static struct ending run(void *ctx, PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType code = PQresultStatus(result);
	struct ending ending = {0};
	if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK) {
		const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
		ending.retry =
			state && (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0);
		ending.why = db_error(ctx, primary ? primary : PQerrorMessage(conn));
		ending.status = PQstatus(conn) == CONNECTION_OK ? STATUS_FAILED : STATUS_UNKNOWN;
	}
	ending.rows = atol(PQcmdTuples(result));
	PQclear(result);
	return ending;
}

/* The comment in front of the first statement has the line LINE. */
static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);
	for (; *text == '\n' || strncmp(text, "--", 2) == 0; text += *text == '\n') {
		size_t end = strcspn(text, "\n");
		if (end == length && strncmp(text, line, length) == 0)
			return true;
		text += end;
	}
	return false;
}

bool migration_contracts(const char *text)
{
	return has_line(text, "-- contracts");
}

/* Calls ONCE until it does not want to be called again, within a bound. */
static struct ending insist(void *ctx, PGconn *conn, const char *sql,
	struct ending (*once)(void *ctx, PGconn *conn, const char *sql, const char *record),
	const char *record)
{
	struct backoff backoff = {RETRY_FIRST_MS, RETRY_CAP_MS, 0};
	int64_t until = clock_mono_ms() + RETRY_MAX_MS;
	struct ending ending = once(ctx, conn, sql, record);
	while (ending.retry && clock_mono_ms() < until) {
		usleep((useconds_t)backoff_next_ms(&backoff) * 1000);
		ending = once(ctx, conn, sql, record);
	}
	return ending;
}

static struct ending run_transaction(void *ctx, PGconn *conn, const char *sql, const char *record)
{
	struct ending ending = run(ctx, conn, "BEGIN; SET LOCAL " LOCK_TIMEOUT);
	if (!ending.status)
		ending = run(ctx, conn, sql);
	if (!ending.status)
		ending = run(ctx, conn, record);
	if (!ending.status)
		return run(ctx, conn, "COMMIT");
	if (run(ctx, conn, "ROLLBACK").status)
		ending.status = STATUS_UNKNOWN;
	return ending;
}

/* An index that CREATE INDEX CONCURRENTLY did not finish stands in its own way. */
#define FIND_INVALID                                                                               \
	"SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "   \
	"WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace "              \
	"AND position(' ' || c.relname || ' ' IN $1) > 0"

static struct ending drop_invalid(void *ctx, PGconn *conn, const char *sql)
{
	struct ending ending = {0};
	const char *const params[] = {sql};
	PGresult *found;
	ending.status = db_exec_params(ctx, conn, FIND_INVALID, 1, params, &found, &ending.why);
	if (ending.status)
		return ending;
	for (int row = 0; row < PQntuples(found) && !ending.status; row++)
		ending = run(ctx, conn,
			must(talloc_asprintf(
				ctx, "DROP INDEX CONCURRENTLY %s", PQgetvalue(found, row, 0))));
	PQclear(found);
	return ending;
}

static struct ending run_statement(void *ctx, PGconn *conn, const char *sql, const char *record)
{
	(void)record;
	struct ending ending = drop_invalid(ctx, conn, sql);
	return ending.status ? ending : run(ctx, conn, sql);
}

static struct ending run_repeatedly(void *ctx, PGconn *conn, const char *sql)
{
	struct ending ending;
	do
		ending = insist(ctx, conn, sql, run_statement, NULL);
	while (!ending.status && ending.rows > 0 && has_line(sql, "-- until 0 rows"));
	return ending;
}

/* Statement by statement. */
static struct ending run_pieces(void *ctx, PGconn *conn, const char *text)
{
	struct ending ending = run(ctx, conn, "SET " LOCK_TIMEOUT);
	const char *end;
	for (; !ending.status && (end = strstr(text, ";\n")); text = end + 2)
		ending = run_repeatedly(
			ctx, conn, must(talloc_strndup(ctx, text, (size_t)(end + 1 - text))));
	struct ending reset = run(ctx, conn, "SET lock_timeout = 0");
	return ending.status ? ending : reset;
}

enum status migration_run(
	void *ctx, PGconn *conn, const char *text, const char *record, char **out_why)
{
	struct ending ending;
	if (!has_line(text, "-- no transaction")) {
		ending = insist(ctx, conn, text, run_transaction, record);
	} else {
		ending = run_pieces(ctx, conn, text);
		if (!ending.status)
			ending = run(ctx, conn, record);
	}
	*out_why = ending.why;
	return ending.status;
}
