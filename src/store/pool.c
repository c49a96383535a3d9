/* A loop's database connections. */
#include "besace/store/pool.h"

#include <string.h>
#include <sys/epoll.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"
#include "besace/store/db.h"
#include "besace/store/query.h"

/* No connection for this long, and requests are refused at once instead of waiting. */
#define AWAY_AFTER_MS 1000

/* A unit that takes longer than the statement timeout (10 s) is on a dead connection. */
#define STUCK_AFTER_MS 12000
#define WATCHDOG_MS 1000

/* Serialization failures and deadlocks are asked again this often: they hit one of two, so a
 * second try nearly always passes. */
#define CONFLICT_TRIES 5

/* Stale plans drop all connections of a pool at most this often: a statement that fails whatever
 * it is planned on must not keep the pool without any. */
#define STALE_EVERY_MS 1000

TAILQ_HEAD(request_list, pool_request);

enum slot_state {
	SLOT_WAITING, /* no connection: the connector was asked */
	SLOT_IDLE, /* usable, nothing in flight */
	SLOT_BUSY, /* a unit is in flight; `running` holds it */
};

struct slot {
	struct pool *pool;
	enum slot_state state;
	PGconn *conn;
	struct watch *watch;
	struct request_list running; /* in the order sent; done ones are taken out */
	struct pool_request *current; /* whose results come next */
	bool is_change;
	struct snowflake member; /* whose change it is */
	bool outdated; /* its plans are stale: dropped as soon as nothing is in flight */
	int64_t busy_since_ms;
};

struct pool {
	struct loop *loop;
	struct connector *connector;
	unsigned size, connected, pending;
	unsigned changing, changing_max; /* connections with a change in flight */
	struct slot *slots;
	struct request_list reads, changes; /* waiting */
	struct request_list defects; /* waiting to be refused: they cannot be sent */
	unsigned waiting;
	int64_t away_since_ms; /* while connected is 0 */
	int64_t stale_ms; /* when connections were last dropped for their plans */
	struct timer watchdog;
};

static void got_connection(void *arg, PGconn *conn);
static void slot_event(void *arg, uint32_t events);

static struct request_list *queue_of(struct pool *pool, const struct pool_request *request)
{
	if (request->call.fault)
		return &pool->defects;
	return request->call.changes ? &pool->changes : &pool->reads;
}

static void enqueue(struct pool *pool, struct pool_request *request, bool first)
{
	struct request_list *queue = queue_of(pool, request);
	if (first)
		TAILQ_INSERT_HEAD(queue, request, next);
	else
		TAILQ_INSERT_TAIL(queue, request, next);
	request->place = REQUEST_QUEUED;
	pool->waiting++;
	metrics_add(METRIC_DB_QUEUE, 0, 1);
}

static void dequeue(struct pool *pool, struct pool_request *request)
{
	TAILQ_REMOVE(queue_of(pool, request), request, next);
	request->place = REQUEST_OUT;
	pool->waiting--;
	metrics_add(METRIC_DB_QUEUE, 0, -1);
}

/* Hands a request back to its owner. */
static void finish(
	struct pool *pool, struct pool_request *request, enum status status, const char *why)
{
	PGresult *result = request->result;
	request->result = NULL;
	request->place = REQUEST_OUT;
	pool->pending--;
	metrics_observe_us(METRIC_DB_SECONDS, clock_mono_us() - request->submitted_us);
	struct db_rows rows = {result};
	request->done(request->arg, status, status ? NULL : &rows, why);
	PQclear(result);
}

/* The owner of REQUEST went away while it was in flight: its parameters are gone with it. */
static void nobody(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	(void)status, (void)rows, (void)why;
	talloc_free(arg);
}

/* Puts a request that was sent in vain back to the front of its queue, unless nobody waits. */
static void again(struct pool *pool, struct pool_request *request)
{
	PQclear(request->result);
	request->result = NULL;
	if (request->done == nobody)
		finish(pool, request, STATUS_UNAVAILABLE, NULL);
	else
		enqueue(pool, request, true);
}

/* ---- A connection's life */

static void slot_want(struct slot *slot)
{
	slot->state = SLOT_WAITING;
	connector_want(slot->pool->connector, slot->pool->loop, got_connection, slot);
}

