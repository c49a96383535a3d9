/* A pool on connections that this test plays: libpq's functions, the loop's and the connector's are
 * defined here, so that the test says what arrives, when, and what breaks. */
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

static void got(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct asked *asked = arg;
	assert_true((rows != NULL) == (status == STATUS_OK));
	assert_true((why == NULL) == (status == STATUS_OK));
	asked->answers++;
	asked->status = status;
}

/* The oldest request for a connection is served. Returns its number. */
static unsigned give_connection(void)
{
	assert_true(wanted_count > 0 && made < CONNECTIONS_MAX);
	connector_got_fn *fn = wanted[0].got;
	void *arg = wanted[0].arg;
	memmove(&wanted[0], &wanted[1], --wanted_count * sizeof(wanted[0]));
	connections[made] = (struct pg_conn){.open = true};
	fn(arg, &connections[made]);
	return made++;
}

static void give_connections(void)
{
	while (wanted_count > 0)
		give_connection();
}

static struct world open_world(void **state, unsigned size, unsigned left_to_reads)
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

static void close_world(struct world *world)
{
	pool_destroy(&world->pool);
	for (unsigned i = 0; i < made; i++)
		assert_false(connections[i].open);
	assert_int_equal(results, 0);
}

/* A request of its own context, of the member MEMBER. */
static struct asked *ask(struct world *world, const char *member, bool changes)
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

static void arrive(unsigned conn, ExecStatusType status, const char *sqlstate)
{
	struct pg_conn *at = &connections[conn];
	PGresult *result = malloc(sizeof(*result));
	at->answered += status == PGRES_PIPELINE_SYNC;
	*result = (struct pg_result){status, sqlstate};
	results++;
	assert_true(at->arrived < INPUT_MAX);
	at->input[at->arrived++] = result;
}

static void end_statement(unsigned conn)
{
	connections[conn].input[connections[conn].arrived++] = NULL;
}

static void look(unsigned conn)
{
	watches[conn].fn(watches[conn].arg, EPOLLIN);
}

/* The answer to the only statement of a unit, and to its Sync. */
static void answer(unsigned conn)
{
	arrive(conn, PGRES_TUPLES_OK, NULL);
	end_statement(conn);
	arrive(conn, PGRES_PIPELINE_SYNC, NULL);
	look(conn);
}

static void answer_error(unsigned conn, const char *sqlstate)
{
	arrive(conn, PGRES_FATAL_ERROR, sqlstate);
	end_statement(conn);
	arrive(conn, PGRES_PIPELINE_SYNC, NULL);
	look(conn);
}

static void break_connection(unsigned conn)
{
	connections[conn].broken = true;
	look(conn);
}

/* The number of the connection that has something in flight. */
static unsigned busy_one(void)
{
	for (unsigned i = 0; i < made; i++)
		if (connections[i].open && connections[i].syncs > connections[i].answered)
			return i;
	fail_msg("nothing is in flight");
	return 0;
}

static unsigned open_count(void)
{
	unsigned count = 0;
	for (unsigned i = 0; i < made; i++)
		count += connections[i].open;
	return count;
}

static bool is_sent(unsigned conn)
{
	return connections[conn].open && connections[conn].sent > 0;
}

static void ends(struct asked *asked, enum status status)
{
	assert_int_equal(asked->answers, 1);
	assert_int_equal(asked->status, status);
}

static void pool_submit_a_read_is_answered_with_its_result(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *read = ask(&world, "3", false);
	assert_false(is_sent(0));
	pool_pump(world.pool);
	assert_true(is_sent(0));
	arrive(0, PGRES_TUPLES_OK, NULL);
	end_statement(0);
	look(0);
	ends(read, STATUS_OK); /* before the Sync */
	arrive(0, PGRES_PIPELINE_SYNC, NULL);
	look(0);
	assert_int_equal(pool_pending(world.pool), 0);
	close_world(&world);
}

static void pool_submit_a_change_is_answered_after_its_commit(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	arrive(0, PGRES_TUPLES_OK, NULL);
	end_statement(0);
	look(0);
	assert_int_equal(change->answers, 0);
	arrive(0, PGRES_PIPELINE_SYNC, NULL);
	look(0);
	ends(change, STATUS_OK);
	close_world(&world);
}

static void pool_submit_a_commit_that_fails_is_no_success(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	arrive(0, PGRES_TUPLES_OK, NULL);
	end_statement(0);
	arrive(0, PGRES_FATAL_ERROR, "23514");
	arrive(0, PGRES_PIPELINE_SYNC, NULL);
	look(0);
	ends(change, STATUS_FAILED);
	close_world(&world);
}

