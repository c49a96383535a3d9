/*
 * The connector: a thread that makes database connections for the loops.
 *
 * Connecting blocks (name resolution, key derivation of SCRAM), so loops never do it: they ask
 * here and get a connection that is ready to use, its statements prepared, by a task posted to
 * them. Connections are made one after the other, with backoff and jitter between failures, so a
 * server that comes back is noticed within a second and not overrun. The first connection also
 * looks at the schema, and migrates it when told to.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/loop.h"

enum db_state {
	DB_STARTING, /* nothing was tried yet */
	DB_READY, /* the last attempt gave a connection */
	DB_AWAY, /* the server cannot be reached, or refuses us; trying again */
	DB_BEHIND, /* migrations are pending and not ours to apply; looking again */
	DB_REFUSED, /* newer schema, changed history, somebody else's tables, a statement whose
		     * columns are not what the program reads; looking again */
	DB_POOLED, /* a pooler shares sessions (pooler.h): what DATABASE_URL names is wrong;
		    * looking again */
};

struct connector;

/* Told in the connector's thread of each change of state, with a sentence (NULL when ready), and
 * of each migration that was applied (state DB_STARTING, why is its name). */
typedef void connector_state_fn(void *arg, enum db_state state, const char *why);

/* Gets a connection, in the loop's thread: non-blocking, in pipeline mode. The receiver owns it. */
typedef void connector_got_fn(void *arg, PGconn *conn);

/* Runs on the first connection before anybody gets one, in the connector's thread, the build's
 * schema entered. STATUS_FAILED or UNKNOWN with a sentence on CTX: the attempt failed, and is made
 * again. */
typedef enum status connector_first_fn(void *arg, void *ctx, PGconn *conn, char **out_why);

struct connector_options {
	const char *url; /* checked by db_url_fault */
	bool migrate;
	connector_state_fn *told;
	connector_first_fn *first; /* NULL: nothing */
	void *arg; /* of both */
};

/* Starts the thread. NULL when no thread can be had. */
struct connector *connector_create(const struct connector_options *options);

/* Waits for MAX_MS at most until the first attempt has ended, one way or the other. Returns the
 * state: DB_STARTING when it has not. */
enum db_state connector_wait(struct connector *connector, int64_t max_ms);

/* The state now; *out_why gets the sentence on CTX, or NULL. Any thread. */
enum db_state connector_state(struct connector *connector, void *ctx, char **out_why);

/* Whether a connection was made just now: whoever waits for one gets it soon. Any thread. */
bool connector_is_ready(struct connector *connector);

/* Asks for one connection for LOOP. Loops are served in turn, so that each has one soon. */
void connector_want(
	struct connector *connector, struct loop *loop, connector_got_fn *got, void *arg);

/* Ends the thread, waiting for an attempt under way until MAX_MS have passed. False when it still
 * hangs: in a name server, in a lock of a migration, in a server that has stopped to answer. */
MUST_CHECK bool connector_stop(struct connector *connector, int64_t max_ms);

/* Ends the thread, however long an attempt takes. Requests that wait are
 * dropped without a word: destroy it when no loop runs any more. */
void connector_destroy(struct connector **connector);