static void got_connection(void *arg, PGconn *conn)
{
	struct slot *slot = arg;
	slot->conn = conn;
	slot->state = SLOT_IDLE;
	slot->outdated = false;
	slot->watch = loop_watch(slot->pool->loop, PQsocket(conn), EPOLLIN, slot_event, slot);
	slot->pool->connected++;
	metrics_add(METRIC_DB_CONNECTIONS, 0, 1);
}

/* Leaves the unit behind: nothing in flight any more. */
static void slot_rest(struct slot *slot)
{
	if (slot->is_change)
		slot->pool->changing--;
	slot->is_change = false;
	slot->member.text[0] = '\0';
	slot->current = NULL;
}

/* Drops the connection; what was in flight goes back to the front of its queue, in order. With
 * MAYBE_DONE, a change among it may have been committed. */
static void slot_drop(struct slot *slot, bool maybe_done)
{
	struct pool *pool = slot->pool;
	watch_remove(&slot->watch);
	PQfinish(slot->conn);
	slot->conn = NULL;
	struct pool_request *request;
	while ((request = TAILQ_LAST(&slot->running, request_list))) {
		TAILQ_REMOVE(&slot->running, request, next);
		request->maybe_done = request->maybe_done || maybe_done;
		metrics_add(METRIC_DB_RETRIES, 0, 1);
		again(pool, request);
	}
	slot_rest(slot);
	metrics_add(METRIC_DB_LOST, 0, 1);
	metrics_add(METRIC_DB_CONNECTIONS, 0, -1);
	if (--pool->connected == 0)
		pool->away_since_ms = loop_now_ms(pool->loop);
	slot_want(slot);
}

/* The connection broke, with no word about what was in flight. */
static void slot_lose(struct slot *slot)
{
	slot_drop(slot, true);
}

/* Somebody has changed what the statements were planned on. Every connection of the pool was
 * prepared before that: the idle ones go now, the busy ones when they have answered. */
static void outdate_others(struct pool *pool, const struct slot *found)
{
	int64_t now = loop_now_ms(pool->loop);
	if (pool->stale_ms && now - pool->stale_ms < STALE_EVERY_MS)
		return;
	pool->stale_ms = now;
	for (unsigned i = 0; i < pool->size; i++) {
		struct slot *slot = &pool->slots[i];
		if (slot == found || slot->state == SLOT_WAITING)
			continue;
		slot->outdated = true;
		if (slot->state == SLOT_IDLE)
			slot_drop(slot, false);
	}
}

/* ---- Results */

enum pool_verdict {
	VERDICT_OK,
	VERDICT_AGAIN,
	VERDICT_UNAVAILABLE,
	VERDICT_STALE, /* rolled back; the connection must be prepared anew */
	VERDICT_REFUSED, /* rolled back; this server cannot do it */
	VERDICT_LOST, /* the connection ends, with or without the change */
	VERDICT_DENIED, /* the id was used for another command */
	VERDICT_FAILED,
};

/* What a failed statement means, by its SQLSTATE (PostgreSQL's manual, appendix A). */
static enum pool_verdict judge_error(const PGresult *result)
{
	static const struct {
		const char *prefix;
		enum pool_verdict verdict;
	} table[] = {
		{"40001", VERDICT_AGAIN}, /* serialization failure */
		{"40P01", VERDICT_AGAIN}, /* deadlock */
		{"55P03", VERDICT_UNAVAILABLE}, /* lock timeout */
		{"57014", VERDICT_UNAVAILABLE}, /* statement timeout */
		{"53", VERDICT_UNAVAILABLE}, /* out of disk, memory, connections */
		{"25006", VERDICT_REFUSED}, /* read-only: this server is a standby now */
		{"25P0", VERDICT_LOST}, /* a transaction is in a state it should not be */
		{"0A000", VERDICT_STALE}, /* a cached plan must not change its result type */
		{"26000", VERDICT_STALE}, /* the prepared statement is gone */
		{"42703", VERDICT_STALE}, /* a column is gone */
		{"42883", VERDICT_STALE}, /* a function is gone */
		{"42P01", VERDICT_STALE}, /* a table is gone */
		{"57P", VERDICT_LOST}, /* the server is shutting down */
		{"08", VERDICT_LOST}, /* connection exceptions */
		{"BE001", VERDICT_DENIED}, /* besace_receipt */
	};
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	if (!state)
		return VERDICT_LOST;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0)
			return table[i].verdict;
	return VERDICT_FAILED;
}

