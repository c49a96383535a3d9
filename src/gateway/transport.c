/* The WebSocket connection, on libwebsockets. */
#include "transport.h"

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
#include "besace/runtime/inflate.h"
#include "besace/runtime/log.h"

/* Bytes of payloads that wait for the loop: above it the thread reads no more, and the peer's
 * packets wait in the kernel. */
#define MAX_QUEUED_BYTES (2u * 1024u * 1024u)

/* Events handled before timers and other descriptors have their turn. */
#define MAX_TURN_EVENTS 64

/* How long a peer has to answer our close frame, and the thread to end. */
#define CLOSE_S 3
#define END_MS 2000

#define READ_BYTES 65536

/* When nobody says with which code to close: any but 1000 and 1001, which would end the session. */
#define CLOSE_CODE 4900

/* As Discord wants to be told of programs. */
#define USER_AGENT "DiscordBot (https://github.com/besace/besace, " BESACE_VERSION ")"

/* The longest header that is looked at. */
#define MAX_HEADER_BYTES 64

/* Discord sends none; our own heartbeats show whether the connection lives. */
#define NEVER_S 3600

/* An event on its way to the loop. */
struct note {
	STAILQ_ENTRY(note) next;
	unsigned number; /* of its connection */
	struct transport_event event;
};

STAILQ_HEAD(note_list, note);

/* A payload on its way to the peer, with the room in front that libwebsockets asks for. */
struct message {
	STAILQ_ENTRY(message) next;
	size_t length;
	unsigned char bytes[];
};

STAILQ_HEAD(message_list, message);

enum order_kind { ORDER_CONNECT, ORDER_SEND, ORDER_CLOSE };

/* From the loop to the thread. */
struct transport_order {
	STAILQ_ENTRY(transport_order) next;
	enum order_kind kind;
	unsigned number; /* of the connection it is about */
	int code;
	char *text;
};

STAILQ_HEAD(order_list, transport_order);

/* A connection; the thread's own. */
struct link {
	LIST_ENTRY(link) next;
	struct transport *transport;
	struct lws *wsi; /* NULL once it has ended */
	unsigned number;
	bool open, closing, over;
	int close_code; /* ours */
	int peer_code;
	int64_t retry_ms, date_ms, asked_ms, answered_ms; /* see struct transport_event */
	struct inflater *inflater;
	struct message_list out;
	char *text; /* of a message that is not compressed */
	size_t text_length;
};

struct transport {
	struct loop *loop;
	transport_fn *fn;
	void *arg;
	unsigned number; /* of the current connection; 0: none. The loop's own */
	unsigned last_number;

	struct lws_context *context;
	pthread_t thread;
	atomic_bool ending;
	LIST_HEAD(, link) links; /* the thread's own */

	pthread_mutex_t lock;
	pthread_cond_t drained;
	pthread_cond_t ended; /* on the mono clock */
	bool has_ended; /* the thread touches nothing any more */
	struct note_list notes;
	size_t queued; /* bytes in notes */
	struct order_list orders;
};

/* ---- From the thread to the loop */

static void drain(void *arg);

static void note_release(struct note *note)
{
	free((char *)note->event.text);
	free(note);
}

/* Hands an event to the loop, with a copy of its text. Waits while too much is queued. */
static void tell(struct link *link, const struct transport_event *event)
{
	struct transport *transport = link->transport;
	struct note *note = must(calloc(1, sizeof(*note)));
	note->number = link->number;
	note->event = *event;
	if (event->text) {
		char *copy = must(malloc(event->length + 1));
		memcpy(copy, event->text, event->length);
		copy[event->length] = '\0';
		note->event.text = copy;
	}
	pthread_mutex_lock(&transport->lock);
	while (transport->queued > MAX_QUEUED_BYTES && !atomic_load(&transport->ending))
		pthread_cond_wait(&transport->drained, &transport->lock);
	bool first = STAILQ_EMPTY(&transport->notes);
	STAILQ_INSERT_TAIL(&transport->notes, note, next);
	transport->queued += event->length;
	/* Under the lock: once ending is set, the loop may be no more. */
	if (first && !atomic_load(&transport->ending))
		loop_post(transport->loop, drain, transport);
	pthread_mutex_unlock(&transport->lock);
}

