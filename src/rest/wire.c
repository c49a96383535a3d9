/* libcurl's multi interface, driven by the event loop. */
#include "wire.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/rest/client.h"
#include "besace/runtime/clock.h"
#include "easy.h"

/* A connection is up in a tenth of this, or the network is gone. */
#define CONNECT_MAX_MS 5000L

/* Idle connections to Discord kept for the next call. */
#define WIRE_MAX_IDLE 8

_Static_assert(WIRE_MAX_WORDS >= CURL_ERROR_SIZE, "libcurl's words have room");

struct wire {
	struct loop *loop;
	CURLM *multi;
	struct timer timer;
};

/* One descriptor of libcurl's. */
struct socket {
	struct wire *wire;
	curl_socket_t fd;
	struct watch *watch;
};

static enum wire_end end_of(CURL *easy, CURLcode result)
{
	curl_off_t sent_us = 0;
	switch (result) {
	case CURLE_OK:
		return WIRE_ANSWERED;
	case CURLE_WRITE_ERROR: /* our own refusal: on_body */
		return WIRE_TOO_LARGE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return WIRE_NOT_SENT;
	default:
		curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
		return sent_us > 0 ? WIRE_BROKEN : WIRE_NOT_SENT;
	}
}

/* libcurl's WORDS, or those for RESULT, with the system's: of a connection that fails, libcurl does
 * not tell the refused from the unreachable. */
static const char *words_of(CURL *easy, CURLcode result, char words[static WIRE_MAX_WORDS])
{
	long number = 0;
	if (!*words)
		snprintf(words, WIRE_MAX_WORDS, "%s", curl_easy_strerror(result));
	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	size_t length = strlen(words);
	if (result == CURLE_COULDNT_CONNECT && number > 0)
		snprintf(words + length, WIRE_MAX_WORDS - length, ": %s", strerror((int)number));
	return words;
}

/* Hands every finished transfer to its owner. */
static void collect(struct wire *wire)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(wire->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;
		struct wire_transfer *transfer = NULL;
		long http = 0;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http);
		transfer->end = end_of(easy, result);
		transfer->http = transfer->end == WIRE_BROKEN ? 0 : (int)http;
		transfer->why = result == CURLE_OK ? "" : words_of(easy, result, transfer->words);
		transfer->done(transfer->arg, transfer);
	}
}

static void on_ready(void *arg, uint32_t events)
{
	const struct socket *socket = arg;
	struct wire *wire = socket->wire; /* libcurl may drop the socket under way */
	int what = 0, running;
	if (events & (EPOLLIN | EPOLLHUP))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(wire->multi, socket->fd, what, &running);
	collect(wire);
}

static void on_timer(void *arg)
{
	struct wire *wire = arg;
	int running;
	curl_multi_socket_action(wire->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(wire);
}

/* libcurl says what it wants to know of a descriptor. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	(void)easy;
	struct wire *wire = arg;
	struct socket *socket = socket_arg;
	if (what == CURL_POLL_REMOVE) {
		if (socket)
			watch_remove(&socket->watch);
		talloc_free(socket);
		curl_multi_assign(wire->multi, fd, NULL);
		return 0;
	}
	uint32_t events =
		(what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	if (socket) {
		watch_set_events(socket->watch, events);
		return 0;
	}
	socket = must(talloc(wire, struct socket));
	*socket = (struct socket){.wire = wire, .fd = fd};
	socket->watch = loop_watch(wire->loop, fd, events, on_ready, socket);
	curl_multi_assign(wire->multi, fd, socket);
	return 0;
}

/* libcurl says when it wants to be called though nothing happens; -1: never. */
static int set_timer(CURLM *multi, long ms, void *arg)
{
	(void)multi;
	struct wire *wire = arg;
	if (ms < 0)
		loop_timer_cancel(wire->loop, &wire->timer);
	else
		loop_timer_set(wire->loop, &wire->timer, clock_mono_ms() + ms);
	return 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
	struct wire_transfer *transfer = arg;
	size_t length = size * count;
	if (length > 5 && memcmp(line, "HTTP/", 5) == 0)
		rate_headers_clear(&transfer->rate); /* an interim answer came before */
	rate_headers_line(&transfer->rate, line, length);
	transfer->answered_ms = clock_mono_ms();
	return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct wire_transfer *transfer = arg;
	size_t length = size * count;
	if (length > REST_MAX_BODY - transfer->answer_length)
		return 0; /* libcurl then ends the transfer */
	size_t room = talloc_get_size(transfer->answer);
	if (transfer->answer_length + length > room)
		transfer->answer = must(talloc_realloc_size(
			transfer->wire, transfer->answer, 2 * (transfer->answer_length + length)));
	memcpy(transfer->answer + transfer->answer_length, bytes, length);
	transfer->answer_length += length;
	return length;
}

static struct curl_slist *headers_of(const struct wire_transfer *transfer)
{
	/* No pause for "100 Continue" on long bodies: Discord does not ask for one. */
	struct curl_slist *headers = must(curl_slist_append(NULL, "Expect:"));
	const char *type = transfer->content.bytes ? transfer->content.type : NULL;
	if (!transfer->file.content.bytes) { /* of a form, libcurl says it, with its boundary */
		char *line = must(talloc_asprintf(
			transfer->wire, "Content-Type:%s%s", type ? " " : "", type ? type : ""));
		headers = must(curl_slist_append(headers, line));
		talloc_free(line);
	}
	for (const char *const *further = transfer->lines; further && *further; further++)
		headers = must(curl_slist_append(headers, *further));
	return headers;
}

static void set_up(CURL *easy, struct wire_transfer *transfer)
{
	easy_begin(easy, transfer->url);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	*transfer->words = '\0';
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Share an HTTP/2 connection that is still shaking hands. Without TLS libcurl would wait
	 * for a whole answer to learn the version. */
	bool tls = strncmp(transfer->url, "https:", 6) == 0;
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, transfer->fresh ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)transfer->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MAX_MS);
	if (transfer->user_agent)
		curl_easy_setopt(easy, CURLOPT_USERAGENT, transfer->user_agent);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