/* libpq ends the results of a commit that failed as it ends a statement's, so that two ends come
 * with nothing of a statement between them. The Sync behind them is read all the same, whether it
 * came with them or later. */
static void pool_submit_a_commit_that_fails_is_read_to_its_sync(void **state)
{
	struct world world = open_world(state, 1, 0);
	for (int later = 0; later < 2; later++) {
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		arrive(0, PGRES_TUPLES_OK, NULL);
		end_statement(0);
		arrive(0, PGRES_FATAL_ERROR, "23514");
		end_statement(0);
		if (later)
			look(0);
		arrive(0, PGRES_PIPELINE_SYNC, NULL);
		look(0);
		ends(change, STATUS_FAILED);
		assert_int_equal(pool_pending(world.pool), 0);
	}
	close_world(&world);
}

static void pool_submit_a_call_that_is_not_bound_fails_unsent(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked asked = {.request = {.done = got, .arg = &asked}};
	db_call_begin(world.ctx, QUERY_BAG_VIEW, &asked.request.call);
	assert_int_equal(pool_submit(world.pool, &asked.request), STATUS_OK);
	pool_pump(world.pool);
	ends(&asked, STATUS_FAILED);
	assert_false(is_sent(0));
	close_world(&world);
}

static void pool_submit_refuses_when_the_queue_is_full(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *first = ask(&world, "3", false);
	for (unsigned i = 1; i < POOL_MAX_QUEUE; i++)
		ask(&world, "3", false);
	struct pool_request other = first->request;
	assert_int_equal(pool_submit(world.pool, &other), STATUS_UNAVAILABLE);
	pool_pump(world.pool); /* a batch of them is sent */
	assert_int_equal(pool_submit(world.pool, &other), STATUS_OK);
	assert_false(pool_cancel(world.pool, &other));
	close_world(&world);
}

static void pool_submit_refuses_when_the_database_is_away(void **state)
{
	struct world world = open_world(state, 1, 0);
	break_connection(0);
	struct asked *early = ask(&world, "3", false); /* within a second it is waited for */
	now_ms += 1001;
	struct pool_request other = early->request;
	assert_true(pool_is_away(world.pool));
	assert_int_equal(pool_submit(world.pool, &other), STATUS_UNAVAILABLE);
	connector_ready = true; /* one is on its way */
	assert_false(pool_is_away(world.pool));
	give_connections();
	pool_pump(world.pool);
	answer(1);
	ends(early, STATUS_OK);
	close_world(&world);
}

/* ---- Connections that break */

static void pool_lost_before_it_was_sent_is_not_done(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	connections[0].refuses_to_send = true;
	pool_pump(world.pool);
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNAVAILABLE);
	close_world(&world);
}

static void pool_lost_read_is_asked_again(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *read = ask(&world, "3", false);
	pool_pump(world.pool);
	break_connection(0);
	assert_int_equal(read->answers, 0);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "57014");
	ends(read, STATUS_UNAVAILABLE);
	close_world(&world);
}

static void pool_lost_change_is_asked_again(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	break_connection(0);
	give_connections();
	pool_pump(world.pool);
	assert_string_equal(connections[1].last, "3");
	answer(1);
	ends(change, STATUS_OK);
	close_world(&world);
}

/* Whether the statement's answer had come does not matter: the commit's had not. */
static void pool_lost_change_stays_unknown_until_its_receipt_says(void **state)
{
	static const char *const states[] = {
		"55P03", "57014", "53100", "53200", "53300", "22003", "XX000"};
	for (size_t i = 0; i < 2 * ARRAY_LEN(states); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		if (i % 2) {
			arrive(0, PGRES_TUPLES_OK, NULL);
			end_statement(0);
			look(0);
		}
		break_connection(0);
		give_connections();
		pool_pump(world.pool);
		answer_error(1, states[i / 2]);
		ends(change, STATUS_UNKNOWN);
		close_world(&world);
	}
}

static void pool_lost_change_stays_unknown_after_conflicts(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	break_connection(0);
	give_connections();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(change->answers, 0);
		pool_pump(world.pool);
		answer_error(1, "40001");
	}
	ends(change, STATUS_UNKNOWN);
	close_world(&world);
}

