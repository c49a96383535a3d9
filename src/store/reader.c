/* A blocking connection that only reads. */
#include "besace/store/reader.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/store/db.h"
#include "besace/store/pooler.h"
#include "besace/store/query.h"

/* A server that is away is not asked again before: each attempt holds a thread. */
#define RECONNECT_MS 500

/* Pages are read in milliseconds; one that takes longer is not waited for. Plans are made once: a
 * limit that is not known looks dear to PostgreSQL, which would plan each page anew, and that takes
 * twice as long as reading it. What a bitmap costs stands in db.c. */
#define SESSION                                                                                    \
	"SELECT set_config('search_path', 'besace_reader, ' || current_setting('search_path'), "   \
	"false); SET default_transaction_read_only = on; SET statement_timeout = 3000; "           \
	"SET lock_timeout = 2000; SET jit = off; SET enable_bitmapscan = off; "                    \
	"SET plan_cache_mode = force_generic_plan"

struct reader {
	char *url;
	PGconn *conn; /* NULL: none */
	PGresult *result; /* of the last call */
	bool is_prepared[QUERY_COUNT];
	int64_t tried_ms; /* the last attempt that failed; 0: none did */
};

struct reader *reader_create(const char *url)
{
	struct reader *reader = must(talloc_zero(NULL, struct reader));
	reader->url = must(talloc_strdup(reader, url));
	return reader;
}

static void disconnect(struct reader *reader)
{
	PQclear(reader->result);
	reader->result = NULL;
	PQfinish(reader->conn);
	reader->conn = NULL;
	memset(reader->is_prepared, 0, sizeof(reader->is_prepared));
}

void reader_destroy(struct reader **handle)
{
	if (!*handle)
		return;
	disconnect(*handle);
	talloc_free(*handle);
	*handle = NULL;
}

static enum status connect_reader(void *ctx, struct reader *reader, char **out_why)
{
	int64_t now_ms = clock_mono_ms();
	if (reader->tried_ms && now_ms - reader->tried_ms < RECONNECT_MS) {
		*out_why = must(talloc_strdup(ctx, "the database is away"));
		return STATUS_UNAVAILABLE;
	}
	enum status status = db_connect(ctx, reader->url, false, &reader->conn, out_why);
	if (!status) {
		/* First: what is set must not stay with somebody else's session. */
		status = pooler_look(ctx, reader->conn, reader->url, out_why);
		if (!status)
			status = db_exec(ctx, reader->conn, SESSION, NULL, out_why);
		if (status)
			disconnect(reader);
	}
	reader->tried_ms = status ? clock_mono_ms() : 0;
	return status ? STATUS_UNAVAILABLE : STATUS_OK;
}

/* What came back; STATUS_UNKNOWN when the connection is lost. */
static enum status judge(void *ctx, struct reader *reader, char **out_why)
{
	ExecStatusType outcome = PQresultStatus(reader->result);
	if (outcome == PGRES_TUPLES_OK || outcome == PGRES_COMMAND_OK)
		return STATUS_OK;
	*out_why = db_error(ctx, PQerrorMessage(reader->conn));
	return PQstatus(reader->conn) == CONNECTION_OK ? STATUS_FAILED : STATUS_UNKNOWN;
}

static enum status ask_once(void *ctx, struct reader *reader, struct db_call *call, char **out_why)
{
	const struct query_text *query = &queries()[call->query];
	PQclear(reader->result);
	reader->result = NULL;
	if (!reader->is_prepared[call->query]) {
		reader->result = PQprepare(
			reader->conn, query->name, query->sql, query->param_count, query->oids);
		enum status status = judge(ctx, reader, out_why);
		if (status)
			return status;
		reader->is_prepared[call->query] = true;
		PQclear(reader->result);
	}
	reader->result = PQexecPrepared(
		reader->conn, query->name, query->param_count, call->bound, NULL, NULL, 0);
	return judge(ctx, reader, out_why);
}

enum status reader_ask(void *ctx, struct reader *reader, struct db_call *call,
	struct db_rows *out_rows, char **out_why)
{
	const char *fault = db_call_fault(call);
	if (fault) {
		*out_why = must(talloc_strdup(ctx, fault));
		return STATUS_FAILED;
	}
	enum status status = STATUS_UNKNOWN;
	for (int attempt = 0; attempt < 2 && status == STATUS_UNKNOWN; attempt++) {
		if (!reader->conn && connect_reader(ctx, reader, out_why))
			return STATUS_UNAVAILABLE;
		status = ask_once(ctx, reader, call, out_why);
		if (status == STATUS_OK) {
			out_rows->result = reader->result;
			return STATUS_OK;
		}
		/* Views and tables change under a plan with an update: the next call has none. */
		disconnect(reader);
	}
	return status == STATUS_UNKNOWN ? STATUS_UNAVAILABLE : status;
}
