/* A pool on connections that a test plays: libpq's functions, the loop's and the connector's are
 * defined here, so that the test says what arrives, when, and what breaks. */
#pragma once

#include "unit.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "besace/store/pool.h"

/* ---- The other side */

struct pg_result {
	ExecStatusType status;
	const char *state;
};

#define INPUT_MAX 64

struct pg_conn {
	bool open, broken, refuses_to_send;
	PGresult *input[INPUT_MAX]; /* what has arrived and was not read; NULL: a statement's end */
	unsigned read, arrived;
	unsigned sent, syncs, answered; /* statements, Syncs, and answers to Syncs so far */
	char *last; /* the first parameter of the statement sent last */
};

struct watch {
	watch_fn *fn;
	void *arg;
};

#define CONNECTIONS_MAX 32
static struct pg_conn connections[CONNECTIONS_MAX];
static struct watch watches[CONNECTIONS_MAX];
static unsigned made, results;
static int64_t now_ms;
static bool connector_ready;
static struct {
	connector_got_fn *got;
	void *arg;
} wanted[CONNECTIONS_MAX];
static unsigned wanted_count;
static struct timer *watchdog;

void connector_want(
	struct connector *connector, struct loop *loop, connector_got_fn *got, void *arg)
{
	(void)connector, (void)loop;
	wanted[wanted_count].got = got;
	wanted[wanted_count++].arg = arg;
}

bool connector_is_ready(struct connector *connector)
{
	(void)connector;
	return connector_ready;
}

int64_t loop_now_ms(const struct loop *loop)
{
	(void)loop;
	return now_ms;
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
	(void)loop;
	watchdog = timer;
	timer->at_ms = at_ms;
}

void loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	(void)loop, (void)timer;
	watchdog = NULL;
}

struct watch *loop_watch(struct loop *loop, int fd, uint32_t events, watch_fn *fn, void *arg)
{
	(void)loop, (void)events;
	watches[fd] = (struct watch){fn, arg};
	return &watches[fd];
}

void watch_set_events(struct watch *watch, uint32_t events)
{
	(void)watch, (void)events;
}

void watch_remove(struct watch **watch)
{
	*watch = NULL;
}

int PQsocket(const PGconn *conn)
{
	return (int)(conn - connections);
}

ConnStatusType PQstatus(const PGconn *conn)
{
	return conn->broken ? CONNECTION_BAD : CONNECTION_OK;
}

void PQfinish(PGconn *conn)
{
	if (!conn)
		return;
	assert_true(conn->open);
	conn->open = false;
	while (conn->read < conn->arrived)
		PQclear(conn->input[conn->read++]);
	free(conn->last);
	conn->last = NULL;
}

int PQconsumeInput(PGconn *conn)
{
	return !conn->broken;
}

int PQisBusy(PGconn *conn)
{
	return conn->read == conn->arrived;
}

PGresult *PQgetResult(PGconn *conn)
{
	return conn->read < conn->arrived ? conn->input[conn->read++] : NULL;
}

ExecStatusType PQresultStatus(const PGresult *result)
{
	return result->status;
}

char *PQresultErrorField(const PGresult *result, int field)
{
	return (char *)(field == PG_DIAG_SQLSTATE ? result->state : "the server's sentence");
}

void PQclear(PGresult *result)
{
	results -= result != NULL;
	free(result);
}

int PQflush(PGconn *conn)
{
	return conn->broken ? -1 : 0;
}

int PQpipelineSync(PGconn *conn)
{
	conn->syncs++;
	return 1;
}

/* Reads all parameters, as libpq does: a sanitizer notices those that are gone. */
int PQsendQueryPrepared(PGconn *conn, const char *name, int count, const char *const *values,
	const int *lengths, const int *formats, int format)
{
	(void)name, (void)lengths, (void)formats, (void)format;
	size_t length = 0;
	if (conn->refuses_to_send)
		return 0;
	for (int i = 0; i < count; i++)
		length += values[i] ? strlen(values[i]) : 0;
	assert_true(length > 0);
	free(conn->last);
	conn->last = strdup(values[0]);
	conn->sent++;
	return 1;
}

/* ---- What the tests do with it */

struct world {
	void *ctx;
	struct pool *pool;
};

struct asked {
	struct pool_request request;
	unsigned answers;
	enum status status;
};

static inline void got(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct asked *asked = arg;
	assert_true((rows != NULL) == (status == STATUS_OK));
	assert_true((why == NULL) == (status == STATUS_OK));
	asked->answers++;
	asked->status = status;
}

