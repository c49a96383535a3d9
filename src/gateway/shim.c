/* The parts of the shim, put together. */
#include "besace/gateway/shim.h"

#include <curl/curl.h>
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/epoll.h>
#include <talloc.h>
#include <unistd.h>

#include "ask.h"
#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/discord/gateway.h"
#include "besace/rest/client.h"
#include "besace/rest/discord_clock.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/drain.h"
#include "besace/runtime/log.h"
#include "besace/runtime/loop.h"
#include "besace/runtime/metrics.h"
#include "besace/runtime/metrics_listener.h"
#include "besace/runtime/notify.h"
#include "besace/runtime/signals.h"
#include "besace/runtime/watchdog.h"
#include "filter.h"
#include "guilds.h"
#include "sender.h"
#include "session.h"
#include "spool.h"
#include "transport.h"
#include "version.h"

/* Events that arrive within this time share one fsync. */
#define COMMIT_MS 5
/* When the disk took nothing. */
#define COMMIT_AGAIN_MS 1000

/* The contract's sign of life. */
#define BEAT_MS 30000

/* How long GET /gateway/bot may take, attempts included. */
#define ASK_MS 20000

/* A payload that leaves this much behind in the allocator is worth giving back. */
#define TRIM_BYTES (256u * 1024u)

/* Of the time to stop: what the transport may take to end, and a second for the rest. */
#define END_MS 3000

struct shim {
	const struct config *config;
	char *why; /* of a failure; on the caller's context */
	void *why_ctx;
	char source[24];
	struct loop *loop;
	struct rest *rest;
	struct transport *transport;
	struct session *session;
	struct filter *filter;
	struct guilds *guilds;
	struct ask *ask;
	struct discord_clock clock;
	struct spool *spool;
	struct sender *sender;
	struct metrics_listener *metrics;
	struct watchdog *watchdog;
	struct watch *signals;
	int signal_fd;
	struct timer session_timer, commit_timer, beat_timer;
	enum session_state last_state; /* that was told */
	/* Failed attempts since Discord was last asked or connected to: the first is told. */
	unsigned unnamed, unconnected;
	bool is_open; /* the connection */
	bool stopping;
};

static struct session_now now(const struct shim *shim)
{
	int64_t mono_ms = clock_mono_ms();
	return (struct session_now){
		.mono_ms = mono_ms, .wall_ms = discord_clock_ms(&shim->clock, mono_ms)};
}

/* ---- Ending */

static void on_drained(void *arg)
{
	struct shim *shim = arg;
	loop_stop(shim->loop);
}

/* Closes the session so that it can be resumed; the loop goes on until the spool is sent. */
static void stop(struct shim *shim)
{
	if (shim->stopping)
		return;
	shim->stopping = true;
	notify_systemd("STOPPING=1");
	session_stop(shim->session);
	transport_close(shim->transport);
	loop_timer_cancel(shim->loop, &shim->session_timer);
	loop_timer_cancel(shim->loop, &shim->beat_timer);
	if (spool_commit(shim->spool) != STATUS_OK)
		log_error(LOG_TEXT("the last events are not on disk"));
	sender_drain(shim->sender, clock_mono_ms() + DRAIN_MS - END_MS);
}

static void fail(struct shim *shim, const char *why)
{
	shim->why = must(talloc_strdup(shim->why_ctx, why));
	stop(shim);
}

static void on_signal(void *arg, uint32_t events)
{
	(void)events;
	struct shim *shim = arg;
	int number = signals_take(shim->signal_fd);
	if (!number)
		return;
	log_info(LOG_TEXT("stopping"), LOG_STR("signal", strsignal(number)));
	stop(shim);
}

/* ---- The spool */

static void on_event(void *arg, const char *json, size_t length, bool complete)
{
	struct shim *shim = arg;
	spool_append(shim->spool, json, length, complete);
}

static void on_unknown_channel(void *arg, uint64_t guild, uint64_t channel)
{
	struct shim *shim = arg;
	ask_channel(shim->ask, guild, channel);
}

