/* Starts what besace-web is made of, waits for the signal to end, ends it. */
#include "besace/web/site.h"

#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <talloc.h>
#include <unistd.h>

#include "avatars.h"
#include "besace/base/memory.h"
#include "besace/runtime/address.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/drain.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics_listener.h"
#include "besace/runtime/notify.h"
#include "besace/runtime/signals.h"
#include "besace/web/card_picture.h"
#include "pages.h"
#include "pulse.h"
#include "site_parts.h"

/* Open connections. nginx keeps 16 to its upstream; the rest is burst. */
#define CONNECTIONS_MAX 1024
/* nginx keeps idle connections to its upstream for 60 s; ours must not end before. */
#define IDLE_S 75
/* A connection's pool: headers of one request. */
#define HEADERS_MAX (16u * 1024u)

/* Cards that wait for being drawn: at a hundred a second, as long as Discord waits. */
#define CARDS_WAITING_MAX 256
/* Drawing takes one core of two, and never more than four: what is drawn is kept by Discord. */
#define PAINTERS_MAX 4
/* Cards need not be drawn before members are answered on the same machine. */
#define PAINTERS_NICE 10

#define FETCHERS 4
#define FETCHES_WAITING_MAX 64

/* While ending: how often it is looked whether all requests are answered. */
#define DRAIN_LOOK_MS 10

struct running {
	struct site site;
	struct MHD_Daemon *daemon;
	struct metrics_listener *metrics;
	struct pulse *pulse;
	int signals;
	bool is_inherited; /* the listener is systemd's */
};

static const struct {
	const char *path;
	bool is_prefix;
	web_request_handler_fn *handle;
} routes[] = {
	{"/carte/", true, card_handle},
	{"/serveur/", true, page_handle},
	{"/style.css", false, style_handle},
	{"/icon.svg", false, icon_handle},
	{"/robots.txt", false, robots_handle},
	{"/healthz", false, healthz_handle_web},
	{"/readyz", false, readyz_handle_web},
};

web_request_handler_fn *site_route(const char *url)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (routes[i].is_prefix ? strncmp(url, routes[i].path, strlen(routes[i].path)) == 0
					: strcmp(url, routes[i].path) == 0)
			return routes[i].handle;
	return NULL;
}

/* ---- Starting */

static void *begin_painter(void *arg)
{
	(void)arg;
	return card_painter_create();
}

static void end_painter(void *tools)
{
	struct card_painter *painter = tools;
	card_painter_destroy(&painter);
}

static unsigned painter_count(void)
{
	cpu_set_t cores;
	unsigned count = sched_getaffinity(0, sizeof(cores), &cores) == 0
				 ? (unsigned)CPU_COUNT(&cores) / 2
				 : 1;
	return count < 1 ? 1 : count > PAINTERS_MAX ? PAINTERS_MAX : count;
}

static void start_crews(struct site *site)
{
	const struct crew_tools painter = {
		.begin = begin_painter, .end = end_painter, .nice = PAINTERS_NICE};
	site->painters = crew_create(painter_count(), CARDS_WAITING_MAX, &painter);
	site->fetchers = crew_create(FETCHERS, FETCHES_WAITING_MAX, NULL);
	site->pages = pages_create(site->config->database_url);
	site->avatars = avatars_create(site->config->cdn_url, AVATARS_KEEP_MS);
}

static void http_log(void *arg, const char *format, va_list args)
{
	(void)arg;
	if (!log_enabled(LOG_LEVEL_DEBUG))
		return;
	char *text = must(talloc_vasprintf(NULL, format, args));
	log_debug(LOG_TEXT("http"), LOG_STR("note", text));
	talloc_free(text);
}

static enum status start_http(void *ctx, struct running *running, char **out_why)
{
	const struct config *config = running->site.config;
	int fd = address_inherited();
	running->is_inherited = fd >= 0;
	if (fd < 0)
		fd = address_listen(ctx, &config->listen, out_why);
	if (fd < 0)
		return STATUS_FAILED;
	int port = address_port(fd);
	running->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
						   MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
						   MHD_USE_ITC,
		0, NULL, NULL, web_request_access, &running->site, MHD_OPTION_EXTERNAL_LOGGER,
		http_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
		web_request_completed, &running->site, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)HEADERS_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (!running->daemon) {
		close(fd);
		*out_why = must(talloc_strdup(ctx, "cannot start the HTTP server"));
		return STATUS_FAILED;
	}
	running->pulse = pulse_create(running->daemon);
	if (!running->pulse) {
		*out_why = must(talloc_strdup(ctx, "cannot connect to itself for the watchdog"));
		return STATUS_FAILED;
	}
	log_info(LOG_TEXT("listening"), LOG_INT("port", port),
		LOG_STR("socket", running->is_inherited ? "systemd" : config->listen.unix_path));
	return STATUS_OK;
}

/* A card is a megabyte of pixels and another of lines: given back when it is drawn, and not kept
 * once for each thread. */
static void keep_memory_small(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

static enum status start_all(void *ctx, struct running *running, char **out_why)
{
	const struct config *config = running->site.config;
	keep_memory_small();
	if (config->metrics_on) {
		enum status status = metrics_listener_create(
			ctx, &config->metrics_listen, &running->metrics, out_why);
		if (status)
			return status;
	}
	start_crews(&running->site);
	return start_http(ctx, running, out_why);
}

/* ---- Ending */

static void wait_for_signal(struct running *running)
{
	pulse_wait(running->pulse, running->signals);
	notify_systemd("STOPPING=1");
	log_info(LOG_TEXT("ending"));
}

/* Lets nobody in any more and answers what is in flight, for as long as the contract says. */
static void drain(struct running *running)
{
	struct site *site = &running->site;
	atomic_store(&site->draining, true);
	int listener = MHD_quiesce_daemon(running->daemon);
	if (listener >= 0)
		close(listener);
	if (!running->is_inherited && site->config->listen.unix_path)
		unlink(site->config->listen.unix_path);
	int64_t until_ms = clock_mono_ms() + DRAIN_MS;
	const struct timespec look = {.tv_nsec = DRAIN_LOOK_MS * 1000000L};
	while (atomic_load(&site->requests) > 0 && clock_mono_ms() < until_ms)
		nanosleep(&look, NULL);
}

/* The crews end first: each request that waits is answered, and libmicrohttpd must find none that
 * is suspended. */
static void end_all(struct running *running)
{
	struct site *site = &running->site;
	if (running->daemon)
		drain(running);
	pages_stop(site->pages);
	crew_destroy(&site->fetchers);
	crew_destroy(&site->painters);
	pulse_destroy(&running->pulse);
	if (running->daemon)
		MHD_stop_daemon(running->daemon);
	avatars_destroy(&site->avatars);
	pages_destroy(&site->pages);
	metrics_listener_destroy(&running->metrics);
	close(running->signals);
}

enum status site_run(void *ctx, const struct config *config, char **out_why)
{
	struct running running = {.site.config = config};
	memcpy(running.site.link_key.bytes, config->link_key, sizeof(running.site.link_key.bytes));
	running.signals = signals_open();
	enum status status = start_all(ctx, &running, out_why);
	if (!status) {
		notify_systemd("READY=1");
		wait_for_signal(&running);
	}
	end_all(&running);
	return status;
}
