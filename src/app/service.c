/* The service as a whole: the main loop, the workers, starting and ending. */
#include "besace/app/service.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/http/worker.h"
#include "besace/jobs/announce_default.h"
#include "besace/jobs/announcer.h"
#include "besace/jobs/changes.h"
#include "besace/jobs/editor.h"
#include "besace/jobs/ender.h"
#include "besace/jobs/follow_ups.h"
#include "besace/jobs/importer.h"
#include "besace/jobs/ingest.h"
#include "besace/jobs/periodic.h"
#include "besace/jobs/role_giver.h"
#include "besace/jobs/run_follower.h"
#include "besace/rest/client.h"
#include "besace/runtime/address.h"
#include "besace/runtime/autogroup.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/drain.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "besace/runtime/metrics_listener.h"
#include "besace/runtime/notify.h"
#include "besace/runtime/signals.h"
#include "besace/runtime/watchdog.h"
#include "besace/store/announce_channel.h"

/* HTTP loops: one a core, but no host gains from more than this. */
#define MAX_LOOPS 16

/* Connections taken per turn of the main loop, so that signals and follow-ups get their turn. */
#define ACCEPTS_MAX 64

/* When no descriptor is left for a new connection: how long until accepting is tried again. */
#define ACCEPT_PAUSE_MS 100

/* For work that nobody asks for: one is left to reads, and matches that fall due together take two,
 * which leaves one to all other changes. */
#define BACKGROUND_CONNECTIONS 4

/* While draining: how often the main loop looks whether follow-ups are still on their way. */
#define DRAIN_LOOK_MS 20

/* How often it is looked whether the service is ready, for the metrics. */
#define HEALTH_LOOK_MS 1000

/* While starting: how often it is looked whether a signal came. */
#define SIGNAL_LOOK_MS 50

/* The end of a drain that is left to the thread that connects. */
#define CONNECTOR_MIN_MS 500

struct service {
	const struct config *config;
	struct loop *loop;
	struct connector *connector;
	struct pool *pool; /* for work that nobody asks for; beside the members' connections */
	struct rest *rest;
	struct follow_ups *follow_ups;
	struct enquiries *enquiries;
	struct announcer *announcer; /* NULL without a bot token */
	struct role_giver *role_giver; /* the same */
	struct run_follower *run_follower;
	struct importer *importer;
	struct periodic *periodic;
	struct announce_default *announce_default;
	struct ender *ender;
	struct editor *editor;
	struct metrics_listener *metrics;
	struct watchdog *watchdog;
	struct ingest *ingest; /* NULL when nobody may post events */
	struct tls_files tls;
	struct worker *workers;
	unsigned worker_count, workers_ended, next_worker;
	int listener, signals;
	bool is_inherited; /* the listener is systemd's, which goes on holding it */
	struct watch *listener_watch, *signals_watch;
	struct timer accept_pause, drain_look, health_look;
	bool draining;
	int64_t drain_until_ms;
};

/* ---- Accepting */

static void resume_accepting(void *arg)
{
	struct service *service = arg;
	if (service->listener_watch)
		watch_set_events(service->listener_watch, EPOLLIN);
}

/* Deals connections out in turn, so that no worker gets more than its share. */
static void accept_connections(void *arg, uint32_t events)
{
	(void)events;
	struct service *service = arg;
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		int fd = accept4(service->listener, (struct sockaddr *)&address, &size,
			SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			struct worker *worker =
				&service->workers[service->next_worker++ % service->worker_count];
			worker_take(worker, fd, &address, size);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			   errno == ENOBUFS) {
			log_warn(LOG_TEXT("cannot accept"), LOG_STR("why", strerror(errno)));
			watch_set_events(service->listener_watch, 0);
			loop_timer_set(service->loop, &service->accept_pause,
				loop_now_ms(service->loop) + ACCEPT_PAUSE_MS);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return; /* nobody waits */
		}
	}
}

/* One that systemd holds stays: who connects meanwhile waits for the next process. */
static void unlink_socket(const struct service *service)
{
	if (!service->is_inherited && service->config->listen.unix_path)
		unlink(service->config->listen.unix_path);
}

static void stop_listening(struct service *service)
{
	if (service->listener < 0)
		return;
	watch_remove(&service->listener_watch);
	close(service->listener);
	service->listener = -1;
	unlink_socket(service);
}

/* ---- Ending */