static void commit_soon(void *arg)
{
	struct shim *shim = arg;
	if (!shim->commit_timer.place && spool_pending(shim->spool))
		loop_timer_set(shim->loop, &shim->commit_timer, clock_mono_ms() + COMMIT_MS);
}

static void on_answered(void *arg)
{
	struct shim *shim = arg;
	sender_answered(shim->sender);
}

static void take_steps(struct shim *shim);
static void arm_session(struct shim *shim);

/* What the disk did not take has to come again: it is as if the shim had crashed before it. */
static void pause_session(struct shim *shim)
{
	struct session_identity kept;
	if (session_state(shim->session) != SESSION_PAUSED)
		log_error(LOG_TEXT("disconnected until the spool is writable; Discord keeps what "
				   "happens meanwhile for some minutes"));
	spool_session(shim->spool, &kept);
	if (kept.id)
		filter_set_session(shim->filter, kept.id, spool_salt(shim->spool));
	session_pause(shim->session, &kept);
	take_steps(shim);
}

static void on_commit(void *arg)
{
	struct shim *shim = arg;
	switch (spool_commit(shim->spool)) {
	case STATUS_OK:
		break;
	case STATUS_FAILED:
		fail(shim, "the spool is damaged: the next start sets it aside");
		return;
	default:
		if (!shim->stopping)
			pause_session(shim);
		loop_timer_set(shim->loop, &shim->commit_timer, clock_mono_ms() + COMMIT_AGAIN_MS);
		return;
	}
	commit_soon(shim); /* after a failure there is something left to tidy */
	sender_wake(shim->sender);
	if (session_state(shim->session) == SESSION_PAUSED) {
		log_info(LOG_TEXT("the spool is writable again: connecting"));
		session_continue(shim->session, now(shim));
		arm_session(shim);
	}
}

/* ---- The session */

static void on_gateway_bot(void *arg, const struct rest_answer *answer)
{
	struct shim *shim = arg;
	struct session_limits limits;
	if (shim->stopping)
		return;
	if (answer->status == STATUS_OK && session_limits_read(answer->body, &limits)) {
		shim->unnamed = 0;
		session_told(shim->session, &limits, now(shim));
	} else {
		if (shim->unnamed++ == 0)
			log_warn(LOG_TEXT("Discord does not name its Gateway"),
				LOG_INT("http", answer->http));
		session_not_told(shim->session, answer->http == 401, now(shim));
	}
	take_steps(shim);
}

static void ask_gateway_bot(struct shim *shim)
{
	struct rest_request request = {
		.method = "GET",
		.route = "/gateway/bot",
		.within_ms = ASK_MS,
		.done = on_gateway_bot,
		.arg = shim,
	};
	enum status status = rest_submit(shim->rest, &request);
	if (status == STATUS_OK)
		return;
	/* DENIED: an earlier call was answered 401. */
	session_not_told(shim->session, status == STATUS_DENIED, now(shim));
	take_steps(shim);
}

/* An identify leaves only after it is counted on disk. */
static void identify(struct shim *shim, const char *payload)
{
	spool_save_identifies(shim->spool, session_history(shim->session));
	if (spool_commit(shim->spool) == STATUS_OK) {
		metrics_add(METRIC_SHIM_IDENTIFIES, 0, 1);
		transport_send(shim->transport, payload);
		return;
	}
	session_not_identified(shim->session, now(shim));
	take_steps(shim);
}

static void remember_session(struct shim *shim)
{
	struct session_identity identity;
	session_identity(shim->session, &identity);
	spool_set_session(shim->spool, &identity);
	if (identity.id)
		filter_set_session(shim->filter, identity.id, spool_salt(shim->spool));
	commit_soon(shim);
}

static void connect_to(struct shim *shim, const char *url)
{
	metrics_add(METRIC_SHIM_CONNECTIONS, 0, 1);
	if (shim->unconnected == 0)
		log_info(LOG_TEXT("connecting to Discord"), LOG_STR("url", url));
	transport_connect(shim->transport, url);
}

