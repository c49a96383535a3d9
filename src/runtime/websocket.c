/* The WebSocket connection, on libwebsockets. */
#include "besace/runtime/websocket.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"

/* Bytes of messages that wait for the loop: above it the thread reads no more, and the peer's
 * packets wait in the kernel. */
#define MAX_QUEUED_BYTES (2u * 1024u * 1024u)

/* How long a peer has to answer our close frame, and the thread to end. */
#define CLOSE_S 1
#define END_MS 2000

#define READ_BYTES 65536

/* The longest header that is looked at. */
#define MAX_HEADER_BYTES 64

/* Pings are not ours to send: what is spoken over the connection shows whether it lives. */
#define NEVER_S 3600

/* An event on its way to the loop. */
struct note {
	struct websocket *websocket;
	unsigned number; /* of its connection */
	char *text;
	struct websocket_event event;
};

/* A message on its way to the peer, with the room in front that libwebsockets asks for. */
struct message {
	STAILQ_ENTRY(message) next;
	size_t length;
	unsigned char bytes[];
};

STAILQ_HEAD(message_list, message);

/* The current connection; the thread's own. What it was before that still closes has no link. */
struct link {
	struct websocket *websocket;
	unsigned number; /* 0: there is none */
	struct lws *wsi;
	bool open;
	int peer_code;
	struct websocket_event times; /* what the handshake said: dates, how long to wait */
	char *bytes; /* of the message that comes */
	size_t length, size;
};

struct websocket {
	struct loop *loop;
	struct websocket_options options;
	unsigned number; /* of the current connection; 0: none. The loop's own */
	unsigned last_number;

	struct lws_context *context;
	pthread_t thread;
	struct link link;
	unsigned alive; /* connections, with those that still close. The thread's own */

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t drained, ended; /* the latter on the mono clock */
	atomic_bool ending; /* written under the lock: the loop is to be left alone */
	bool has_ended; /* the thread touches nothing any more */
	size_t queued; /* bytes in notes */
	unsigned wanted; /* the connection that is to be */
	char *url; /* to connect it to; NULL once the thread has that */
	struct message_list out; /* its messages */
};

/* ---- From the thread to the loop */

static void note_release(struct note *note)
{
	free(note->text);
	free(note);
}

/* In the loop: handles what came, but from a connection that was given up. */
static void deliver(void *arg)
{
	struct note *note = arg;
	struct websocket *websocket = note->websocket;
	pthread_mutex_lock(&websocket->lock);
	websocket->queued -= note->event.length;
	pthread_cond_signal(&websocket->drained);
	pthread_mutex_unlock(&websocket->lock);
	if (note->number == websocket->number) {
		if (note->event.kind == WEBSOCKET_CLOSED)
			websocket->number = 0;
		websocket->options.fn(websocket->options.arg, &note->event);
	}
	note_release(note);
}

/* Hands an event with TEXT, which is taken over, to the loop. Waits while too much is queued. */
static void tell(struct link *link, struct websocket_event event, char *text)
{
	struct websocket *websocket = link->websocket;
	struct note *note = must(calloc(1, sizeof(*note)));
	*note = (struct note){websocket, link->number, text, event};
	note->event.bytes = text;
	pthread_mutex_lock(&websocket->lock);
	while (websocket->queued > MAX_QUEUED_BYTES && !atomic_load(&websocket->ending))
		pthread_cond_wait(&websocket->drained, &websocket->lock);
	bool ending = atomic_load(&websocket->ending);
	if (!ending) { /* under the lock: once ending is set, the loop may be no more */
		websocket->queued += event.length;
		loop_post(websocket->loop, deliver, note);
	}
	pthread_mutex_unlock(&websocket->lock);
	if (ending)
		note_release(note);
}

static void tell_kind(struct link *link, enum websocket_event_kind kind, const char *why)
{
	struct websocket_event event = link->times;
	event.kind = kind;
	event.code = link->peer_code;
	event.length = why ? strlen(why) : 0;
	tell(link, event, why ? must(strdup(why)) : NULL);
}

/* ---- A connection, in the thread */

