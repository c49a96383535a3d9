/*
 * A worker: one loop with its thread, its HTTP daemon and its database connections.
 */
#pragma once

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/jobs/follow_ups.h"
#include "besace/jobs/host.h"
#include "besace/jobs/ingest.h"
#include "besace/rest/client.h"
#include "besace/runtime/config.h"
#include "besace/runtime/loop.h"
#include "besace/runtime/tls.h"
#include "besace/store/connector.h"
#include "besace/store/pool.h"

struct peers;

struct worker {
	/* Filled in by the owner before worker_start. */
	const struct config *config;
	struct connector *connector;
	struct follow_ups *follow_ups;
	struct enquiries *enquiries; /* NULL: Discord is not asked for anything */
	const struct rest *rest; /* the main loop's, asked whether its token is refused */
	struct ingest *ingest; /* NULL when nobody may post events */
	struct loop *main_loop;
	task_fn *ended; /* posted to the main loop when the thread has ended its loop */
	void *ended_arg;

	/* The worker's own. */
	struct loop *loop;
	struct pool *pool;
	struct host *host;
	struct MHD_Daemon *daemon;
	struct watch *daemon_watch;
	pthread_t thread;
	bool started;

	unsigned exchanges; /* requests being read, worked on or answered */
	unsigned reading; /* those of them that have not come in whole */
	unsigned batches; /* that ingest has */
	unsigned to_resume; /* answers ready for suspended connections */
	bool draining; /* answers close their connection; the loop ends when idle */
	bool gives_up_waiting; /* draining, and what has not come in whole is not waited for any
				  more */
	bool drained; /* time is up: nothing may wait any more */
	struct timer drain_read; /* when impatience begins */
	struct timer drain_end; /* when what is left is apologised for */
	struct peers *peers; /* its connections, see arrival.h */
	struct timer arrival; /* the next look at them */
};

/* Makes a worker with POOL_SIZE database connections and starts its thread; it serves HTTPS when
 * TLS holds something. STATUS_FAILED with a sentence otherwise. */
MUST_CHECK enum status worker_start(void *ctx, struct worker *worker, unsigned pool_size,
	const struct tls_files *tls, char **out_why);

/* From the main loop: hands over an accepted connection, which becomes the worker's. */
void worker_take(
	struct worker *worker, int fd, const struct sockaddr_storage *address, socklen_t size);

/* From the main loop: answers what is in flight, then ends the worker's loop. */
void worker_drain(struct worker *worker);

/* After worker_drain: waits for the thread. Accepts a worker that never started. */
void worker_join(struct worker *worker);

/* After worker_join, and when no connector runs any more: frees everything. */
void worker_destroy(struct worker *worker);