static void take_step(struct shim *shim, const struct session_action *action)
{
	switch (action->kind) {
	case SESSION_ASK:
		ask_gateway_bot(shim);
		break;
	case SESSION_CONNECT:
		connect_to(shim, action->text);
		break;
	case SESSION_SEND:
		transport_send(shim->transport, action->text);
		break;
	case SESSION_IDENTIFY:
		identify(shim, action->text);
		break;
	case SESSION_CLOSE:
		transport_close(shim->transport);
		break;
	case SESSION_REMEMBER:
		remember_session(shim);
		break;
	case SESSION_NOTE:
		log_warn(LOG_TEXT(action->text));
		break;
	case SESSION_FATAL:
		fail(shim, action->text);
		break;
	}
}

static void arm_session(struct shim *shim)
{
	int64_t due_ms = session_due_ms(shim->session);
	if (due_ms == INT64_MAX)
		loop_timer_cancel(shim->loop, &shim->session_timer);
	else
		loop_timer_set(shim->loop, &shim->session_timer, due_ms);
}

/* Tells the log, the metrics and systemd when the session becomes live or is no longer. */
static void tell_state(struct shim *shim)
{
	enum session_state state = session_state(shim->session);
	bool live = state == SESSION_LIVE, was = shim->last_state == SESSION_LIVE;
	shim->last_state = state;
	if (live == was)
		return;
	metrics_set(METRIC_SHIM_CONNECTED, 0, live);
	notify_systemd(live ? "STATUS=connected to Discord" : "STATUS=not connected to Discord");
	if (live)
		log_info(LOG_TEXT("connected to Discord"), LOG_STR("shard", shim->source));
	else
		log_warn(LOG_TEXT("no longer connected to Discord"));
}

static void take_steps(struct shim *shim)
{
	struct session_step step = *session_step(shim->session);
	for (size_t i = 0; i < step.count && !shim->stopping; i++)
		take_step(shim, &step.actions[i]);
	if (shim->stopping)
		return;
	tell_state(shim);
	arm_session(shim);
}

static void on_session_due(void *arg)
{
	struct shim *shim = arg;
	session_due(shim->session, now(shim));
	take_steps(shim);
}

/* ---- What comes from the Gateway */

/* What an id of a message says of Discord's time. */
static void learn_time(struct shim *shim, const struct frame *frame)
{
	struct snowflake id;
	if (strcmp(frame->type, "MESSAGE_CREATE") == 0 &&
		snowflake_parse(node_text(node_get(frame->data, "id")), &id))
		discord_clock_id(&shim->clock, snowflake_time_ms(&id), clock_mono_ms());
}

static void handle_dispatch(struct shim *shim, const struct frame *frame)
{
	if (strcmp(frame->type, "READY") == 0)
		metrics_add(METRIC_SHIM_SESSIONS, SHIM_SESSION_NEW, 1);
	else if (strcmp(frame->type, "RESUMED") == 0)
		metrics_add(METRIC_SHIM_SESSIONS, SHIM_SESSION_RESUMED, 1);
	metrics_add(METRIC_SHIM_DISPATCHES, 0, 1);
	learn_time(shim, frame);
	filter_dispatch(shim->filter, frame, now(shim).wall_ms);
	spool_set_seq(shim->spool, frame->seq);
	commit_soon(shim);
}

static void on_rubbish(struct shim *shim, bool broken)
{
	metrics_add(METRIC_SHIM_FRAMES_INVALID, 0, 1);
	log_warn(LOG_TEXT("what Discord sent is no payload"));
	session_rubbish(shim->session, broken, now(shim));
	take_steps(shim);
}

static void on_payload(void *arg, const char *text, size_t length)
{
	struct shim *shim = arg;
	struct frame frame;
	if (shim->stopping)
		return;
	if (frame_parse(text, length, &frame) != STATUS_OK) {
		on_rubbish(shim, false);
		return;
	}
	bool fresh = session_frame(shim->session, &frame, now(shim));
	take_steps(shim);
	if (fresh && !shim->stopping)
		handle_dispatch(shim, &frame);
	frame_release(&frame);
	if (length > TRIM_BYTES)
		malloc_trim(0);
}

static void on_broken(void *arg)
{
	struct shim *shim = arg;
	if (!shim->stopping)
		on_rubbish(shim, true);
}