/* The link is free for another connection. */
static void link_release(struct link *link)
{
	if (link->wsi)
		lws_set_opaque_user_data(link->wsi, NULL);
	free(link->bytes);
	*link = (struct link){.websocket = link->websocket};
}

static void link_over(struct link *link, const char *why)
{
	if (!link->number)
		return;
	tell_kind(link, WEBSOCKET_CLOSED, why);
	link_release(link);
}

/* Closes without a word to the loop. A peer that reads nothing must not keep it. */
static void link_close(struct link *link)
{
	struct lws *wsi = link->wsi;
	bool open = link->open;
	link_release(link);
	if (!wsi)
		return;
	if (open)
		lws_callback_on_writable(wsi);
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, open ? CLOSE_S : LWS_TO_KILL_ASYNC);
}

/* Adds to the message that comes. False when it would be too large. */
static bool link_add(struct link *link, const void *bytes, size_t length)
{
	if (length > link->websocket->options.max_message - link->length)
		return false;
	if (link->length + length > link->size) {
		link->size = 2 * (link->length + length);
		link->bytes = must(realloc(link->bytes, link->size));
	}
	memcpy(link->bytes + link->length, bytes, length);
	link->length += length;
	return true;
}

static void on_receive(struct link *link, struct lws *wsi, const void *bytes, size_t length)
{
	if (length > 0 && !link_add(link, bytes, length)) {
		tell_kind(link, WEBSOCKET_TOO_LARGE, NULL);
		return;
	}
	if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
		return;
	struct websocket_event event = {.kind = WEBSOCKET_MESSAGE,
		.length = link->length,
		.is_binary = lws_frame_is_binary(wsi)};
	char *message = link->bytes;
	link->bytes = NULL;
	link->length = link->size = 0;
	tell(link, event, message);
}

static struct message *next_message(struct websocket *websocket)
{
	pthread_mutex_lock(&websocket->lock);
	struct message *message = STAILQ_FIRST(&websocket->out);
	if (message)
		STAILQ_REMOVE_HEAD(&websocket->out, next);
	pthread_mutex_unlock(&websocket->lock);
	return message;
}

/* One message a call, as libwebsockets wants it; it also calls when nothing waits. -1 closes. */
static int on_writable(struct link *link)
{
	struct message *message = next_message(link->websocket);
	if (!message)
		return 0;
	int written =
		lws_write(link->wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT);
	bool whole = written >= (int)message->length;
	free(message);
	lws_callback_on_writable(link->wsi);
	return whole ? 0 : -1;
}

/* ---- What the loop wants, in the thread */

/* Splits URL, which it changes, into what libwebsockets wants. */
static bool parse_url(char *url, struct lws_client_connect_info *info)
{
	const char *scheme, *path;
	if (lws_parse_uri(url, &scheme, &info->address, &info->port, &path) != 0)
		return false;
	bool safe = strcmp(scheme, "wss") == 0;
	if (!safe && strcmp(scheme, "ws") != 0)
		return false;
	info->ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (safe ? LCCSCF_USE_SSL : 0);
	info->path = path; /* without its first slash */
	return true;
}

static void link_connect(struct link *link, unsigned number, char *url)
{
	static const lws_retry_bo_t idle = {
		.secs_since_valid_ping = NEVER_S, .secs_since_valid_hangup = NEVER_S + 60};
	struct lws_client_connect_info info = {
		.context = link->websocket->context,
		.local_protocol_name = "client",
		.opaque_user_data = link,
		.pwsi = &link->wsi,
		.retry_and_idle_policy = &idle,
		.alpn = "http/1.1",
	};
	link->number = number;
	link->times.asked_ms = clock_mono_ms();
	if (!parse_url(url, &info)) {
		link_over(link, "the address is no ws:// or wss:// URL");
		return;
	}
	void *ctx = must(talloc_new(NULL));
	bool numbers = strchr(info.address, ':'); /* IPv6 */
	info.path = must(talloc_asprintf(ctx, "/%s", info.path));
	info.host = must(talloc_asprintf(ctx, numbers ? "[%s]" : "%s", info.address));
	link->websocket->alive++;
	if (!lws_client_connect_via_info(&info) && link->number) { /* nothing was begun */
		link->websocket->alive--;
		link_over(link, "the connection cannot be made");
	}
	talloc_free(ctx);
}

