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
 * PostgreSQL would do it for those that it believes to be dear. Nor do they read by a bitmap: only
 * a plain scan marks the entries of an index whose rows are gone, and the next one passes them by.
 * The rows that wait to be folded into the leaderboards live for a second, and whoever asks for a
 * rank would read all that were there since the last vacuum. */
#define SESSION_COMMON                                                                             \
	"SET TimeZone = 'UTC'; SET idle_in_transaction_session_timeout = 10000; SET jit = off;"
#define SESSION_SHORT                                                                              \
	SESSION_COMMON                                                                             \
	"SET lock_timeout = 8000; SET statement_timeout = 10000; SET enable_bitmapscan = off"
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

/* Lists of a URL, separated by commas, from the host on that is to be asked first; "" where the URL
 * says nothing. */
struct hosts {
	const char *host, *hostaddr, *port;
};

/* Opens URL at HOSTS with our defaults for what it leaves out. Defaults come first: later keywords
 * win, libpq expands the URL where `dbname` stands, and what is empty counts as not there. */
static PGconn *open_url(const char *url, const struct hosts *hosts)
{
	const char *keywords[ARRAY_LEN(defaults) + 5], *values[ARRAY_LEN(defaults) + 5];
	size_t n = 0;
	for (; n < ARRAY_LEN(defaults); n++) {
		keywords[n] = defaults[n].keyword;
		values[n] = defaults[n].value;
	}
	keywords[n] = "dbname";
	values[n++] = url;
	keywords[n] = "host";
	values[n++] = hosts->host;
	keywords[n] = "hostaddr";
	values[n++] = hosts->hostaddr;
	keywords[n] = "port";
	values[n++] = hosts->port;
	keywords[n] = values[n] = NULL;
	return must(PQconnectdbParams(keywords, values, 1));
}

static struct hosts hosts_of(const PQconninfoOption *options)
{
	struct hosts hosts = {"", "", ""};
	for (; options && options->keyword; options++) {
		if (!options->val)
			continue;
		if (strcmp(options->keyword, "host") == 0)
			hosts.host = options->val;
		else if (strcmp(options->keyword, "hostaddr") == 0)
			hosts.hostaddr = options->val;
		else if (strcmp(options->keyword, "port") == 0)
			hosts.port = options->val;
	}
	return hosts;
}

static bool begins_with(const char *list, const char *entry)
{
	size_t length = strcspn(list, ",");
	return strlen(entry) == length && strncmp(list, entry, length) == 0;
}

/* Whether CONN ended at the first of HOSTS. */
static bool ended_here(const struct hosts *hosts, const PGconn *conn)
{
	return begins_with(*hosts->host ? hosts->host : hosts->hostaddr, PQhost(conn)) &&
	       (strcspn(hosts->port, ",") == 0 || begins_with(hosts->port, PQport(conn)));
}

/* Moves on to the next entry; the only one that is left stands for all that follow. */
static bool pass(const char **list)
{
	const char *comma = strchr(*list, ',');
	if (comma)
		*list = comma + 1;
	return comma;
}

/* Moves HOSTS on behind the one at which CONN ended. False when it was the last. */
static bool pass_host(struct hosts *hosts, const PGconn *conn)
{
	for (;;) {
		bool is_passed = ended_here(hosts, conn);
		bool has_more = pass(&hosts->host), has_address = pass(&hosts->hostaddr);
		if (!has_more && !has_address)
			return false;
		pass(&hosts->port);
		if (is_passed)
			return true;
	}
}

/* libpq asks the next host when one cannot be reached or does not lead. When one hangs up or lets
 * nobody in (a proxy without a server, a standby that is being made), it gives up: the hosts that
 * are left are asked here. */
static PGconn *open_any(void *ctx, const char *url, char **out_why)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	struct hosts hosts = hosts_of(options);
	PGconn *conn = open_url(url, &hosts);
	char *why = NULL;
	while (conn && PQstatus(conn) != CONNECTION_OK) {
		const char *said = db_error(ctx, PQerrorMessage(conn));
		why = must(
			why ? talloc_asprintf_append(why, " %s", said) : talloc_strdup(ctx, said));
		bool has_more = pass_host(&hosts, conn);
		PQfinish(conn);
		conn = has_more ? open_url(url, &hosts) : NULL;
	}
	PQconninfoFree(options);
	*out_why = why;
	return conn;
}

enum status db_connect(
	void *ctx, const char *url, bool long_statements, PGconn **out, char **out_why)
{
	char *why;
	PGconn *conn = open_any(ctx, url, &why);
	if (!conn) {
		*out_why = why;
		return STATUS_UNAVAILABLE;
	}
	PQsetNoticeProcessor(conn, log_notice, NULL);
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