static void on_date(void *arg, int64_t date_ms, int64_t asked_ms, int64_t answered_ms)
{
	struct shim *shim = arg;
	if (date_ms > 0)
		discord_clock_date(&shim->clock, date_ms, asked_ms, answered_ms);
}

/* Where the handshake was answered without a Date, any other answer of Discord's has one. */
static void ask_time(struct shim *shim)
{
	struct rest_request request = {
		.method = "GET", .route = "/gateway/bot", .within_ms = ASK_MS};
	if (!discord_clock_is_known(&shim->clock) && rest_submit(shim->rest, &request) != STATUS_OK)
		log_debug(LOG_TEXT("Discord cannot be asked for the time"));
}

/* Why there is no connection, from the first attempt on; not once more for each while it stays so.
 */
static void tell_closed(struct shim *shim, const struct websocket_event *event)
{
	if (shim->is_open)
		log_info(LOG_TEXT("the connection to Discord ended"), LOG_INT("code", event->code),
			LOG_STR("why", event->bytes));
	else if (shim->unconnected++ == 0)
		log_warn(LOG_TEXT("Discord's Gateway cannot be reached: trying on"),
			LOG_STR("why", event->bytes));
	shim->is_open = false;
}

static void on_connection(void *arg, const struct websocket_event *event)
{
	struct shim *shim = arg;
	if (shim->stopping)
		return;
	on_date(shim, event->date_ms, event->asked_ms, event->answered_ms);
	if (event->kind == WEBSOCKET_OPEN) {
		shim->unconnected = 0;
		shim->is_open = true;
		ask_time(shim);
		session_connected(shim->session, now(shim));
	} else {
		tell_closed(shim, event);
		session_closed(shim->session, event->code, event->retry_ms, now(shim));
	}
	take_steps(shim);
}

static void on_beat(void *arg)
{
	struct shim *shim = arg;
	int64_t mono_ms = clock_mono_ms();
	if (spool_lost(shim->spool))
		filter_lost(shim->filter);
	if (session_healthy(shim->session, mono_ms))
		filter_heartbeat(shim->filter, now(shim).wall_ms);
	commit_soon(shim);
	loop_timer_set(shim->loop, &shim->beat_timer, mono_ms + BEAT_MS);
}

/* ---- Life cycle */

static double draw(void *arg)
{
	(void)arg;
	return (double)randombytes_random() / 4294967296.0;
}

static void start_session(struct shim *shim)
{
	struct session_identity before;
	struct identify_history history;
	struct session_settings settings = {
		.token = shim->config->bot_token,
		.shard_id = shim->config->shard_id,
		.shard_count = shim->config->shard_count,
		.url = shim->config->gateway_url,
		.random = draw,
	};
	if (settings.url && gateway_url_is_in_clear(settings.url))
		log_warn(
			LOG_TEXT("DISCORD_GATEWAY_URL is ws://: the bot's token travels in clear"));
	spool_load_identifies(shim->spool, &history);
	spool_session(shim->spool, &before);
	if (before.id)
		filter_set_session(shim->filter, before.id, spool_salt(shim->spool));
	shim->session = session_create(&settings, &before, &history, now(shim));
	shim->session_timer = (struct timer){.fn = on_session_due, .arg = shim};
	shim->commit_timer = (struct timer){.fn = on_commit, .arg = shim};
	shim->beat_timer = (struct timer){.fn = on_beat, .arg = shim};
	loop_timer_set(shim->loop, &shim->beat_timer, clock_mono_ms() + BEAT_MS);
	arm_session(shim);
}

static bool start_spool(struct shim *shim, char **out_why)
{
	struct spool_settings settings = {.folder = shim->config->spool_dir,
		.source = shim->source,
		.max_bytes = SPOOL_MAX_BYTES,
		.trace_ms = SPOOL_TRACE_MS};
	shim->spool = spool_open(shim->why_ctx, &settings, out_why);
	if (!shim->spool)
		return false;
	shim->guilds = guilds_create(spool_sqlite(shim->spool));
	struct filter_settings filter = {
		.guilds = shim->guilds,
		.shard_id = shim->config->shard_id,
		.shard_count = shim->config->shard_count,
		.emit = on_event,
		.ask = on_unknown_channel,
		.arg = shim,
	};
	shim->filter = filter_create(&filter);
	return true;
}