static void obey(struct websocket *websocket)
{
	struct link *link = &websocket->link;
	pthread_mutex_lock(&websocket->lock);
	unsigned wanted = websocket->wanted;
	char *url = websocket->url;
	websocket->url = NULL;
	pthread_mutex_unlock(&websocket->lock);
	if (link->number != wanted)
		link_close(link);
	if (url)
		link_connect(link, wanted, url);
	else if (link->open)
		lws_callback_on_writable(link->wsi);
	free(url);
}

/* ---- libwebsockets */

static bool read_header(struct lws *wsi, enum lws_token_indexes token, char *out)
{
	return lws_hdr_copy(wsi, out, MAX_HEADER_BYTES, token) > 0;
}

/* What the answer to the handshake says beside yes or no. */
static void read_headers(struct link *link, struct lws *wsi)
{
	char text[MAX_HEADER_BYTES];
	link->times.answered_ms = clock_mono_ms();
	if (read_header(wsi, WSI_TOKEN_HTTP_DATE, text))
		link->times.date_ms = clock_parse_http_date(text);
	if (read_header(wsi, WSI_TOKEN_HTTP_RETRY_AFTER, text)) {
		double seconds = strtod(text, NULL);
		link->times.retry_ms = seconds > 0 && seconds < 1e6 ? (int64_t)(seconds * 1000) : 0;
	}
}

/* IN points at where the next header goes, with room for LENGTH bytes. */
static int add_user_agent(const struct websocket *websocket, void *in, size_t length)
{
	char **at = in;
	int written = snprintf(*at, length, "User-Agent: %s\r\n", websocket->options.user_agent);
	if (written < 0 || (size_t)written >= length)
		return -1;
	*at += written;
	return 0;
}

/* What happens to the current connection. */
static int on_link_event(struct link *link, struct lws *wsi, enum lws_callback_reasons reason,
	void *in, size_t length)
{
	const unsigned char *bytes = in;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
		read_headers(link, wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		link->open = true;
		tell_kind(link, WEBSOCKET_OPEN, NULL);
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		on_receive(link, wsi, in, length);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writable(link);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		link->peer_code = length >= 2 ? bytes[0] << 8 | bytes[1] : 0;
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		read_headers(link, wsi);
		link_over(link, in ? in : "the connection failed");
		return 0;
	default:
		link_over(link, link->peer_code ? NULL : "the connection was cut");
		return 0;
	}
}

static int on_event(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	(void)user;
	struct websocket *websocket = lws_context_user(lws_get_context(wsi));
	switch (reason) {
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		obey(websocket);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
	case LWS_CALLBACK_CLIENT_CLOSED:
		websocket->alive--;
		break;
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_user_agent(websocket, in, length);
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
	case LWS_CALLBACK_CLIENT_RECEIVE:
	case LWS_CALLBACK_CLIENT_WRITEABLE:
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		break;
	default:
		return 0;
	}
	struct link *link = lws_get_opaque_user_data(wsi);
	if (link)
		return on_link_event(link, wsi, reason, in, length);
	if (reason != LWS_CALLBACK_CLIENT_WRITEABLE)
		return 0;
	lws_close_reason(wsi, (enum lws_close_status)websocket->options.close_code, NULL, 0);
	return -1; /* it was given up: closes */
}

/* The library's own words, without their line end. They name hosts and TLS errors, no messages. */
static void on_log(int level, const char *line)
{
	(void)level;
	char *text = must(strdup(line));
	text[strcspn(text, "\n")] = '\0';
	log_debug(LOG_TEXT("libwebsockets"), LOG_STR("says", text));
	free(text);
}

static void *run(void *arg)
{
	struct websocket *websocket = arg;
	while (!atomic_load(&websocket->ending))
		lws_service(websocket->context, 0);
	link_close(&websocket->link);
	int64_t until = clock_mono_ms() + END_MS / 2;
	while (websocket->alive > 0 && clock_mono_ms() < until)
		lws_service(websocket->context, 0);
	pthread_mutex_lock(&websocket->lock);
	websocket->has_ended = true;
	pthread_cond_signal(&websocket->ended);
	pthread_mutex_unlock(&websocket->lock);
	return NULL;
}