static struct note *next_note(struct transport *transport)
{
	pthread_mutex_lock(&transport->lock);
	struct note *note = STAILQ_FIRST(&transport->notes);
	if (note) {
		STAILQ_REMOVE_HEAD(&transport->notes, next);
		transport->queued -= note->event.length;
		pthread_cond_signal(&transport->drained);
	}
	pthread_mutex_unlock(&transport->lock);
	return note;
}

static bool has_notes(struct transport *transport)
{
	pthread_mutex_lock(&transport->lock);
	bool any = !STAILQ_EMPTY(&transport->notes);
	pthread_mutex_unlock(&transport->lock);
	return any;
}

/* In the loop: handles what came, except from connections that were given up. */
static void drain(void *arg)
{
	struct transport *transport = arg;
	struct note *note;
	for (int i = 0; i < MAX_TURN_EVENTS && (note = next_note(transport)); i++) {
		if (note->number == transport->number) {
			if (note->event.kind == TRANSPORT_CLOSED)
				transport->number = 0;
			transport->fn(transport->arg, &note->event);
		}
		note_release(note);
	}
	if (has_notes(transport))
		loop_post(transport->loop, drain, transport);
}

/* ---- A connection, in the thread */

static struct link *link_create(struct transport *transport, unsigned number)
{
	struct link *link = must(calloc(1, sizeof(*link)));
	link->transport = transport;
	link->number = number;
	link->inflater = inflater_create(INFLATE_MAX_FRAME);
	STAILQ_INIT(&link->out);
	LIST_INSERT_HEAD(&transport->links, link, next);
	return link;
}

static void link_release(struct link *link)
{
	struct message *message;
	LIST_REMOVE(link, next);
	while ((message = STAILQ_FIRST(&link->out))) {
		STAILQ_REMOVE_HEAD(&link->out, next);
		free(message);
	}
	inflater_destroy(&link->inflater);
	free(link->text);
	free(link);
}

static struct link *link_find(struct transport *transport, unsigned number)
{
	struct link *link;
	LIST_FOREACH(link, &transport->links, next)
	{
		if (link->number == number)
			return link;
	}
	return NULL;
}

static void link_over(struct link *link, const char *why)
{
	if (link->over)
		return;
	link->over = true;
	if (link->wsi)
		lws_set_opaque_user_data(link->wsi, NULL);
	link->wsi = NULL;
	tell(link, &(struct transport_event){.kind = TRANSPORT_CLOSED,
			   .text = why,
			   .length = why ? strlen(why) : 0,
			   .code = link->peer_code,
			   .retry_ms = link->retry_ms,
			   .date_ms = link->date_ms,
			   .asked_ms = link->asked_ms,
			   .answered_ms = link->answered_ms});
}

static void free_ended(struct transport *transport)
{
	struct link *link = LIST_FIRST(&transport->links);
	while (link) {
		struct link *next = LIST_NEXT(link, next);
		if (link->over)
			link_release(link);
		link = next;
	}
}

static void rubbish(struct link *link)
{
	tell(link, &(struct transport_event){.kind = TRANSPORT_RUBBISH});
}

static void on_compressed(struct link *link, const void *bytes, size_t length, bool last)
{
	const char *text;
	size_t text_length;
	if (inflater_add(link->inflater, bytes, length) != STATUS_OK) {
		rubbish(link);
		return;
	}
	if (!last || !inflater_complete(link->inflater))
		return;
	if (inflater_take(link->inflater, &text, &text_length) != STATUS_OK)
		rubbish(link);
	else if (text_length > 0)
		tell(link, &(struct transport_event){
				   .kind = TRANSPORT_PAYLOAD, .text = text, .length = text_length});
}