/* A part of FORM that borrows BYTES. */
struct borrowed {
	const char *bytes;
	size_t length, at;
};

static size_t read_borrowed(char *out, size_t size, size_t count, void *arg)
{
	struct borrowed *borrowed = arg;
	size_t left = borrowed->length - borrowed->at, room = size * count;
	size_t length = left < room ? left : room;
	memcpy(out, borrowed->bytes + borrowed->at, length);
	borrowed->at += length;
	return length;
}

/* libcurl begins again when a kept connection turns out to be dead. */
static int seek_borrowed(void *arg, curl_off_t offset, int origin)
{
	struct borrowed *borrowed = arg;
	if (origin != SEEK_SET || offset < 0 || (size_t)offset > borrowed->length)
		return CURL_SEEKFUNC_FAIL;
	borrowed->at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static void free_borrowed(void *arg)
{
	talloc_free(arg);
}

/* A message with a file, as Discord takes it. Files are large: they are not copied. */
static curl_mime *form_of(CURL *easy, const struct wire_transfer *transfer)
{
	const struct content *file = &transfer->file.content;
	curl_mime *form = must(curl_mime_init(easy));
	curl_mimepart *payload = must(curl_mime_addpart(form)), *part;
	curl_mime_name(payload, "payload_json");
	curl_mime_type(payload, transfer->content.type);
	curl_mime_data(payload, transfer->content.bytes, transfer->content.length);
	struct borrowed *borrowed = must(talloc_zero(transfer->wire, struct borrowed));
	*borrowed = (struct borrowed){file->bytes, file->length, 0};
	part = must(curl_mime_addpart(form));
	curl_mime_name(part, "files[0]");
	curl_mime_filename(part, transfer->file.name);
	curl_mime_type(part, file->type);
	curl_mime_data_cb(part, (curl_off_t)file->length, read_borrowed, seek_borrowed,
		free_borrowed, borrowed);
	return form;
}

void wire_send(struct wire *wire, struct wire_transfer *transfer)
{
	CURL *easy = must(curl_easy_init());
	transfer->wire = wire;
	transfer->easy = easy;
	transfer->headers = headers_of(transfer);
	transfer->http = 0;
	transfer->asked_ms = clock_mono_ms();
	rate_headers_clear(&transfer->rate);
	set_up(easy, transfer);
	bool with_body = transfer->content.bytes || strcmp(transfer->method, "POST") == 0 ||
			 strcmp(transfer->method, "PUT") == 0;
	if (transfer->file.content.bytes) {
		transfer->form = form_of(easy, transfer);
		curl_easy_setopt(easy, CURLOPT_MIMEPOST, transfer->form);
	} else if (with_body) { /* an empty one says Content-Length: 0 */
		const char *bytes = transfer->content.bytes ? transfer->content.bytes : "";
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)transfer->content.length);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, bytes);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, transfer->method);
	if (curl_multi_add_handle(wire->multi, easy) != CURLM_OK)
		abort(); /* a handle added twice: our defect */
}

void wire_cancel(struct wire_transfer *transfer)
{
	if (transfer->easy) {
		curl_multi_remove_handle(transfer->wire->multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
		curl_slist_free_all(transfer->headers);
		curl_mime_free(transfer->form);
		transfer->easy = transfer->headers = transfer->form = NULL;
	}
	TALLOC_FREE(transfer->answer);
	transfer->answer_length = 0;
}

struct wire *wire_create(void *ctx, struct loop *loop)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	struct wire *wire = must(talloc_zero(ctx, struct wire));
	wire->loop = loop;
	wire->timer.fn = on_timer;
	wire->timer.arg = wire;
	wire->multi = must(curl_multi_init());
	curl_multi_setopt(wire->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(wire->multi, CURLMOPT_SOCKETDATA, wire);
	curl_multi_setopt(wire->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(wire->multi, CURLMOPT_TIMERDATA, wire);
	curl_multi_setopt(wire->multi, CURLMOPT_MAXCONNECTS, (long)WIRE_MAX_IDLE);
	return wire;
}

void wire_destroy(struct wire **handle)
{
	struct wire *wire = *handle;
	if (!wire)
		return;
	curl_multi_cleanup(wire->multi); /* closes the kept connections, still through us */
	loop_timer_cancel(wire->loop, &wire->timer);
	curl_global_cleanup();
	TALLOC_FREE(*handle);
}