/* The oldest request for a connection is served. Returns its number. */
static inline unsigned give_connection(void)
{
	assert_true(wanted_count > 0 && made < CONNECTIONS_MAX);
	connector_got_fn *fn = wanted[0].got;
	void *arg = wanted[0].arg;
	memmove(&wanted[0], &wanted[1], --wanted_count * sizeof(wanted[0]));
	connections[made] = (struct pg_conn){.open = true};
	fn(arg, &connections[made]);
	return made++;
}

static inline void give_connections(void)
{
	while (wanted_count > 0)
		give_connection();
}

static inline struct world open_world(void **state, unsigned size, unsigned left_to_reads)
{
	memset(connections, 0, sizeof(connections));
	made = results = wanted_count = 0;
	now_ms = 1000;
	connector_ready = false;
	struct world world = {.ctx = *state};
	world.pool = pool_create(NULL, NULL, size, left_to_reads);
	give_connections();
	return world;
}

static inline void close_world(struct world *world)
{
	pool_destroy(&world->pool);
	for (unsigned i = 0; i < made; i++)
		assert_false(connections[i].open);
	assert_int_equal(results, 0);
}

/* A request of its own context, of the member MEMBER. */
static inline struct asked *ask(struct world *world, const char *member, bool changes)
{
	struct asked *asked = talloc_zero(world->ctx, struct asked);
	struct snowflake *id = talloc_zero(asked, struct snowflake);
	strcpy(id->text, member);
	db_call_begin(id, QUERY_BAG_VIEW, &asked->request.call);
	db_set_text(&asked->request.call, "username", talloc_strdup(id, "lou"));
	db_set_integer(&asked->request.call, "seen_ms", 1);
	db_set_id(&asked->request.call, "guild_id", id);
	db_set_id(&asked->request.call, "member_id", id);
	asked->request.call.changes = changes;
	if (changes)
		asked->request.call.member = *id;
	asked->request.done = got;
	asked->request.arg = asked;
	assert_int_equal(pool_submit(world->pool, &asked->request), STATUS_OK);
	return asked;
}

static inline void arrive(unsigned conn, ExecStatusType status, const char *sqlstate)
{
	struct pg_conn *at = &connections[conn];
	PGresult *result = malloc(sizeof(*result));
	at->answered += status == PGRES_PIPELINE_SYNC;
	*result = (struct pg_result){status, sqlstate};
	results++;
	assert_true(at->arrived < INPUT_MAX);
	at->input[at->arrived++] = result;
}

static inline void end_statement(unsigned conn)
{
	connections[conn].input[connections[conn].arrived++] = NULL;
}

static inline void look(unsigned conn)
{
	watches[conn].fn(watches[conn].arg, EPOLLIN);
}

/* What one statement of a unit has come to. */
static inline void end_with(unsigned conn, ExecStatusType status, const char *sqlstate)
{
	arrive(conn, status, sqlstate);
	end_statement(conn);
}

/* The answer to a unit's Sync, which is the last of it. */
static inline void end_unit(unsigned conn)
{
	arrive(conn, PGRES_PIPELINE_SYNC, NULL);
	look(conn);
}

/* The answer to the only statement of a unit, and to its Sync. */
static inline void answer(unsigned conn)
{
	end_with(conn, PGRES_TUPLES_OK, NULL);
	end_unit(conn);
}

static inline void answer_error(unsigned conn, const char *sqlstate)
{
	end_with(conn, PGRES_FATAL_ERROR, sqlstate);
	end_unit(conn);
}

static inline void break_connection(unsigned conn)
{
	connections[conn].broken = true;
	look(conn);
}

static inline void ends(struct asked *asked, enum status status)
{
	assert_int_equal(asked->answers, 1);
	assert_int_equal(asked->status, status);
}

/* ---- Conversations that several tests have */

/* A pool of one connection, on which the request *OUT is in flight. */
static inline struct world open_asked(void **state, bool changes, struct asked **out)
{
	struct world world = open_world(state, 1, 0);
	*out = ask(&world, "3", changes);
	pool_pump(world.pool);
	return world;
}

/* Connections take the place of those that broke, and what waits is sent. */
static inline void ask_again(struct world *world)
{
	give_connections();
	pool_pump(world->pool);
}

/* Connections take the place of those that broke; the attempt that is made on CONN fails, and the
 * request ends as STATUS says. */
static inline void last_attempt(struct world *world, unsigned conn, const char *sqlstate,
	struct asked *asked, enum status status)
{
	ask_again(world);
	answer_error(conn, sqlstate);
	ends(asked, status);
	close_world(world);
}