static enum pool_verdict judge(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		return VERDICT_OK;
	case PGRES_PIPELINE_ABORTED:
		return VERDICT_AGAIN; /* one before it in the same unit failed */
	default:
		return judge_error(result);
	}
}

/* What the owner of REQUEST is told of VERDICT, which is none of those that ask again. A change
 * that may have been committed before is neither done nor undone by a later attempt that failed:
 * only its receipt, which that attempt did not reach, could say. */
static enum status status_of(const struct pool_request *request, enum pool_verdict verdict)
{
	if (verdict == VERDICT_OK)
		return STATUS_OK;
	if (verdict == VERDICT_DENIED) /* the receipt was reached, and is another change's */
		return STATUS_DENIED;
	if (request->call.changes && request->maybe_done)
		return STATUS_UNKNOWN;
	return verdict == VERDICT_UNAVAILABLE ? STATUS_UNAVAILABLE : STATUS_FAILED;
}

/* What becomes of REQUEST by its result: conflicts and stale plans are tried again within bounds.
 */
static enum pool_verdict judge_request(struct pool_request *request)
{
	enum pool_verdict verdict = judge(request->result);
	bool aborted = PQresultStatus(request->result) == PGRES_PIPELINE_ABORTED;
	if (verdict == VERDICT_AGAIN && !aborted && ++request->conflicts >= CONFLICT_TRIES)
		return VERDICT_UNAVAILABLE;
	if (verdict == VERDICT_STALE && request->replanned)
		return VERDICT_FAILED;
	request->replanned = request->replanned || verdict == VERDICT_STALE;
	return verdict;
}

/* Ends REQUEST by its result. False when that took the connection: it was dropped, and what was in
 * flight on it is asked again. */
static bool settle(struct slot *slot, struct pool_request *request)
{
	enum pool_verdict verdict = judge_request(request);
	switch (verdict) {
	case VERDICT_STALE:
		outdate_others(slot->pool, slot);
		slot_drop(slot, false);
		return false;
	case VERDICT_REFUSED:
		slot_drop(slot, false);
		return false;
	case VERDICT_LOST:
		slot_drop(slot, true);
		return false;
	case VERDICT_AGAIN:
		TAILQ_REMOVE(&slot->running, request, next);
		request->alone = true;
		again(slot->pool, request);
		return true;
	default:
		break;
	}
	TAILQ_REMOVE(&slot->running, request, next);
	const char *why =
		verdict ? PQresultErrorField(request->result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	finish(slot->pool, request, status_of(request, verdict), why);
	return true;
}

/* A statement's results are complete. A read is handed over at once; a change only when the Sync
 * behind it is confirmed, because that is its commit. */
static bool statement_done(struct slot *slot)
{
	struct pool_request *request = slot->current;
	slot->current = TAILQ_NEXT(request, next);
	return request->call.changes || settle(slot, request);
}

/* The unit is complete: the Sync was answered. False as of settle. */
static bool unit_done(struct slot *slot)
{
	struct pool_request *request = TAILQ_FIRST(&slot->running);
	if (request && !settle(slot, request))
		return false;
	slot_rest(slot);
	slot->state = SLOT_IDLE;
	if (!slot->outdated)
		return true;
	slot_drop(slot, false);
	return false;
}

/* Keeps a result for its request. One that comes after all statements is the failure of the
 * commit itself, and takes the place of what the change had returned. */
static bool keep_result(struct slot *slot, PGresult *result)
{
	struct pool_request *request = slot->current ? slot->current : TAILQ_FIRST(&slot->running);
	if (!request) {
		PQclear(result);
		return false;
	}
	PQclear(request->result);
	request->result = result;
	return true;
}

/* Reads what has arrived. False when the connection must be dropped; it may also have been dropped
 * already, for what the server said. libpq says by one NULL that a statement's results are
 * complete, and by another that nothing is left. The failure of a commit has a NULL of its own
 * behind it, though no statement: only a second one in a row means that the rest has not arrived.
 */
static bool slot_read(struct slot *slot)
{
	bool after_end = false;
	if (!PQconsumeInput(slot->conn))
		return false;
	while (slot->state == SLOT_BUSY && !PQisBusy(slot->conn)) {
		PGresult *result = PQgetResult(slot->conn);
		bool was_end = after_end;
		after_end = !result;
		if (!result) {
			bool of_statement = slot->current && slot->current->result;
			if (!of_statement && was_end)
				break;
			if (of_statement && !statement_done(slot))
				return true;
		} else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			if (!unit_done(slot))
				return true;
		} else if (!keep_result(slot, result)) {
			return false; /* not in step with the server */
		}
	}
	return PQstatus(slot->conn) == CONNECTION_OK;
}