/* The server's last word before it ends a session says nothing about a commit under way. */
static void pool_lost_change_stays_unknown_after_a_shutdown(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	arrive(0, PGRES_FATAL_ERROR, "57P01");
	end_statement(0);
	arrive(0, PGRES_PIPELINE_SYNC, NULL);
	look(0);
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNKNOWN);
	close_world(&world);
}

static void pool_stuck_connection_is_dropped(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	now_ms += 12000;
	watchdog->fn(watchdog->arg);
	assert_true(connections[0].open);
	now_ms += 1;
	watchdog->fn(watchdog->arg);
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNKNOWN);
	close_world(&world);
}

/* ---- What the server says */

static void pool_error_that_time_may_mend_is_unavailable(void **state)
{
	static const char *const states[] = {"55P03", "57014", "53100", "53200", "53300"};
	for (size_t i = 0; i < 2 * ARRAY_LEN(states); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *asked = ask(&world, "3", i % 2);
		pool_pump(world.pool);
		answer_error(0, states[i / 2]);
		ends(asked, STATUS_UNAVAILABLE);
		assert_true(connections[0].open);
		close_world(&world);
	}
}

static void pool_error_that_is_a_defect_fails(void **state)
{
	static const char *const states[] = {"22003", "23514", "42601", "P0001", "XX000"};
	for (size_t i = 0; i < 2 * ARRAY_LEN(states); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *asked = ask(&world, "3", i % 2);
		pool_pump(world.pool);
		answer_error(0, states[i / 2]);
		ends(asked, STATUS_FAILED);
		assert_true(connections[0].open);
		close_world(&world);
	}
}

static void pool_conflict_is_tried_five_times(void **state)
{
	static const char *const states[] = {"40001", "40P01"};
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *change = ask(&world, "3", true);
		for (unsigned tries = 1; tries <= 5; tries++) {
			assert_int_equal(change->answers, 0);
			pool_pump(world.pool);
			assert_int_equal(connections[0].sent, tries);
			answer_error(0, states[i]);
		}
		ends(change, STATUS_UNAVAILABLE);
		close_world(&world);
	}
}

static void pool_failing_read_is_repeated_apart_from_its_neighbours(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *bad = ask(&world, "3", false), *good = ask(&world, "4", false);
	pool_pump(world.pool);
	assert_int_equal(connections[0].sent, 2);
	arrive(0, PGRES_FATAL_ERROR, "22003");
	end_statement(0);
	arrive(0, PGRES_PIPELINE_ABORTED, NULL);
	end_statement(0);
	arrive(0, PGRES_PIPELINE_SYNC, NULL);
	look(0);
	ends(bad, STATUS_FAILED);
	assert_int_equal(good->answers, 0);
	pool_pump(world.pool);
	answer(0);
	ends(good, STATUS_OK);
	close_world(&world);
}

/* Whatever made them fail together, each is asked by itself the second time. */
static void pool_aborted_reads_are_repeated_one_by_one(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *reads[3];
	for (int i = 0; i < 3; i++)
		reads[i] = ask(&world, "3", false);
	pool_pump(world.pool);
	arrive(0, PGRES_FATAL_ERROR, "40001");
	end_statement(0);
	for (int i = 0; i < 2; i++) {
		arrive(0, PGRES_PIPELINE_ABORTED, NULL);
		end_statement(0);
	}
	arrive(0, PGRES_PIPELINE_SYNC, NULL);
	look(0);
	for (unsigned i = 0; i < 3; i++) {
		pool_pump(world.pool);
		assert_int_equal(connections[0].sent, 3 + i + 1);
		answer(0);
	}
	for (int i = 0; i < 3; i++)
		ends(reads[i], STATUS_OK);
	close_world(&world);
}

/* What was in flight goes before what waited, in the order in which it was asked. */
static void pool_lost_reads_are_asked_again_in_their_order(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *reads[3];
	for (int i = 0; i < 3; i++)
		reads[i] = ask(&world, "3", false);
	pool_pump(world.pool);
	struct asked *later = ask(&world, "3", false);
	break_connection(0);
	give_connections();
	pool_pump(world.pool);
	for (int i = 0; i < 3; i++) {
		arrive(1, PGRES_TUPLES_OK, NULL);
		end_statement(1);
		look(1);
		for (int k = 0; k < 3; k++)
			assert_int_equal(reads[k]->answers, k <= i);
		assert_int_equal(later->answers, 0);
	}
	arrive(1, PGRES_TUPLES_OK, NULL);
	end_statement(1);
	arrive(1, PGRES_PIPELINE_SYNC, NULL);
	look(1);
	ends(later, STATUS_OK);
	close_world(&world);
}