/* Not what was asked for, but JSON all the same: a proxy or Discord may send it. */
static void on_text(struct link *link, const void *bytes, size_t length, bool last)
{
	if (length > INFLATE_MAX_FRAME - link->text_length) {
		rubbish(link);
		return;
	}
	link->text = must(realloc(link->text, link->text_length + length + 1));
	memcpy(link->text + link->text_length, bytes, length);
	link->text_length += length;
	if (!last)
		return;
	tell(link, &(struct transport_event){.kind = TRANSPORT_PAYLOAD,
			   .text = link->text,
			   .length = link->text_length});
	free(link->text);
	link->text = NULL;
	link->text_length = 0;
}

static void on_receive(struct link *link, const void *bytes, size_t length)
{
	if (link->closing)
		return;
	bool last =
		lws_is_final_fragment(link->wsi) && lws_remaining_packet_payload(link->wsi) == 0;
	if (lws_frame_is_binary(link->wsi))
		on_compressed(link, bytes, length, last);
	else
		on_text(link, bytes, length, last);
}

/* One message a call, as libwebsockets wants it; it also calls when nothing waits. -1 closes. */
static int on_writable(struct link *link)
{
	struct message *message = STAILQ_FIRST(&link->out);
	if (message) {
		int written = lws_write(
			link->wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT);
		STAILQ_REMOVE_HEAD(&link->out, next);
		size_t length = message->length;
		free(message);
		if (written < (int)length)
			return -1;
	} else if (link->closing) {
		lws_close_reason(link->wsi, (enum lws_close_status)link->close_code, NULL, 0);
		return -1;
	}
	if (!STAILQ_EMPTY(&link->out) || link->closing)
		lws_callback_on_writable(link->wsi);
	return 0;
}

static void on_peer_close(struct link *link, const unsigned char *bytes, size_t length)
{
	if (length >= 2)
		link->peer_code = bytes[0] << 8 | bytes[1];
}

/* ---- Orders of the loop, in the thread */

/* Splits URL, which it changes, into what libwebsockets wants. */
static bool parse_url(char *url, struct lws_client_connect_info *info)
{
	const char *scheme, *path;
	if (lws_parse_uri(url, &scheme, &info->address, &info->port, &path) != 0)
		return false;
	bool safe = strcmp(scheme, "wss") == 0;
	if (!safe && strcmp(scheme, "ws") != 0)
		return false;
	info->ssl_connection = safe ? LCCSCF_USE_SSL : 0;
	info->path = path; /* without its first slash */
	return true;
}

static void do_connect(struct transport *transport, const struct transport_order *order)
{
	static const lws_retry_bo_t idle = {
		.secs_since_valid_ping = NEVER_S, .secs_since_valid_hangup = NEVER_S + 60};
	struct link *link = link_create(transport, order->number);
	link->asked_ms = clock_mono_ms();
	struct lws_client_connect_info info = {
		.context = transport->context,
		.local_protocol_name = "gateway",
		.opaque_user_data = link,
		.pwsi = &link->wsi,
		.retry_and_idle_policy = &idle,
		.alpn = "http/1.1",
	};
	if (!parse_url(order->text, &info)) {
		link_over(link, "the address is no ws:// or wss:// URL");
		return;
	}
	char *path = must(talloc_asprintf(NULL, "/%s", info.path));
	char *host = must(
		talloc_asprintf(path, strchr(info.address, ':') ? "[%s]" : "%s", info.address));
	info.path = path;
	info.host = host;
	info.origin = NULL;
	info.ssl_connection |= LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
	if (!lws_client_connect_via_info(&info))
		link_over(link, "the connection cannot be made");
	talloc_free(path);
}

static void do_send(struct link *link, const char *text)
{
	size_t length = strlen(text);
	struct message *message = must(malloc(sizeof(*message) + LWS_PRE + length));
	message->length = length;
	memcpy(message->bytes + LWS_PRE, text, length);
	STAILQ_INSERT_TAIL(&link->out, message, next);
	if (link->open)
		lws_callback_on_writable(link->wsi);
}

static void do_close(struct link *link, int code)
{
	link->closing = true;
	link->close_code = code;
	if (!link->wsi)
		return;
	if (!link->open) {
		lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
		return;
	}
	lws_callback_on_writable(link->wsi);
	/* A peer that reads nothing must not keep it. */
	lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_REASON_BASE, CLOSE_S);
}