/* Writes what libpq still holds; asks for EPOLLOUT as long as something is left. */
static bool slot_flush(struct slot *slot)
{
	int left = PQflush(slot->conn);
	if (left < 0)
		return false;
	watch_set_events(slot->watch, left ? EPOLLIN | EPOLLOUT : EPOLLIN);
	return true;
}

static void slot_event(void *arg, uint32_t events)
{
	struct slot *slot = arg;
	bool alive = !(events & EPOLLOUT) || slot_flush(slot);
	if (!alive || !slot_read(slot))
		slot_lose(slot);
}

/* ---- Sending */

static bool send_one(struct slot *slot, struct pool_request *request)
{
	const struct query_text *query = &queries()[request->call.query];
	return PQsendQueryPrepared(slot->conn, query->name, query->param_count, request->call.bound,
		       NULL, NULL, 0) == 1;
}

static void take(struct slot *slot, struct pool_request *request)
{
	dequeue(slot->pool, request);
	request->place = REQUEST_RUNNING;
	TAILQ_INSERT_TAIL(&slot->running, request, next);
}

/* Sends the unit in slot->running. */
static void slot_send(struct slot *slot)
{
	slot->state = SLOT_BUSY;
	slot->busy_since_ms = loop_now_ms(slot->pool->loop);
	slot->current = TAILQ_FIRST(&slot->running);
	bool sent = true;
	struct pool_request *request;
	TAILQ_FOREACH (request, &slot->running, next)
		sent = sent && send_one(slot, request);
	/* Nothing is committed before the server has the Sync. */
	if (!sent || !PQpipelineSync(slot->conn))
		slot_drop(slot, false);
	else if (!slot_flush(slot))
		slot_lose(slot);
}

/* Whether another change of the same member is in flight. */
static bool member_is_busy(const struct pool *pool, const struct snowflake *member)
{
	if (member->text[0] == '\0')
		return false;
	for (unsigned i = 0; i < pool->size; i++)
		if (pool->slots[i].is_change && snowflake_equal(&pool->slots[i].member, member))
			return true;
	return false;
}

/* The oldest change that may be sent now, or NULL. */
static struct pool_request *next_change(const struct pool *pool)
{
	if (pool->changing >= pool->changing_max)
		return NULL;
	struct pool_request *request;
	TAILQ_FOREACH (request, &pool->changes, next)
		if (!member_is_busy(pool, &request->call.member))
			return request;
	return NULL;
}

static void take_change(struct slot *slot, struct pool_request *request)
{
	take(slot, request);
	slot->is_change = true;
	slot->member = request->call.member;
	slot->pool->changing++;
}

/* Takes reads that share a round trip: as many as may, rather than a share for each idle
 * connection. A read takes the server less time than a round trip of its own costs both sides, and
 * less than this loop took to read the request it is for. */
static void take_reads(struct slot *slot)
{
	struct pool_request *request;
	for (unsigned n = 0; n < POOL_MAX_READS && (request = TAILQ_FIRST(&slot->pool->reads));
		n++) {
		if (request->alone && n > 0)
			return;
		take(slot, request);
		if (request->alone)
			return;
	}
}

/* Ends the calls that are a defect of ours. */
static void refuse_defects(struct pool *pool)
{
	struct pool_request *request;
	while ((request = TAILQ_FIRST(&pool->defects))) {
		dequeue(pool, request);
		finish(pool, request, STATUS_FAILED, request->call.fault);
	}
}

void pool_pump(struct pool *pool)
{
	if (pool->waiting == 0)
		return;
	refuse_defects(pool);
	for (unsigned i = 0; i < pool->size && pool->waiting > 0; i++) {
		struct slot *slot = &pool->slots[i];
		if (slot->state != SLOT_IDLE)
			continue;
		struct pool_request *change = next_change(pool);
		if (change)
			take_change(slot, change);
		else if (!TAILQ_EMPTY(&pool->reads))
			take_reads(slot);
		else
			return;
		slot_send(slot);
	}
}