static struct lws_context *make_context(struct websocket *websocket)
{
	static const struct lws_protocols protocols[] = {
		{.name = "client", .callback = on_event, .rx_buffer_size = READ_BYTES}, {0}};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.user = websocket,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.pt_serv_buf_size = READ_BYTES,
	};
	lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
	return lws_create_context(&info);
}

/* ---- The loop's side */

struct websocket *websocket_create(
	void *ctx, struct loop *loop, const struct websocket_options *options, char **out_why)
{
	struct websocket *websocket = must(calloc(1, sizeof(*websocket)));
	websocket->loop = loop;
	websocket->options = *options;
	websocket->link.websocket = websocket;
	STAILQ_INIT(&websocket->out);
	pthread_mutex_init(&websocket->lock, NULL);
	pthread_cond_init(&websocket->drained, NULL);
	clock_cond_init(&websocket->ended);
	websocket->context = make_context(websocket);
	if (websocket->context && pthread_create(&websocket->thread, NULL, run, websocket) == 0)
		return websocket;
	*out_why = must(talloc_strdup(ctx, "cannot start the WebSocket library"));
	if (websocket->context)
		lws_context_destroy(websocket->context);
	free(websocket);
	return NULL;
}

/* From now on connection NUMBER is wanted, made to URL; what waited for another one is dropped. */
static void want(struct websocket *websocket, unsigned number, const char *url)
{
	struct message *message;
	while ((message = next_message(websocket)))
		free(message);
	websocket->number = number;
	pthread_mutex_lock(&websocket->lock);
	free(websocket->url);
	websocket->url = url ? must(strdup(url)) : NULL;
	websocket->wanted = number;
	pthread_mutex_unlock(&websocket->lock);
	lws_cancel_service(websocket->context);
}

void websocket_connect(struct websocket *websocket, const char *url)
{
	want(websocket, ++websocket->last_number, url);
}

void websocket_send(struct websocket *websocket, const char *text)
{
	if (!websocket->number)
		return;
	size_t length = strlen(text);
	struct message *message = must(malloc(sizeof(*message) + LWS_PRE + length));
	message->length = length;
	memcpy(message->bytes + LWS_PRE, text, length);
	pthread_mutex_lock(&websocket->lock);
	STAILQ_INSERT_TAIL(&websocket->out, message, next);
	pthread_mutex_unlock(&websocket->lock);
	lws_cancel_service(websocket->context);
}

void websocket_close(struct websocket *websocket)
{
	if (websocket->number)
		want(websocket, 0, NULL);
}

/* Waits for the thread's end by a condition, for POSIX joins without a limit, and joins what has
 * ended. False when time is up. */
static bool end_thread(struct websocket *websocket)
{
	struct timespec until = clock_deadline(END_MS);
	pthread_mutex_lock(&websocket->lock);
	atomic_store(&websocket->ending, true);
	pthread_cond_signal(&websocket->drained);
	lws_cancel_service(websocket->context);
	while (!websocket->has_ended &&
		pthread_cond_timedwait(&websocket->ended, &websocket->lock, &until) == 0)
		;
	bool has_ended = websocket->has_ended;
	pthread_mutex_unlock(&websocket->lock);
	return has_ended && pthread_join(websocket->thread, NULL) == 0;
}

void websocket_destroy(struct websocket **handle)
{
	struct websocket *websocket = *handle;
	if (!websocket)
		return;
	*handle = NULL;
	websocket_close(websocket);
	/* A thread that hangs in the name server cannot be ended; the process is about to be. */
	if (!end_thread(websocket))
		return;
	/* Not in the thread: the loop's side may still have been waking it. */
	lws_context_destroy(websocket->context);
	free(websocket->link.bytes);
	loop_run_posted(websocket->loop); /* notes that nobody waits for */
	pthread_cond_destroy(&websocket->drained);
	pthread_cond_destroy(&websocket->ended);
	pthread_mutex_destroy(&websocket->lock);
	free(websocket->url);
	free(websocket);
}
