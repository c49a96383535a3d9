/* Collects requests and sends answers, through libmicrohttpd. */
#include "exchange.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "arrival.h"
#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/discord/signature.h"
#include "besace/http/worker.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"

/* How long a client waits when too much arrives at once: what arrives has ten seconds. */
#define BUSY_RETRY_S "5"

/* The contract's bound. Discord's interactions are a few kB; this leaves room for the largest
 * message a component can carry back. */
#define MAX_INTERACTION_BODY (256u * 1024u)

/* The contract's bound: a thousand events with their names. */
#define MAX_EVENTS_BODY (4u * 1024u * 1024u)

/* The contract's bounds for all unverified bodies together: 64 of the largest interactions, 12 of
 * the largest batches. */
static struct body_budget interaction_bodies = {.max = 16u * 1024u * 1024u};
static struct body_budget event_bodies = {.max = 48u * 1024u * 1024u};

static const struct route routes[] = {
	{.path = "/interactions",
		.allow = "POST",
		.max_body = MAX_INTERACTION_BODY,
		.within_ms = ARRIVAL_REQUEST_MS,
		.budget = &interaction_bodies,
		.check_headers = exchange_check_headers,
		.handle = interactions_handle},
	{.path = "/events",
		.allow = "POST",
		.max_body = MAX_EVENTS_BODY,
		.within_ms = ARRIVAL_EVENTS_MS,
		.budget = &event_bodies,
		.is_on = events_is_on,
		.check_headers = events_check_headers,
		.handle = events_handle},
	{.path = "/healthz",
		.allow = "GET, HEAD",
		.max_body = HTTP_MAX_IGNORED,
		.within_ms = ARRIVAL_REQUEST_MS,
		.handle = healthz_handle},
	{.path = "/readyz",
		.allow = "GET, HEAD",
		.max_body = HTTP_MAX_IGNORED,
		.within_ms = ARRIVAL_REQUEST_MS,
		.handle = readyz_handle},
};

static const struct route no_route = {
	.path = "", .allow = "", .max_body = HTTP_MAX_IGNORED, .within_ms = ARRIVAL_REQUEST_MS};

static const struct route *find_route(const struct config *config, const char *url)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (strcmp(routes[i].path, url) == 0 &&
			(!routes[i].is_on || routes[i].is_on(config)))
			return &routes[i];
	return &no_route;
}

/* Whether METHOD is a word of the list ALLOW. */
static bool is_allowed(const char *allow, const char *method)
{
	size_t length = strlen(method);
	if (length == 0) /* it would be found behind the end of the list as well */
		return false;
	for (const char *at = strstr(allow, method); at; at = strstr(at + 1, method))
		if ((at == allow || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

/* What the headers of a request say, with how often. */
struct headers {
	unsigned signatures, timestamps, key_ids, lengths, encodings;
	const char *signature, *timestamp, *key_id, *length, *encoding;
	bool is_loose; /* one of them is none that HTTP allows */
};

/* Whether NAME is a token of HTTP's: "Content-Length " and the like are read differently by
 * different readers. */
static bool is_token(const char *name, size_t size)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	for (size_t i = 0; i < size; i++)
		if (name[i] == '\0' ||
			(!isalnum((unsigned char)name[i]) && !strchr(others, name[i])))
			return false;
	return size > 0;
}

static enum MHD_Result see_header(void *arg, enum MHD_ValueKind kind, const char *name,
	size_t name_size, const char *value, size_t value_size)
{
	(void)kind;
	struct headers *headers = arg;
	headers->is_loose |= !is_token(name, name_size) || (value && strlen(value) != value_size);
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
	return headers->is_loose || headers->lengths > 1 || headers->encodings > 1 ||
	       (headers->lengths && headers->encodings) ||
	       (headers->encoding && strcasecmp(headers->encoding, "chunked") != 0);
}

static struct peer *peer_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
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
	exchange->body.budget = exchange->route->budget;
	exchange->peer = peer_of(connection);
	peer_headers(exchange->peer, exchange->started_ms, exchange->route->within_ms);
	worker->exchanges++;
	worker->reading++;
	return exchange;
}

/* Looks at the headers: what they make sure of, and what is wrong already. */
static void read_headers(struct exchange *exchange, const char *method)
{
	struct headers headers = {0};
	MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, see_header, &headers);
	exchange->signature = headers.signatures == 1 ? headers.signature : NULL;
	exchange->timestamp = headers.timestamps == 1 ? headers.timestamp : NULL;
	exchange->key_id = headers.key_ids == 1 ? headers.key_id : NULL;
	unsigned long long length = headers.length ? strtoull(headers.length, NULL, 10) : 0;
	exchange->unreadable = is_ambiguous(&headers) || length > HTTP_MAX_IGNORED;
	exchange->told = length <= exchange->route->max_body ? (size_t)length : 0;
	if (is_ambiguous(&headers))
		exchange->refused = MHD_HTTP_BAD_REQUEST;
	else if (!exchange->route->handle)
		exchange->refused = MHD_HTTP_NOT_FOUND;
	else if (!is_allowed(exchange->route->allow, method))
		exchange->refused = MHD_HTTP_METHOD_NOT_ALLOWED;
	else if (length > exchange->route->max_body)
		exchange->refused = MHD_HTTP_CONTENT_TOO_LARGE;
	else if (exchange->route->check_headers)
		exchange->verdict = exchange->route->check_headers(exchange);
}