/* The connection breaks while the change is written to it: the server may have all of it. */
static void pool_change_that_was_partly_written_may_be_done(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	connections[0].broken = true;
	pool_pump(world.pool);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNKNOWN);
	close_world(&world);
}

/* A standby, or a server that is shutting down, has not done it: another may. */
static void pool_read_only_server_is_left(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	answer_error(0, "25006");
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNAVAILABLE);
	close_world(&world);
}

/* ---- Stale plans */

static const char *const stale[] = {"0A000", "42883", "42703", "42P01", "26000"};

static void pool_stale_plan_is_made_anew_unnoticed(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(stale); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *asked = ask(&world, "3", i % 2);
		pool_pump(world.pool);
		answer_error(0, stale[i / 2]);
		assert_int_equal(asked->answers, 0);
		assert_false(connections[0].open);
		give_connections();
		pool_pump(world.pool);
		answer(1);
		ends(asked, STATUS_OK);
		close_world(&world);
	}
}

static void pool_stale_plan_twice_is_a_defect(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(stale); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		answer_error(0, stale[i]);
		give_connections();
		pool_pump(world.pool);
		answer_error(1, stale[i]);
		ends(change, STATUS_FAILED); /* and known not to have happened */
		assert_true(connections[1].open);
		close_world(&world);
	}
}

/* The others were prepared before the change too: whatever is asked next finds new ones. */
static void pool_stale_plan_outdates_the_other_connections(void **state)
{
	struct world world = open_world(state, 3, 0);
	struct asked *busy = ask(&world, "3", true), *stale_one = ask(&world, "4", true);
	pool_pump(world.pool);
	answer_error(1, "42883");
	assert_false(connections[1].open);
	assert_false(connections[2].open); /* idle */
	assert_true(connections[0].open);
	answer(0);
	ends(busy, STATUS_OK);
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer(busy_one());
	ends(stale_one, STATUS_OK);
	close_world(&world);
}

/* A statement that fails on every plan does not keep the pool without connections. */
static void pool_stale_plan_outdates_the_others_once_a_second(void **state)
{
	static const struct {
		int64_t after_ms;
		unsigned left;
	} cases[] = {{0, 0}, {999, 1}, {1, 0}};
	struct world world = open_world(state, 2, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		now_ms += cases[i].after_ms;
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		answer_error(busy_one(), "42883");
		assert_int_equal(open_count(), cases[i].left);
		give_connections();
		pool_pump(world.pool);
		answer(busy_one());
		ends(change, STATUS_OK);
	}
	close_world(&world);
}

/* ---- Cancelling */

static void pool_cancel_a_queued_request_was_never_sent(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	assert_false(pool_cancel(world.pool, &change->request));
	pool_pump(world.pool);
	assert_false(is_sent(0));
	assert_int_equal(pool_pending(world.pool), 0);
	close_world(&world);
}

static void pool_cancel_a_sent_change_counts_as_unknown(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	assert_true(pool_cancel(world.pool, &change->request));
	talloc_free(change);
	answer(0);
	assert_int_equal(pool_pending(world.pool), 0);
	struct asked *next = ask(&world, "3", true);
	pool_pump(world.pool);
	answer(0);
	ends(next, STATUS_OK);
	close_world(&world);
}

/* Its parameters went with its owner. */
static void pool_cancel_a_sent_change_is_never_sent_again(void **state)
{
	static const char *const states[] = {NULL, "40001", "42883", "25006", "57P01"};
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		assert_true(pool_cancel(world.pool, &change->request));
		talloc_free(change);
		if (states[i])
			answer_error(0, states[i]);
		else
			break_connection(0);
		give_connections();
		pool_pump(world.pool);
		assert_int_equal(connections[0].sent, 1);
		assert_int_equal(connections[1].sent, 0);
		assert_int_equal(pool_pending(world.pool), 0);
		close_world(&world);
	}
}

static void pool_cancel_one_of_several_reads_leaves_the_others(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *first = ask(&world, "3", false), *second = ask(&world, "4", false);
	pool_pump(world.pool);
	assert_true(pool_cancel(world.pool, &first->request));
	talloc_free(first);
	break_connection(0);
	give_connections();
	pool_pump(world.pool);
	assert_int_equal(connections[1].sent, 1);
	answer(1);
	ends(second, STATUS_OK);
	close_world(&world);
}