/* Ends the main loop once the workers have ended and every result has left, or time is up. */
static void look_at_drain(void *arg)
{
	struct service *service = arg;
	bool workers_done = service->workers_ended == service->worker_count;
	bool left = follow_ups_pending(service->follow_ups) == 0;
	if (workers_done && (left || loop_now_ms(service->loop) >= service->drain_until_ms)) {
		if (!left)
			log_error(LOG_TEXT("results not delivered before the end"),
				LOG_INT("count", follow_ups_pending(service->follow_ups)));
		loop_stop(service->loop);
		return;
	}
	loop_timer_set(
		service->loop, &service->drain_look, loop_now_ms(service->loop) + DRAIN_LOOK_MS);
}

static void worker_ended(void *arg)
{
	struct service *service = arg;
	service->workers_ended++;
}

static void got_signal(void *arg, uint32_t events)
{
	(void)events;
	struct service *service = arg;
	struct signalfd_siginfo info;
	if (read(service->signals, &info, sizeof(info)) != sizeof(info) || service->draining)
		return;
	log_info(LOG_TEXT("ending"), LOG_INT("signal", (int64_t)info.ssi_signo));
	notify_systemd("STOPPING=1");
	accept_connections(service, 0); /* connections made before the signal are in the backlog */
	service->draining = true;
	service->drain_until_ms = loop_now_ms(service->loop) + DRAIN_MS;
	stop_listening(service);
	for (unsigned i = 0; i < service->worker_count; i++)
		worker_drain(&service->workers[i]);
	look_at_drain(service);
}

/* ---- Starting */

/* In the connector's thread. */
static void database_state(void *arg, enum db_state state, const char *why)
{
	(void)arg;
	static const char *const names[] = {[DB_STARTING] = "migration applied",
		[DB_READY] = "database ready",
		[DB_AWAY] = "database away",
		[DB_BEHIND] = "database behind",
		[DB_REFUSED] = "database refused",
		[DB_POOLED] = "database refused"};
	if (state == DB_STARTING || state == DB_READY)
		log_info(LOG_TEXT(names[state]), LOG_STR("detail", why));
	else
		log_warn(LOG_TEXT(names[state]), LOG_STR("why", why));
}

/* Bodies and what is read of them come in bursts: from this size on, memory is the kernel's again
 * as soon as it is free. Unless told so, malloc raises the bound to what it has seen. */