static struct transport_order *next_order(struct transport *transport)
{
	pthread_mutex_lock(&transport->lock);
	struct transport_order *order = STAILQ_FIRST(&transport->orders);
	if (order)
		STAILQ_REMOVE_HEAD(&transport->orders, next);
	pthread_mutex_unlock(&transport->lock);
	return order;
}

static void order_release(struct transport_order *order)
{
	free(order->text);
	free(order);
}

static void obey(struct transport *transport)
{
	struct transport_order *order;
	while ((order = next_order(transport))) {
		struct link *link = link_find(transport, order->number);
		if (order->kind == ORDER_CONNECT)
			do_connect(transport, order);
		else if (link && !link->over && order->kind == ORDER_SEND)
			do_send(link, order->text);
		else if (link && !link->over)
			do_close(link, order->code);
		order_release(order);
	}
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
	link->answered_ms = clock_mono_ms();
	if (read_header(wsi, WSI_TOKEN_HTTP_DATE, text))
		link->date_ms = clock_parse_http_date(text);
	if (read_header(wsi, WSI_TOKEN_HTTP_RETRY_AFTER, text)) {
		double seconds = strtod(text, NULL);
		link->retry_ms = seconds > 0 && seconds < 1e6 ? (int64_t)(seconds * 1000) : 0;
	}
}

/* IN points at where the next header goes, with room for LENGTH bytes. */
static int add_user_agent(void *in, size_t length)
{
	static const char line[] = "User-Agent: " USER_AGENT "\r\n";
	char **at = in;
	if (length < sizeof(line))
		return -1;
	memcpy(*at, line, sizeof(line) - 1);
	*at += sizeof(line) - 1;
	return 0;
}

static int on_event(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	(void)user;
	struct link *link;
	switch (reason) {
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		obey(lws_context_user(lws_get_context(wsi)));
		return 0;
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
	case LWS_CALLBACK_CLIENT_RECEIVE:
	case LWS_CALLBACK_CLIENT_WRITEABLE:
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
	case LWS_CALLBACK_CLIENT_CLOSED:
		link = lws_get_opaque_user_data(wsi);
		break;
	default:
		return 0;
	}
	if (!link)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		return add_user_agent(in, length);
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
		read_headers(link, wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		link->open = true;
		tell(link, &(struct transport_event){.kind = TRANSPORT_OPEN,
				   .date_ms = link->date_ms,
				   .asked_ms = link->asked_ms,
				   .answered_ms = link->answered_ms});
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		on_receive(link, in, length);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writable(link);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_peer_close(link, in, length);
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

/* The library's own words, without their line end. They name hosts and TLS errors, no payloads. */
static void on_log(int level, const char *line)
{
	(void)level;
	char *text = must(strdup(line));
	text[strcspn(text, "\n")] = '\0';
	log_debug(LOG_TEXT("libwebsockets"), LOG_STR("says", text));
	free(text);
}

/* Our end: what is still open is closed first. */
static void close_all(struct transport *transport)
{
	int64_t until = clock_mono_ms() + END_MS / 2;
	struct link *link;
	free_ended(transport);
	LIST_FOREACH(link, &transport->links, next)
	{
		if (!link->closing)
			do_close(link, CLOSE_CODE);
		if (link->wsi)
			lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_REASON_BASE, 1);
	}
	while (!LIST_EMPTY(&transport->links) && clock_mono_ms() < until) {
		lws_service(transport->context, 0);
		free_ended(transport);
	}
}

static void *run(void *arg)
{
	struct transport *transport = arg;
	while (!atomic_load(&transport->ending)) {
		lws_service(transport->context, 0);
		free_ended(transport);
	}
	obey(transport);
	close_all(transport);
	pthread_mutex_lock(&transport->lock);
	transport->has_ended = true;
	pthread_cond_signal(&transport->ended);
	pthread_mutex_unlock(&transport->lock);
	return NULL;
}

static struct lws_context *make_context(struct transport *transport)
{
	static const struct lws_protocols protocols[] = {
		{.name = "gateway", .callback = on_event, .rx_buffer_size = READ_BYTES}, {0}};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.user = transport,
		.gid = -1,
		.uid = -1,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.pt_serv_buf_size = READ_BYTES,
	};
	lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
	return lws_create_context(&info);
}