/* ---- The pool */

static void watch_over(void *arg)
{
	struct pool *pool = arg;
	int64_t now = loop_now_ms(pool->loop);
	for (unsigned i = 0; i < pool->size; i++) {
		struct slot *slot = &pool->slots[i];
		if (slot->state == SLOT_BUSY && now - slot->busy_since_ms > STUCK_AFTER_MS)
			slot_lose(slot);
	}
	loop_timer_set(pool->loop, &pool->watchdog, now + WATCHDOG_MS);
}

struct pool *pool_create(
	struct loop *loop, struct connector *connector, unsigned size, unsigned left_to_reads)
{
	struct pool *pool = must(talloc_zero(NULL, struct pool));
	pool->loop = loop;
	pool->connector = connector;
	pool->size = size;
	pool->changing_max = size > left_to_reads ? size - left_to_reads : size;
	pool->slots = must(talloc_zero_array(pool, struct slot, size));
	TAILQ_INIT(&pool->reads);
	TAILQ_INIT(&pool->changes);
	TAILQ_INIT(&pool->defects);
	pool->away_since_ms = loop_now_ms(loop);
	pool->watchdog = (struct timer){.fn = watch_over, .arg = pool};
	loop_timer_set(loop, &pool->watchdog, loop_now_ms(loop) + WATCHDOG_MS);
	for (unsigned i = 0; i < size; i++) {
		pool->slots[i].pool = pool;
		TAILQ_INIT(&pool->slots[i].running);
		slot_want(&pool->slots[i]);
	}
	return pool;
}

void pool_destroy(struct pool **handle)
{
	struct pool *pool = *handle;
	if (!pool)
		return;
	loop_timer_cancel(pool->loop, &pool->watchdog);
	for (unsigned i = 0; i < pool->size; i++) {
		struct pool_request *request;
		TAILQ_FOREACH (request, &pool->slots[i].running, next)
			PQclear(request->result); /* of requests that nobody waits for */
		watch_remove(&pool->slots[i].watch);
		PQfinish(pool->slots[i].conn);
	}
	talloc_free(pool);
	*handle = NULL;
}

enum status pool_submit(struct pool *pool, struct pool_request *request)
{
	if (pool->waiting >= POOL_MAX_QUEUE || pool_is_away(pool))
		return STATUS_UNAVAILABLE;
	(void)db_call_fault(&request->call); /* where it waits depends on it */
	request->submitted_us = clock_mono_us();
	request->conflicts = 0;
	request->maybe_done = request->replanned = request->alone = false;
	request->result = NULL;
	pool->pending++;
	enqueue(pool, request, false);
	return STATUS_OK;
}

bool pool_cancel(struct pool *pool, struct pool_request *request)
{
	if (request->place == REQUEST_QUEUED) {
		dequeue(pool, request);
		pool->pending--;
		return request->maybe_done;
	}
	if (request->place != REQUEST_RUNNING)
		return false;
	/* Its results still come: they need somewhere to go. libpq has copied the parameters;
	 * should the connection break, the stand-in is not asked again. */
	struct pool_request *ghost = must(talloc(pool, struct pool_request));
	*ghost = *request;
	ghost->done = nobody;
	ghost->arg = ghost;
	for (unsigned i = 0; i < pool->size; i++) {
		struct slot *slot = &pool->slots[i];
		struct pool_request *running;
		TAILQ_FOREACH (running, &slot->running, next) {
			if (running != request)
				continue;
			TAILQ_INSERT_AFTER(&slot->running, request, ghost, next);
			TAILQ_REMOVE(&slot->running, request, next);
			if (slot->current == request)
				slot->current = ghost;
			request->place = REQUEST_OUT;
			request->result = NULL;
			return true;
		}
	}
	abort(); /* a running request is on a slot */
}

bool pool_is_away(const struct pool *pool)
{
	return pool->connected == 0 &&
	       loop_now_ms(pool->loop) - pool->away_since_ms > AWAY_AFTER_MS &&
	       !connector_is_ready(pool->connector);
}

unsigned pool_pending(const struct pool *pool)
{
	return pool->pending;
}
