/* Connecting to PostgreSQL and asking it while waiting for the answer. */
#include "besace/store/db.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/store/query.h"

/* What is asked of a connection unless the URL says otherwise: a dead peer is noticed in seconds.
 */
static const struct {
	const char *keyword, *value;
} defaults[] = {
	{"application_name", "besace"},
	{"client_encoding", "UTF8"},
	{"connect_timeout", "3"},
	{"keepalives_idle", "10"},
	{"keepalives_interval", "3"},
	{"keepalives_count", "3"},
	{"tcp_user_timeout", "10000"},
};

/* Statements of members finish in milliseconds. A row that somebody locks may take seconds: the
 * member gets a deferred answer meanwhile. The statement timeout is longer than the lock timeout,
 * so that a wait is told from a runaway. To compile a plan takes longer than any of them runs, and
 * PostgreSQL would do it for those that it believes to be dear. */
#define SESSION_COMMON                                                                             \
	"SET TimeZone = 'UTC'; SET idle_in_transaction_session_timeout = 10000; SET jit = off;"
#define SESSION_SHORT SESSION_COMMON "SET lock_timeout = 8000; SET statement_timeout = 10000"
#define SESSION_LONG SESSION_COMMON "SET lock_timeout = 0; SET statement_timeout = 0"

char *db_error(void *ctx, const char *message)
{
	size_t length = strlen(message);
	while (length > 0 && message[length - 1] == '\n')
		length--;
	char *text = must(talloc_strndup(ctx, message, length));
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return text;
}

char *db_url_fault(void *ctx, const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	if (!options)
		return must(talloc_strdup(ctx,
			"must be a PostgreSQL URI (postgresql://…) or a conninfo text "
			"(host=… dbname=…)"));
	PQconninfoFree(options);
	return NULL;
}

static void log_notice(void *arg, const char *message)
{
	(void)arg;
	void *ctx = must(talloc_new(NULL));
	log_debug(LOG_TEXT("database notice"), LOG_STR("notice", db_error(ctx, message)));
	talloc_free(ctx);
}

/* Opens URL with our defaults for what it leaves out. Defaults come first: later keywords win,
 * and libpq expands the URL where `dbname` stands. */
static PGconn *open_url(const char *url)
{
	const char *keywords[ARRAY_LEN(defaults) + 2], *values[ARRAY_LEN(defaults) + 2];
	size_t n = 0;
	for (; n < ARRAY_LEN(defaults); n++) {
		keywords[n] = defaults[n].keyword;
		values[n] = defaults[n].value;
	}
	keywords[n] = "dbname";
	values[n++] = url;
	keywords[n] = values[n] = NULL;
	return PQconnectdbParams(keywords, values, 1);
}

enum status db_connect(
	void *ctx, const char *url, bool long_statements, PGconn **out, char **out_why)
{
	PGconn *conn = must(open_url(url));
	PQsetNoticeProcessor(conn, log_notice, NULL);
	if (PQstatus(conn) != CONNECTION_OK) {
		*out_why = db_error(ctx, PQerrorMessage(conn));
		PQfinish(conn);
		return STATUS_UNAVAILABLE;
	}
	enum status status =
		db_exec(ctx, conn, long_statements ? SESSION_LONG : SESSION_SHORT, NULL, out_why);
	if (status) {
		PQfinish(conn);
		return STATUS_UNAVAILABLE;
	}
	*out = conn;
	return STATUS_OK;
}

static enum status finish(
	void *ctx, PGconn *conn, PGresult *result, PGresult **out_result, char **out_why)
{
	ExecStatusType outcome = PQresultStatus(result);
	if (outcome == PGRES_COMMAND_OK || outcome == PGRES_TUPLES_OK) {
		if (out_result)
			*out_result = result;
		else
			PQclear(result);
		return STATUS_OK;
	}
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	*out_why = db_error(ctx, primary ? primary : PQerrorMessage(conn));
	PQclear(result);
	return PQstatus(conn) == CONNECTION_OK ? STATUS_FAILED : STATUS_UNKNOWN;
}

enum status db_exec(void *ctx, PGconn *conn, const char *sql, PGresult **out_result, char **out_why)
{
	return finish(ctx, conn, PQexec(conn, sql), out_result, out_why);
}

enum status db_exec_params(void *ctx, PGconn *conn, const char *sql, int count,
	const char *const *params, PGresult **out_result, char **out_why)
{
	return finish(ctx, conn, PQexecParams(conn, sql, count, NULL, params, NULL, NULL, 0),
		out_result, out_why);
}

/* Fills in VALUES, one for each parameter of TEXT. False when QUERY binds others. */
static bool bind_values(
	const struct db_named_query *query, const struct query_text *text, const char **values)
{
	size_t given = 0;
	int found = 0;
	while (given < ARRAY_LEN(query->params) && query->params[given].name)
		given++;
	for (int i = 0; i < text->param_count; i++)
		for (size_t j = 0; j < given; j++)
			if (strcmp(text->params[i].name, query->params[j].name) == 0) {
				values[i] = query->params[j].value;
				found++;
			}
	return found == text->param_count && given == (size_t)found;
}

enum status db_exec_query(void *ctx, PGconn *conn, const struct db_named_query *query,
	PGresult **out_result, char **out_why)
{
	struct query_text text;
	const char *values[ARRAY_LEN(query->params)];
	if (!query_parse(ctx, query->name, query->sql, &text, out_why))
		return STATUS_FAILED;
	if (text.param_count > (int)ARRAY_LEN(values) || !bind_values(query, &text, values)) {
		*out_why = must(talloc_asprintf(
			ctx, "query %s has other parameters than are bound", query->name));
		return STATUS_FAILED;
	}
	return db_exec_params(ctx, conn, text.sql, text.param_count, values, out_result, out_why);
}