/* ---- The loop's side */

struct transport *transport_create(
	void *ctx, struct loop *loop, transport_fn *fn, void *arg, char **out_why)
{
	struct transport *transport = must(calloc(1, sizeof(*transport)));
	transport->loop = loop;
	transport->fn = fn;
	transport->arg = arg;
	STAILQ_INIT(&transport->notes);
	STAILQ_INIT(&transport->orders);
	LIST_INIT(&transport->links);
	pthread_mutex_init(&transport->lock, NULL);
	pthread_cond_init(&transport->drained, NULL);
	clock_cond_init(&transport->ended);
	transport->context = make_context(transport);
	if (!transport->context || pthread_create(&transport->thread, NULL, run, transport) != 0) {
		*out_why = must(talloc_strdup(ctx, "cannot start the WebSocket library"));
		if (transport->context)
			lws_context_destroy(transport->context);
		free(transport);
		return NULL;
	}
	return transport;
}

static void give_order(
	struct transport *transport, enum order_kind kind, const char *text, int code)
{
	struct transport_order *order = must(calloc(1, sizeof(*order)));
	order->kind = kind;
	order->number = transport->number;
	order->code = code;
	order->text = text ? must(strdup(text)) : NULL;
	pthread_mutex_lock(&transport->lock);
	STAILQ_INSERT_TAIL(&transport->orders, order, next);
	pthread_mutex_unlock(&transport->lock);
	lws_cancel_service(transport->context);
}

void transport_connect(struct transport *transport, const char *url)
{
	transport_close(transport, CLOSE_CODE);
	transport->number = ++transport->last_number;
	give_order(transport, ORDER_CONNECT, url, 0);
}

void transport_send(struct transport *transport, const char *text)
{
	if (transport->number)
		give_order(transport, ORDER_SEND, text, 0);
}

void transport_close(struct transport *transport, int code)
{
	if (!transport->number)
		return;
	give_order(transport, ORDER_CLOSE, NULL, code);
	transport->number = 0;
}

/* Waits for the thread's end by a condition, and joins what has ended: ThreadSanitizer does not
 * know pthread_clockjoin_np, and would see none of what happened before it. False when time is up.
 */
static bool end_thread(struct transport *transport)
{
	struct timespec until = clock_deadline(END_MS);
	pthread_mutex_lock(&transport->lock);
	atomic_store(&transport->ending, true);
	pthread_cond_signal(&transport->drained);
	pthread_mutex_unlock(&transport->lock);
	lws_cancel_service(transport->context);
	pthread_mutex_lock(&transport->lock);
	while (!transport->has_ended &&
		pthread_cond_timedwait(&transport->ended, &transport->lock, &until) == 0)
		;
	bool has_ended = transport->has_ended;
	pthread_mutex_unlock(&transport->lock);
	return has_ended && pthread_join(transport->thread, NULL) == 0;
}

void transport_destroy(struct transport **handle)
{
	struct transport *transport = *handle;
	if (!transport)
		return;
	*handle = NULL;
	transport->number = 0;
	/* A thread that hangs in the name server cannot be ended; the process is about to be. */
	if (!end_thread(transport))
		return;
	/* Not in the thread: the loop's side may still have been waking it. */
	lws_context_destroy(transport->context);
	struct link *link;
	while ((link = LIST_FIRST(&transport->links)))
		link_release(link);
	struct note *note;
	struct transport_order *order;
	while ((note = next_note(transport)))
		note_release(note);
	while ((order = next_order(transport)))
		order_release(order);
	pthread_cond_destroy(&transport->drained);
	pthread_cond_destroy(&transport->ended);
	pthread_mutex_destroy(&transport->lock);
	free(transport);
}