/* Sends the answer that was set. */
static enum MHD_Result queue_answer(struct exchange *exchange)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(exchange->answer.length,
		(void *)(uintptr_t)exchange->answer.bytes, MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, exchange->answer.type);
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
	case MHD_HTTP_SERVICE_UNAVAILABLE:
		return "too much is arriving at once: send it again";
	default:
		return "the headers are not what HTTP allows, or ambiguous";
	}
}

static enum MHD_Result refuse_early(struct exchange *exchange)
{
	if (exchange->refused == MHD_HTTP_SERVICE_UNAVAILABLE)
		exchange->retry_after = BUSY_RETRY_S;
	exchange_refuse(exchange, exchange->refused, sentence_of(exchange->refused));
	return queue_answer(exchange);
}

/* Takes a piece of the body, or throws it away when the request is refused already. */
static enum MHD_Result take_body(struct exchange *exchange, const char *upload, size_t *size)
{
	size_t length = *size;
	*size = 0;
	exchange->arrived += length;
	bool is_ignored = exchange->refused || exchange->verdict != SIGNATURE_GOOD;
	if (!is_ignored && exchange->arrived > exchange->route->max_body) {
		exchange->refused = MHD_HTTP_CONTENT_TOO_LARGE;
		body_release(&exchange->body);
	} else if (!is_ignored && exchange->route->budget &&
		   !body_append(&exchange->body, upload, length, exchange->told)) {
		exchange->refused = MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return exchange->arrived <= HTTP_MAX_IGNORED_CHUNKS ? MHD_YES : MHD_NO;
}

/* The request is complete. */
static enum MHD_Result handle(struct exchange *exchange)
{
	body_complete(&exchange->body);
	exchange->body_end_us = clock_mono_us();
	exchange->worker->reading--;
	peer_whole(exchange->peer);
	exchange->state = EXCHANGE_HANDLED;
	if (exchange->verdict == SIGNATURE_GOOD)
		exchange->route->handle(exchange);
	else
		exchange_refuse_signature(exchange, exchange->verdict);
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
	peer_done(exchange->peer);
	body_release(&exchange->body);
	talloc_free(exchange);
}

void exchange_answer(struct exchange *exchange, unsigned status, const struct content *content)
{
	exchange->status = status;
	exchange->answer = *content;
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
	exchange_answer(exchange, status, &(struct content){owned, strlen(owned), CONTENT_JSON});
}

enum signature exchange_check_headers(const struct exchange *exchange)
{
	return signature_check_headers(exchange->signature, exchange->timestamp,
		clock_wall_ms() / 1000, exchange->worker->config->max_skew_s);
}

void exchange_refuse_signature(struct exchange *exchange, enum signature verdict)
{
	static const unsigned labels[] = {[SIGNATURE_MALFORMED] = SIGNATURE_LABEL_HEADER,
		[SIGNATURE_STALE] = SIGNATURE_LABEL_STALE,
		[SIGNATURE_WRONG] = SIGNATURE_LABEL_WRONG};
	metrics_add(METRIC_SIGNATURES_REFUSED, labels[verdict], 1);
	exchange_refuse(exchange, MHD_HTTP_UNAUTHORIZED, "the signature does not verify");
}

bool exchange_admit(struct exchange *exchange, const struct public_key *keys, size_t count)
{
	enum signature verdict = signature_check(keys, count, exchange->signature,
		exchange->timestamp, exchange->body.bytes, exchange->body.length,
		clock_wall_ms() / 1000, exchange->worker->config->max_skew_s);
	if (verdict == SIGNATURE_GOOD)
		body_verified(&exchange->body);
	else
		exchange_refuse_signature(exchange, verdict);
	return verdict == SIGNATURE_GOOD;
}

void exchange_on_left(struct exchange *exchange, exchange_left_fn *left, void *arg)
{
	exchange->left = left;
	exchange->left_arg = arg;
}
