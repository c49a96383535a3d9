/* Loops that answer HTTP: libmicrohttpd inside our own event loop. */
#include "besace/http/worker.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <talloc.h>
#include <unistd.h>

#include "arrival.h"
#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/drain.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "events.h"
#include "exchange.h"

/* Open connections of one loop. nginx keeps 64 to each upstream; the rest is burst. */
#define MAX_CONNECTIONS 1024

/* nginx keeps idle connections to its upstream for 60 s; ours must not end before. */
#define IDLE_S 75

/* How often it is looked for requests that do not arrive in time. */
#define ARRIVAL_LOOK_MS 1000

/* The end of a drain that is kept for apologies to leave. */
#define DRAIN_LAST_MS 1000

/* How often an overdue drain looks whether it can end. */
#define DRAIN_LOOK_MS 20

/* So many of a loop's connections are left to reads. */
#define READS_CONNECTIONS 1

/* In a drain, how long the rest of a request is waited for. Of a client that left in the middle of
 * its body, libmicrohttpd on epoll may not hear before the connection's time is up. */
#define DRAIN_READ_MS 2000

static void daemon_log(void *arg, const char *format, va_list args)
{
	(void)arg;
	if (!log_enabled(LOG_LEVEL_DEBUG))
		return;
	char *text = must(talloc_vasprintf(NULL, format, args));
	log_debug(LOG_TEXT("http"), LOG_STR("note", text));
	talloc_free(text);
}

static void connection_changed(void *arg, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct worker *worker = arg;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = peer_open(worker->peers, connection, clock_mono_ms());
	else
		peer_close(worker->peers, *context);
	metrics_add(METRIC_HTTP_CONNECTIONS, 0, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
}

static void daemon_event(void *arg, uint32_t events)
{
	(void)events;
	struct worker *worker = arg;
	MHD_run(worker->daemon);
}

static struct MHD_Daemon *start_daemon(struct worker *worker, const struct tls_files *tls)
{
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG | (tls->cert ? MHD_USE_TLS : 0);
	const struct MHD_OptionItem https[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)tls->cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)tls->key},
		{MHD_OPTION_END, 0, NULL},
	};
	const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
	return MHD_start_daemon(flags, 0, NULL, NULL, exchange_access, worker,
		MHD_OPTION_EXTERNAL_LOGGER, daemon_log, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		exchange_completed, worker, MHD_OPTION_NOTIFY_CONNECTION, connection_changed,
		worker, MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MAX_HEADERS,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls->cert ? https : plain,
		MHD_OPTION_END);
}

/* Nothing more to do in a worker that drains. */
static bool is_idle(const struct worker *worker)
{
	unsigned given_up = worker->gives_up_waiting ? worker->reading : 0;
	return worker->exchanges == given_up && host_pending(worker->host) == 0 &&
	       worker->batches == 0 && pool_pending(worker->pool) == 0;
}

/* The end of each turn: sends the answers and database calls that the turn has made. */
static int64_t turn(void *arg)
{
	struct worker *worker = arg;
	while (worker->to_resume > 0) {
		worker->to_resume = 0;
		MHD_run(worker->daemon);
	}
	pool_pump(worker->pool);
	if (worker->draining && is_idle(worker))
		loop_stop(worker->loop);
	MHD_UNSIGNED_LONG_LONG timeout;
	if (MHD_get_timeout(worker->daemon, &timeout) != MHD_YES)
		return -1;
	if (timeout == 0)
		MHD_run(worker->daemon);
	return timeout > INT32_MAX ? INT32_MAX : (int64_t)timeout;
}

static void look_at_arrivals(void *arg)
{
	struct worker *worker = arg;
	unsigned count = peers_look(worker->peers, loop_now_ms(worker->loop));
	metrics_add(METRIC_HTTP_OVERDUE, 0, count);
	loop_timer_set(worker->loop, &worker->arrival, loop_now_ms(worker->loop) + ARRIVAL_LOOK_MS);
}

static void *worker_run(void *arg)
{
	struct worker *worker = arg;
	look_at_arrivals(worker);
	loop_run(worker->loop);
	loop_timer_cancel(worker->loop, &worker->arrival);
	/* At once, while other workers still drain: on an idle connection that stayed open, nginx
	 * would wait for an answer that nobody gives. */
	watch_remove(&worker->daemon_watch);
	MHD_stop_daemon(worker->daemon);
	worker->daemon = NULL;
	loop_post(worker->main_loop, worker->ended, worker->ended_arg);
	return NULL;
}