static void pool_cancel_a_change_that_was_lost_counts_as_unknown(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	break_connection(0);
	assert_true(pool_cancel(world.pool, &change->request));
	close_world(&world);
}

static void pool_cancel_a_change_that_conflicted_is_not_done(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	answer_error(0, "40001");
	assert_false(pool_cancel(world.pool, &change->request));
	close_world(&world);
}

/* ---- Whose turn it is */

static void pool_pump_a_member_has_one_change_in_flight(void **state)
{
	struct world world = open_world(state, 2, 0);
	struct asked *first = ask(&world, "3", true), *second = ask(&world, "3", true);
	pool_pump(world.pool);
	assert_false(is_sent(1));
	answer(0);
	ends(first, STATUS_OK);
	pool_pump(world.pool);
	answer(0);
	ends(second, STATUS_OK);
	close_world(&world);
}

static void pool_pump_a_connection_is_reserved_for_reads(void **state)
{
	struct world world = open_world(state, 2, 1);
	ask(&world, "3", true);
	struct asked *other = ask(&world, "4", true), *read = ask(&world, "5", false);
	pool_pump(world.pool);
	answer(1);
	ends(read, STATUS_OK);
	assert_int_equal(other->answers, 0);
	pool_pump(world.pool);
	assert_int_equal(connections[1].sent, 1);
	close_world(&world);
}

static void pool_pump_a_lost_change_frees_its_member(void **state)
{
	struct world world = open_world(state, 2, 0);
	struct asked *first = ask(&world, "3", true), *second = ask(&world, "3", true);
	pool_pump(world.pool);
	break_connection(0);
	pool_pump(world.pool);
	answer(1);
	ends(first, STATUS_OK); /* it was first, and is so again */
	pool_pump(world.pool);
	answer(1);
	ends(second, STATUS_OK);
	close_world(&world);
}

static const struct CMUnitTest tests[] = {
	UNIT(pool_submit_a_read_is_answered_with_its_result),
	UNIT(pool_submit_a_change_is_answered_after_its_commit),
	UNIT(pool_submit_a_commit_that_fails_is_no_success),
	UNIT(pool_submit_a_commit_that_fails_is_read_to_its_sync),
	UNIT(pool_submit_a_call_that_is_not_bound_fails_unsent),
	UNIT(pool_submit_refuses_when_the_queue_is_full),
	UNIT(pool_submit_refuses_when_the_database_is_away),
	UNIT(pool_lost_before_it_was_sent_is_not_done),
	UNIT(pool_lost_read_is_asked_again),
	UNIT(pool_lost_change_is_asked_again),
	UNIT(pool_lost_change_stays_unknown_until_its_receipt_says),
	UNIT(pool_lost_change_stays_unknown_after_conflicts),
	UNIT(pool_lost_change_stays_unknown_after_a_shutdown),
	UNIT(pool_stuck_connection_is_dropped),
	UNIT(pool_error_that_time_may_mend_is_unavailable),
	UNIT(pool_error_that_is_a_defect_fails),
	UNIT(pool_conflict_is_tried_five_times),
	UNIT(pool_aborted_reads_are_repeated_one_by_one),
	UNIT(pool_lost_reads_are_asked_again_in_their_order),
	UNIT(pool_change_that_was_partly_written_may_be_done),
	UNIT(pool_failing_read_is_repeated_apart_from_its_neighbours),
	UNIT(pool_read_only_server_is_left),
	UNIT(pool_stale_plan_is_made_anew_unnoticed),
	UNIT(pool_stale_plan_twice_is_a_defect),
	UNIT(pool_stale_plan_outdates_the_other_connections),
	UNIT(pool_stale_plan_outdates_the_others_once_a_second),
	UNIT(pool_cancel_a_queued_request_was_never_sent),
	UNIT(pool_cancel_a_sent_change_counts_as_unknown),
	UNIT(pool_cancel_a_sent_change_is_never_sent_again),
	UNIT(pool_cancel_one_of_several_reads_leaves_the_others),
	UNIT(pool_cancel_a_change_that_was_lost_counts_as_unknown),
	UNIT(pool_cancel_a_change_that_conflicted_is_not_done),
	UNIT(pool_pump_a_member_has_one_change_in_flight),
	UNIT(pool_pump_a_connection_is_reserved_for_reads),
	UNIT(pool_pump_a_lost_change_frees_its_member),
};

UNIT_MAIN(tests)