static void give_memory_back(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

/* A descriptor for each connection: the soft limit of old is 1024. */
static void raise_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* One loop for each core this process may use, each with two database connections at least: one is
 * left to reads. */
static unsigned choose_worker_count(unsigned pool_size)
{
	cpu_set_t cores;
	unsigned count =
		sched_getaffinity(0, sizeof(cores), &cores) == 0 ? (unsigned)CPU_COUNT(&cores) : 1;
	if (count > MAX_LOOPS)
		count = MAX_LOOPS;
	if (count > pool_size / 2)
		count = pool_size / 2;
	return count > 0 ? count : 1;
}

/* Ingest gets its share of the connections if events may be posted; *out_left is for the workers.
 * Each side has one at least. */
static enum status start_ingest(
	void *ctx, struct service *service, unsigned *out_left, char **out_why)
{
	const struct config *config = service->config;
	unsigned size = (unsigned)config->pool_size;
	*out_left = size;
	if (config->event_key_count == 0)
		return STATUS_OK;
	unsigned share = size > 2 * INGEST_CONNECTIONS ? INGEST_CONNECTIONS : 1;
	service->ingest = ingest_create(service->connector, share, config);
	if (!service->ingest) {
		*out_why = must(talloc_strdup(ctx, "no descriptors are left"));
		return STATUS_FAILED;
	}
	*out_left = size > share ? size - share : 1;
	return STATUS_OK;
}

static enum status start_workers(void *ctx, struct service *service, char **out_why)
{
	unsigned pool_size;
	enum status status = start_ingest(ctx, service, &pool_size, out_why);
	if (status)
		return status;
	unsigned count = choose_worker_count(pool_size);
	service->workers = must(talloc_zero_array(ctx, struct worker, count));
	for (; service->worker_count < count; service->worker_count++) {
		struct worker *worker = &service->workers[service->worker_count];
		worker->config = service->config;
		worker->connector = service->connector;
		worker->follow_ups = service->follow_ups;
		worker->enquiries = service->enquiries;
		worker->rest = service->rest;
		worker->ingest = service->ingest;
		worker->main_loop = service->loop;
		worker->ended = worker_ended;
		worker->ended_arg = service;
		unsigned share = pool_size / count + (service->worker_count < pool_size % count);
		status = worker_start(ctx, worker, share, &service->tls, out_why);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* Whether it is to end before it serves: the signal stays for the main loop. */
static bool is_signalled(const struct service *service)
{
	struct pollfd signals = {.fd = service->signals, .events = POLLIN};
	return poll(&signals, 1, 0) > 0;
}

/* A level that is crossed by the first interaction or event is announced already. */
static enum status keep_announce_channel(void *arg, void *ctx, PGconn *conn, char **out_why)
{
	const struct service *service = arg;
	return announce_channel_keep(ctx, conn, config_announce_channel(service->config), out_why);
}

/* Connects, and migrates when told to, before anybody is let in. A server that is away does not
 * keep the service from starting: Discord's checks must be answered all the same. */
static enum status start_database(void *ctx, struct service *service, char **out_why)
{
	const struct config *config = service->config;
	service->connector = must(connector_create(&(struct connector_options){
		.url = config->database_url,
		.migrate = config->migrate,
		.told = database_state,
		.first = keep_announce_channel,
		.arg = service,
	}));
	service->pool = pool_create(service->loop, service->connector, BACKGROUND_CONNECTIONS, 1);
	enum db_state state;
	while ((state = connector_wait(service->connector, SIGNAL_LOOK_MS)) == DB_STARTING)
		if (is_signalled(service))
			return STATUS_OK;
	if (state != DB_REFUSED && state != DB_POOLED)
		return STATUS_OK;
	(void)connector_state(service->connector, ctx, out_why);
	/* The address is a setting, and wrong; a schema is not, and somebody may mend it. */
	return state == DB_POOLED ? STATUS_INVALID : STATUS_DENIED;
}

static void say_what_is_off(const struct config *config)
{
	if (!config->bot_token)
		log_info(LOG_TEXT("DISCORD_BOT_TOKEN is not set"),
			LOG_STR("off",
				"level-up announcements, roles by level, registering commands"));
	else if (!*config->level_channel_id.text)
		log_info(LOG_TEXT("BESACE_LEVEL_CHANNEL_ID is not set"),
			LOG_STR("off", "level-up announcements of servers that chose no place"));
}

static enum status start_all(void *ctx, struct service *service, char **out_why)
{
	const struct config *config = service->config;
	raise_descriptors();
	give_memory_back();
	enum status status = tls_read(ctx, config, &service->tls, out_why);
	if (status)
		return status;
	if (config->metrics_on) {
		status = metrics_listener_create(
			ctx, &config->metrics_listen, &service->metrics, out_why);
		if (status)
			return status;
	}
	const struct rest_options options = {
		.api_url = config->api_url, .bot_token = config->bot_token};
	service->rest = must(rest_create(service->loop, &options));
	service->follow_ups = follow_ups_create(service->loop, service->rest);
	if (config->bot_token)
		service->enquiries = enquiries_create(service->loop, service->rest);
	status = start_database(ctx, service, out_why);
	if (status || is_signalled(service))
		return status;
	/* Not before: each connection is answered, or refused and goes to another replica. */
	service->listener = address_inherited();
	service->is_inherited = service->listener >= 0;
	if (!service->is_inherited)
		service->listener = address_listen(ctx, &config->listen, out_why);
	return service->listener < 0 ? STATUS_FAILED : start_workers(ctx, service, out_why);
}

/* The loops that answer members and take events. */
static void start_watchdog(struct service *service)
{
	struct loop *watched[MAX_LOOPS + 1];
	size_t count = 0;
	for (unsigned i = 0; i < service->worker_count; i++)
		watched[count++] = service->workers[i].loop;
	if (service->ingest)
		watched[count++] = ingest_loop(service->ingest);
	service->watchdog = watchdog_create(service->loop, watched, count);
}

/* The main loop's pool has no HTTP turn to send for it. */
static int64_t turn(void *arg)
{
	struct service *service = arg;
	pool_pump(service->pool);
	return -1;
}

/* What /readyz says, for the metrics. */
static void look_at_health(void *arg)
{
	struct service *service = arg;
	char *why = NULL;
	void *ctx = must(talloc_new(NULL));
	bool up = connector_state(service->connector, ctx, &why) == DB_READY;
	metrics_set(METRIC_DATABASE_UP, 0, up);
	metrics_set(
		METRIC_READY, 0, up && !service->draining && !changes_mostly_fail(clock_mono_ms()));
	talloc_free(ctx);
	loop_timer_set(
		service->loop, &service->health_look, loop_now_ms(service->loop) + HEALTH_LOOK_MS);
}

static void serve(struct service *service)
{
	const struct config *config = service->config;
	const struct periodic_days days = {
		.keep = config->keep_days, .ledger = config->ledger_days};
	service->periodic = periodic_create(service->loop, service->pool, &days);
	service->announce_default = announce_default_create(service->loop, service->pool,
		config->bot_token ? service->rest : NULL, config_announce_channel(config));
	if (config->bot_token) {
		service->announcer =
			announcer_create(service->loop, service->pool, service->rest, config);
		service->role_giver =
			role_giver_create(service->loop, service->pool, service->rest);
	}
	service->run_follower = run_follower_create(service->loop, service->pool, service->rest);
	service->importer = importer_create(service->loop, service->pool, config);
	service->ender = ender_create(service->loop, service->pool);
	service->editor = editor_create(
		service->loop, service->pool, service->rest, config->bot_token != NULL);
	service->accept_pause = (struct timer){.fn = resume_accepting, .arg = service};
	service->drain_look = (struct timer){.fn = look_at_drain, .arg = service};
	service->listener_watch =
		loop_watch(service->loop, service->listener, EPOLLIN, accept_connections, service);
	service->signals_watch =
		loop_watch(service->loop, service->signals, EPOLLIN, got_signal, service);
	loop_set_turn(service->loop, turn, service);
	int nice = autogroup_weigh(service->worker_count);
	log_info(LOG_TEXT("listening"), LOG_INT("port", address_port(service->listener)),
		LOG_STR("socket",
			service->is_inherited ? "systemd" : service->config->listen.unix_path),
		LOG_INT("loops", service->worker_count), LOG_INT("nice", nice));
	say_what_is_off(service->config);
	notify_systemd("READY=1");
	start_watchdog(service);
	service->health_look = (struct timer){.fn = look_at_health, .arg = service};
	look_at_health(service);
	loop_run(service->loop);
}

/* A thread that hangs in a call to the database has nothing to save: the process ends without it.
 */
static void end_connector(struct service *service, enum status status)
{
	int64_t left = CONNECTOR_MIN_MS;
	if (service->connector && !status && !connector_stop(service->connector, left)) {
		log_warn(LOG_TEXT("ended while connecting to the database"));
		if (service->listener >= 0)
			unlink_socket(service);
		_exit(EXIT_SUCCESS);
	}
	connector_destroy(&service->connector);
}

/* Frees everything, half built or whole. Workers that still run end first: they have nothing. */
static void end_all(struct service *service, enum status status)
{
	stop_listening(service);
	for (unsigned i = 0; !service->draining && i < service->worker_count; i++)
		worker_drain(&service->workers[i]);
	for (unsigned i = 0; i < service->worker_count; i++)
		worker_join(&service->workers[i]);
	ingest_stop(service->ingest);
	importer_stop(service->importer);
	watchdog_destroy(&service->watchdog);
	end_connector(service, status);
	for (unsigned i = 0; i < service->worker_count; i++)
		worker_destroy(&service->workers[i]);
	ingest_destroy(&service->ingest);
	loop_run_posted(service->loop);
	watch_remove(&service->signals_watch);
	rest_destroy(
		&service->rest); /* ends what it has under way: its owners must still be there */
	follow_ups_destroy(&service->follow_ups);
	enquiries_destroy(&service->enquiries);
	announcer_destroy(&service->announcer);
	role_giver_destroy(&service->role_giver);
	run_follower_destroy(&service->run_follower);
	importer_destroy(&service->importer);
	editor_destroy(&service->editor);
	ender_destroy(&service->ender);
	periodic_destroy(&service->periodic);
	announce_default_destroy(&service->announce_default);
	pool_destroy(&service->pool);
	metrics_listener_destroy(&service->metrics);
	close(service->signals);
	loop_destroy(&service->loop);
}

enum status service_run(void *ctx, const struct config *config, char **out_why)
{
	struct service service = {.config = config, .listener = -1};
	service.signals = signals_open();
	service.loop = must(loop_create());
	enum status status = start_all(ctx, &service, out_why);
	if (!status && !is_signalled(&service))
		serve(&service);
	end_all(&service, status);
	return status;
}