enum status worker_start(void *ctx, struct worker *worker, unsigned pool_size,
	const struct tls_files *tls, char **out_why)
{
	worker->peers = peers_create();
	worker->arrival = (struct timer){.fn = look_at_arrivals, .arg = worker};
	worker->loop = loop_create();
	worker->daemon = worker->loop ? start_daemon(worker, tls) : NULL;
	if (!worker->daemon) {
		*out_why = must(talloc_strdup(ctx, tls->cert ? "cannot start the HTTPS server"
							     : "cannot start the HTTP server"));
		free(worker->peers);
		loop_destroy(&worker->loop);
		return STATUS_FAILED;
	}
	int fd = MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	worker->daemon_watch = loop_watch(worker->loop, fd, EPOLLIN, daemon_event, worker);
	worker->pool = pool_create(worker->loop, worker->connector, pool_size, READS_CONNECTIONS);
	worker->host = host_create(
		worker->loop, worker->pool, worker->follow_ups, worker->enquiries, worker->config);
	loop_set_turn(worker->loop, turn, worker);
	if (pthread_create(&worker->thread, NULL, worker_run, worker) != 0)
		abort(); /* no thread at start: the machine is out of everything */
	worker->started = true;
	return STATUS_OK;
}

struct arrival {
	struct worker *worker;
	int fd;
	struct sockaddr_storage address;
	socklen_t size;
};

static void add_connection(void *arg)
{
	struct arrival *arrival = arg;
	if (!arrival->worker->daemon) {
		close(arrival->fd);
		free(arrival);
		return;
	}
	/* When it cannot take one more, libmicrohttpd closes it. */
	if (MHD_add_connection(arrival->worker->daemon, arrival->fd,
		    (struct sockaddr *)&arrival->address, arrival->size) != MHD_YES)
		log_warn(LOG_TEXT("connection refused"), LOG_STR("why", "too many connections"));
	free(arrival);
}

void worker_take(
	struct worker *worker, int fd, const struct sockaddr_storage *address, socklen_t size)
{
	struct arrival *arrival = must(malloc(sizeof(*arrival)));
	*arrival = (struct arrival){worker, fd, *address, size};
	loop_post(worker->loop, add_connection, arrival);
}

/* What ingest has is still on its way back; it reads from the exchange until then. */
static void end_anyway(void *arg)
{
	struct worker *worker = arg;
	if (worker->batches == 0)
		loop_stop(worker->loop);
	else
		loop_timer_set(worker->loop, &worker->drain_end,
			loop_now_ms(worker->loop) + DRAIN_LOOK_MS);
}

/* Time is up: whoever still waits gets an apology, and from now on nobody waits. A connection that
 * is only half read is closed with the loop. */
static void drain_timeout(void *arg)
{
	struct worker *worker = arg;
	worker->drained = true;
	host_give_up(worker->host);
	events_give_up(worker);
	worker->drain_end.fn = end_anyway;
	loop_timer_set(
		worker->loop, &worker->drain_end, loop_now_ms(worker->loop) + DRAIN_LAST_MS / 2);
}

static void lose_patience(void *arg)
{
	struct worker *worker = arg;
	worker->gives_up_waiting = true;
}

static void begin_drain(void *arg)
{
	struct worker *worker = arg;
	worker->draining = true;
	worker->drain_read = (struct timer){.fn = lose_patience, .arg = worker};
	loop_timer_set(
		worker->loop, &worker->drain_read, loop_now_ms(worker->loop) + DRAIN_READ_MS);
	worker->drain_end = (struct timer){.fn = drain_timeout, .arg = worker};
	loop_timer_set(worker->loop, &worker->drain_end,
		loop_now_ms(worker->loop) + DRAIN_MS - DRAIN_LAST_MS);
}

void worker_drain(struct worker *worker)
{
	loop_post(worker->loop, begin_drain, worker);
}

void worker_join(struct worker *worker)
{
	if (worker->started)
		pthread_join(worker->thread, NULL);
	worker->started = false; /* a thread is joined once */
}

void worker_destroy(struct worker *worker)
{
	if (!worker->loop)
		return;
	loop_run_posted(worker->loop); /* connections that were on their way to us */
	watch_remove(&worker->daemon_watch);
	if (worker->daemon) /* its thread never ran */
		MHD_stop_daemon(worker->daemon);
	free(worker->peers);
	host_destroy(&worker->host);
	pool_destroy(&worker->pool);
	loop_destroy(&worker->loop);
}