static bool start_calls(struct shim *shim, char **out_why)
{
	struct rest_options options = {
		.api_url = shim->config->api_url,
		.bot_token = shim->config->bot_token,
		.date = on_date,
		.date_arg = shim,
	};
	shim->rest = rest_create(shim->loop, &options);
	if (!shim->rest) {
		*out_why = must(talloc_strdup(shim->why_ctx, "libcurl cannot start"));
		return false;
	}
	struct ask_options ask = {.rest = shim->rest,
		.guilds = shim->guilds,
		.answered = on_answered,
		.changed = commit_soon,
		.arg = shim};
	shim->ask = ask_create(&ask);
	struct sender_options sender = {
		.loop = shim->loop,
		.spool = shim->spool,
		.guilds = shim->guilds,
		.ask = shim->ask,
		.clock = &shim->clock,
		.service = {.url = shim->config->events_url,
			.key_id = shim->config->event_key_id,
			.secret_key = shim->config->event_secret_key,
			.source = shim->source,
			.user_agent = "besace-gateway/" BESACE_VERSION},
		.taken = commit_soon,
		.drained = on_drained,
		.arg = shim,
	};
	shim->sender = sender_create(&sender);
	if (!shim->sender)
		*out_why = must(talloc_strdup(shim->why_ctx, "libcurl cannot start"));
	return shim->sender != NULL;
}

static bool start(struct shim *shim, char **out_why)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	/* What one thread allocates another frees: with a heap each, none would shrink again. */
	mallopt(M_ARENA_MAX, 1);
	shim->loop = loop_create();
	shim->signal_fd = signals_open();
	if (!shim->loop || shim->signal_fd < 0) {
		*out_why = must(talloc_strdup(shim->why_ctx, strerror(errno)));
		return false;
	}
	shim->signals = loop_watch(shim->loop, shim->signal_fd, EPOLLIN, on_signal, shim);
	if (!start_spool(shim, out_why))
		return false;
	if (shim->config->metrics_on) {
		if (metrics_listener_create(shim->why_ctx, &shim->config->metrics_listen,
			    &shim->metrics, out_why) != STATUS_OK)
			return false;
	}
	struct transport_handler handler = {
		.changed = on_connection, .payload = on_payload, .rubbish = on_broken, .arg = shim};
	shim->transport = transport_create(shim->why_ctx, shim->loop, &handler, out_why);
	if (!shim->transport || !start_calls(shim, out_why))
		return false;
	start_session(shim);
	return true;
}

/* In the order of what depends on what; half-started is fine. */
static void end(struct shim *shim)
{
	watchdog_destroy(&shim->watchdog);
	transport_destroy(&shim->transport);
	rest_destroy(&shim->rest);
	sender_destroy(&shim->sender);
	ask_destroy(&shim->ask);
	metrics_listener_destroy(&shim->metrics);
	filter_destroy(&shim->filter);
	guilds_destroy(&shim->guilds);
	spool_close(&shim->spool);
	session_destroy(&shim->session);
	watch_remove(&shim->signals);
	if (shim->signal_fd >= 0)
		close(shim->signal_fd);
	loop_destroy(&shim->loop);
	curl_global_cleanup();
}

enum status shim_run(void *ctx, const struct config *config, char **out_why)
{
	struct shim shim = {.config = config, .why_ctx = ctx, .signal_fd = -1};
	discord_clock_init(&shim.clock, clock_wall_ms(), clock_mono_ms());
	snprintf(shim.source, sizeof(shim.source), "%d/%d", config->shard_id, config->shard_count);
	bool started = start(&shim, out_why);
	if (started) {
		notify_systemd("READY=1");
		shim.watchdog = watchdog_create(shim.loop, NULL, 0);
		sender_wake(shim.sender); /* what a former run has left */
		loop_run(shim.loop);
		if (shim.why)
			*out_why = shim.why;
	}
	end(&shim);
	return started && !shim.why ? STATUS_OK : STATUS_FAILED;
}
