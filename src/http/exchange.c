/* Collects requests and sends answers, through libmicrohttpd. */
#include "exchange.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/discord/signature.h"
#include "besace/http/worker.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"

static const struct route routes[] = {
	{"/interactions", "POST", LIMIT_INTERACTION_BODY, NULL, interactions_handle},
	{"/events", "POST", LIMIT_EVENTS_BODY, events_is_on, events_handle},
	{"/healthz", "GET, HEAD", LIMIT_IGNORED_BODY, NULL, healthz_handle},
	{"/readyz", "GET, HEAD", LIMIT_IGNORED_BODY, NULL, readyz_handle},
};

/* What is read and thrown away of a request for nothing: closing before its body was read would
 * reset the connection, and the client might never see the answer. */
static const struct route nowhere = {"", "", LIMIT_IGNORED_BODY, NULL, NULL};

static const struct route *find_route(const struct config *config, const char *url)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (strcmp(routes[i].path, url) == 0 &&
			(!routes[i].is_on || routes[i].is_on(config)))
			return &routes[i];
	return &nowhere;
}

/* Whether METHOD is a word of the list ALLOW. */
static bool is_allowed(const char *allow, const char *method)
{
	size_t length = strlen(method);
	for (const char *at = strstr(allow, method); at; at = strstr(at + 1, method))
		if ((at == allow || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
			return length > 0;
	return false;
}

/* What the headers of a request say, with how often. */
struct headers {
	unsigned signatures, timestamps, key_ids, lengths, encodings;
	const char *signature, *timestamp, *key_id, *length, *encoding;
};

static enum MHD_Result see_header(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	struct headers *headers = arg;
	const struct {
		const char *name;
		unsigned *count;
		const char **value;
	} table[] = {
		{"X-Signature-Ed25519", &headers->signatures, &headers->signature},
		{"X-Signature-Timestamp", &headers->timestamps, &headers->timestamp},
		{"X-Besace-Key-Id", &headers->key_ids, &headers->key_id},
		{"Content-Length", &headers->lengths, &headers->length},
		{"Transfer-Encoding", &headers->encodings, &headers->encoding},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcasecmp(name, table[i].name) == 0) {
			(*table[i].count)++;
			*table[i].value = value;
		}
	return MHD_YES;
}

/* Framing that two readers could understand differently: the start of request smuggling. */
static bool is_ambiguous(const struct headers *headers)
{
	return headers->lengths > 1 || headers->encodings > 1 ||
	       (headers->lengths && headers->encodings) ||
	       (headers->encoding && strcasecmp(headers->encoding, "chunked") != 0);
}

static struct exchange *exchange_create(
	struct worker *worker, struct MHD_Connection *connection, const char *url)
{
	struct exchange *exchange = must(talloc_zero(NULL, struct exchange));
	exchange->ctx = exchange;
	exchange->worker = worker;
	exchange->connection = connection;
	exchange->route = find_route(worker->config, url);
	exchange->started_ms = clock_mono_ms();
	worker->exchanges++;
	worker->reading++;
	return exchange;
}

static void make_room(struct exchange *exchange, size_t size)
{
	if (SIGNATURE_HEADROOM + size <= exchange->buffer_size)
		return;
	exchange->buffer_size = SIGNATURE_HEADROOM + size;
	exchange->buffer = must(realloc(exchange->buffer, exchange->buffer_size));
	exchange->body = exchange->buffer + SIGNATURE_HEADROOM;
}

/* Looks at the headers: what they make sure of, and what is wrong already. */
static void read_headers(struct exchange *exchange, const char *method)
{
	struct headers headers = {0};
	MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, see_header, &headers);
	exchange->signature = headers.signatures == 1 ? headers.signature : NULL;
	exchange->timestamp = headers.timestamps == 1 ? headers.timestamp : NULL;
	exchange->key_id = headers.key_ids == 1 ? headers.key_id : NULL;
	unsigned long long length = headers.length ? strtoull(headers.length, NULL, 10) : 0;
	exchange->unreadable = is_ambiguous(&headers) || length > LIMIT_IGNORED_BODY;
	if (is_ambiguous(&headers))
		exchange->refused = MHD_HTTP_BAD_REQUEST;
	else if (!exchange->route->handle)
		exchange->refused = MHD_HTTP_NOT_FOUND;
	else if (!is_allowed(exchange->route->allow, method))
		exchange->refused = MHD_HTTP_METHOD_NOT_ALLOWED;
	else if (length > exchange->route->body_most)
		exchange->refused = MHD_HTTP_CONTENT_TOO_LARGE;
	else
		make_room(exchange, length);
}

/* Sends the answer that was set. */
static enum MHD_Result queue_answer(struct exchange *exchange)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(strlen(exchange->answer),
		(void *)(uintptr_t)exchange->answer, MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	if (exchange->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, exchange->route->allow);
	if (exchange->retry_after)
		MHD_add_response_header(
			response, MHD_HTTP_HEADER_RETRY_AFTER, exchange->retry_after);
	if (exchange->worker->draining || exchange->refused)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	enum MHD_Result result =
		MHD_queue_response(exchange->connection, exchange->status, response);
	MHD_destroy_response(response);
	return result;
}

static const char *sentence_of(unsigned status)
{
	switch (status) {
	case MHD_HTTP_NOT_FOUND:
		return "nothing is here";
	case MHD_HTTP_METHOD_NOT_ALLOWED:
		return "this method is not allowed here";
	case MHD_HTTP_CONTENT_TOO_LARGE:
		return "the body is too large";
	default:
		return "the length of the body is ambiguous";
	}
}

static enum MHD_Result refuse_early(struct exchange *exchange)
{
	exchange_refuse(exchange, exchange->refused, sentence_of(exchange->refused));
	return queue_answer(exchange);
}

/* Takes a piece of the body, or throws it away when the request is refused already. */
static enum MHD_Result take_body(struct exchange *exchange, const char *upload, size_t *size)
{
	size_t length = *size;
	*size = 0;
	exchange->body_length += length;
	if (exchange->refused)
		return exchange->body_length <= LIMIT_IGNORED_CHUNKS ? MHD_YES : MHD_NO;
	if (exchange->body_length > exchange->route->body_most) {
		exchange->refused = MHD_HTTP_CONTENT_TOO_LARGE;
		return MHD_YES;
	}
	size_t before = exchange->body_length - length;
	if (SIGNATURE_HEADROOM + exchange->body_length > exchange->buffer_size)
		make_room(exchange, exchange->body_length * 2);
	memcpy(exchange->body + before, upload, length);
	return MHD_YES;
}

/* The request is complete. */
static enum MHD_Result handle(struct exchange *exchange)
{
	make_room(exchange, exchange->body_length);
	exchange->body_end_us = clock_mono_us();
	exchange->worker->reading--;
	exchange->state = EXCHANGE_HANDLED;
	exchange->route->handle(exchange);
	if (exchange->state == EXCHANGE_ANSWERED)
		return queue_answer(exchange);
	exchange->state = EXCHANGE_WAITING;
	MHD_suspend_connection(exchange->connection);
	return MHD_YES;
}

enum MHD_Result exchange_access(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	(void)version;
	struct exchange *exchange = *context;
	if (!exchange) {
		*context = exchange = exchange_create(arg, connection, url);
		read_headers(exchange, method);
		return exchange->unreadable ? refuse_early(exchange) : MHD_YES;
	}
	if (*upload_size > 0)
		return take_body(exchange, upload, upload_size);
	if (exchange->state == EXCHANGE_ANSWERED)
		return queue_answer(exchange); /* resumed */
	return exchange->refused ? refuse_early(exchange) : handle(exchange);
}

void exchange_completed(void *arg, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	(void)connection;
	(void)code;
	struct worker *worker = arg;
	struct exchange *exchange = *context;
	if (!exchange)
		return;
	*context = NULL;
	worker->exchanges--;
	if (!exchange->body_end_us)
		worker->reading--;
	if (exchange->left)
		exchange->left(exchange->left_arg);
	free(exchange->buffer);
	talloc_free(exchange);
}

void exchange_answer(struct exchange *exchange, unsigned status, const char *json)
{
	exchange->status = status;
	exchange->answer = json;
	bool suspended = exchange->state == EXCHANGE_WAITING;
	exchange->state = EXCHANGE_ANSWERED;
	if (suspended) {
		exchange->worker->to_resume++;
		MHD_resume_connection(exchange->connection);
	}
}

void exchange_refuse(struct exchange *exchange, unsigned status, const char *sentence)
{
	json_t *object = must(json_pack("{s:s}", "error", sentence));
	char *text = must(json_dumps(object, JSON_COMPACT));
	json_decref(object);
	const char *owned = must(talloc_strdup(exchange->ctx, text));
	free(text);
	exchange_answer(exchange, status, owned);
}

bool exchange_admit(struct exchange *exchange, const struct public_key *keys, size_t count)
{
	switch (signature_check(keys, count, exchange->signature, exchange->timestamp,
		exchange->body, exchange->body_length, clock_wall_ms() / 1000,
		exchange->worker->config->max_skew_s)) {
	case SIGNATURE_GOOD:
		return true;
	case SIGNATURE_MALFORMED:
		metrics_add(METRIC_SIGNATURES_REFUSED, SIGNATURE_LABEL_HEADER, 1);
		break;
	case SIGNATURE_STALE:
		metrics_add(METRIC_SIGNATURES_REFUSED, SIGNATURE_LABEL_STALE, 1);
		break;
	case SIGNATURE_WRONG:
		metrics_add(METRIC_SIGNATURES_REFUSED, SIGNATURE_LABEL_WRONG, 1);
		break;
	}
	exchange_refuse(exchange, MHD_HTTP_UNAUTHORIZED, "the signature does not verify");
	return false;
}

void exchange_on_left(struct exchange *exchange, exchange_left_fn *left, void *arg)
{
	exchange->left = left;
	exchange->left_arg = arg;
}
