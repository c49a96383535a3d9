/*
 * A loop's database connections: calls go in, rows come back, nothing blocks.
 *
 * Each connection runs one unit at a time: either one change, or a few reads that share a round
 * trip. More in flight on a connection would only wait behind one another there, where another
 * connection cannot take them. A member has one change in flight at a time, and some connections
 * are left to reads, so that a locked row or a slow change delays its own member only.
 *
 * When a connection breaks, what was in flight on it is asked again on another: reads change
 * nothing and every change is written to be asked again (see struct db_call). A statement whose
 * plan went stale, because a migration or another build changed what it was planned on, is asked
 * again too, once, on a connection that was prepared anew. A pool belongs to its loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/loop.h"
#include "besace/store/call.h"
#include "besace/store/connector.h"

/* Requests that wait in one loop for a database connection. At 10,000/s a full queue is a tenth of
 * a second; beyond it a polite refusal is the better answer. */
#define POOL_MAX_QUEUE 1024

/* Reads that share one round trip (and one implicit transaction) on a connection. */
#define POOL_MAX_READS 16

struct pool;
struct pool_request;

/*
 * How a request ended. OK with rows; UNAVAILABLE when nothing happened and later may be better (a
 * lock or statement timeout, a server without memory or disk); DENIED when the interaction's id was
 * used for another command; FAILED when the statement was
 * refused or the call is not bound as the statement wants it (a defect: *why is a sentence, for
 * the log); UNKNOWN when a change was sent on a connection that broke and a later attempt ended in
 * one of the other two: it may or may not have happened, and its receipt says so. ROWS and WHY
 * last for the callback only; the request is the caller's again.
 */
typedef void pool_done_fn(
	void *arg, enum status status, const struct db_rows *rows, const char *why);

/* Lives in its owner's struct; zero it, then fill in call, done and arg. */
struct pool_request {
	struct db_call call;
	pool_done_fn *done;
	void *arg;

	/* The pool's own. */
	int64_t submitted_us;
	unsigned conflicts; /* serialization failures and deadlocks so far */
	bool maybe_done; /* a connection broke under it after it was sent */
	bool replanned; /* its plans were stale once: a second time is a defect */
	void *result;
	bool alone; /* a read that failed beside others: next time by itself */
	enum { REQUEST_OUT, REQUEST_QUEUED, REQUEST_RUNNING } place;
	TAILQ_ENTRY(pool_request) next;
};

/* Starts asking CONNECTOR for SIZE connections (1 or more). LEFT_TO_READS of them never run a
 * change; when that would be all of them, none. */
struct pool *pool_create(
	struct loop *loop, struct connector *connector, unsigned size, unsigned left_to_reads);

/* Closes the connections. No request may be left in it. */
void pool_destroy(struct pool **pool);

/*
 * Takes a request. UNAVAILABLE when POOL_MAX_QUEUE requests wait already, or when the pool has had
 * no connection for over a second. It is sent by pool_pump at the latest.
 */
MUST_CHECK enum status pool_submit(struct pool *pool, struct pool_request *request);

/* Takes a request back before it is done; its callback will not be called. Returns true when it
 * may have taken effect, or still may: it was sent, and was not answered. */
bool pool_cancel(struct pool *pool, struct pool_request *request);

/* Sends what waits, as far as connections are free. Called at the end of each turn of the loop, so
 * that requests of one turn share round trips. */
void pool_pump(struct pool *pool);

/* Whether there has been no usable connection for over a second, and none is on its way. */
bool pool_is_away(const struct pool *pool);

/* Requests waiting or running. */
unsigned pool_pending(const struct pool *pool);
