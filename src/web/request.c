/* Requests and answers of besace-web, through libmicrohttpd. */
#include "request.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/metrics.h"
#include "site_parts.h"

/* A GET has no body; one that has is thrown away up to here, then the connection is closed. */
#define UPLOAD_MAX 65536

/* A client that is told to come again: a full queue of cards is drawn within it. */
#define BUSY_RETRY_S "2"

/* Pages have no scripts, no frames, nothing of anybody else: besace-web's own style and pictures.
 */
#define POLICY                                                                                     \
	"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "               \
	"base-uri 'none'; frame-ancestors 'none'"

const char *web_request_header(const struct web_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *web_request_argument(const struct web_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool web_request_has(const struct web_request *request, const char *etag)
{
	const char *held = web_request_header(request, MHD_HTTP_HEADER_IF_NONE_MATCH);
	return held && etag && (strcmp(held, "*") == 0 || strstr(held, etag));
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
	if (value)
		MHD_add_response_header(response, name, value);
}

/* Sets the answer; a request that waits goes on. */
static void finish(struct web_request *request, unsigned status, struct MHD_Response *response)
{
	request->status = status;
	request->response = response;
	request->is_answered = true;
	if (request->is_waiting)
		MHD_resume_connection(request->connection);
}

void web_request_answer(
	struct web_request *request, const struct answer *answer, const void *bytes, size_t size)
{
	bool is_held = answer->status == MHD_HTTP_OK && web_request_has(request, answer->etag);
	struct MHD_Response *response = must(MHD_create_response_from_buffer(is_held ? 0 : size,
		(void *)(uintptr_t)(is_held ? (const char *)"" : (const char *)bytes),
		is_held ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY));
	if (!is_held)
		add(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
	add(response, MHD_HTTP_HEADER_CACHE_CONTROL, answer->cache ? answer->cache : "no-store");
	add(response, MHD_HTTP_HEADER_ETAG, answer->etag);
	add(response, MHD_HTTP_HEADER_RETRY_AFTER, answer->retry_after);
	add(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
	add(response, "X-Content-Type-Options", "nosniff");
	add(response, "Content-Security-Policy", POLICY);
	add(response, "Referrer-Policy", "no-referrer");
	add(response, "Cross-Origin-Opener-Policy", "same-origin");
	add(response, MHD_HTTP_HEADER_VARY, answer->varies ? "Accept-Language, Accept" : NULL);
	add(response, "X-Robots-Tag", answer->is_listed ? NULL : "noindex, nofollow");
	if (atomic_load(&request->site->draining))
		add(response, MHD_HTTP_HEADER_CONNECTION, "close");
	finish(request, is_held ? MHD_HTTP_NOT_MODIFIED : answer->status, response);
}

void web_request_refuse(struct web_request *request, unsigned status, const char *sentence)
{
	json_t *object = must(json_pack("{s:s}", "error", sentence));
	char *text = must(json_dumps(object, JSON_COMPACT));
	json_decref(object);
	const struct answer answer = {.status = status,
		.type = "application/json",
		.retry_after = status == MHD_HTTP_SERVICE_UNAVAILABLE ? BUSY_RETRY_S : NULL,
		.allow = status == MHD_HTTP_METHOD_NOT_ALLOWED ? "GET, HEAD" : NULL};
	web_request_answer(request, &answer, text, strlen(text));
	free(text);
}

void web_request_pass_on(struct web_request *request, struct crew *crew, crew_task_fn *fn)
{
	if (!crew_post(crew, fn, request))
		web_request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
			"too much is asked at once: come again");
}

void web_request_wait(struct web_request *request, struct crew *crew, crew_task_fn *fn)
{
	request->is_waiting = true;
	MHD_suspend_connection(request->connection); /* before anybody can resume it */
	web_request_pass_on(request, crew, fn);
}

static struct web_request *web_request_create(
	struct site *site, struct MHD_Connection *connection, const char *url)
{
	struct web_request *request = must(talloc_zero(NULL, struct web_request));
	request->ctx = request;
	request->site = site;
	request->connection = connection;
	request->url = url;
	request->begun_us = clock_mono_us();
	atomic_fetch_add(&site->requests, 1);
	return request;
}

static enum MHD_Result queue_answer(struct web_request *request)
{
	request->is_waiting = false;
	enum MHD_Result result =
		MHD_queue_response(request->connection, request->status, request->response);
	MHD_destroy_response(request->response);
	request->response = NULL;
	return result;
}

static enum MHD_Result handle(struct web_request *request, const char *method)
{
	web_request_handler_fn *handler = site_route(request->url);
	if (!handler)
		web_request_refuse(request, MHD_HTTP_NOT_FOUND, "nothing is here");
	else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		web_request_refuse(
			request, MHD_HTTP_METHOD_NOT_ALLOWED, "this method is not allowed here");
	else
		handler(request);
	/* One that waits may have been answered already; it is not this thread's any more. */
	return request->is_waiting ? MHD_YES : queue_answer(request);
}

enum MHD_Result web_request_access(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	(void)version, (void)upload;
	struct web_request *request = *context;
	if (!request) {
		*context = web_request_create(arg, connection, url);
		return MHD_YES;
	}
	if (*upload_size > 0) {
		request->uploaded += *upload_size;
		*upload_size = 0;
		return request->uploaded <= UPLOAD_MAX ? MHD_YES : MHD_NO;
	}
	return request->is_answered ? queue_answer(request) : handle(request, method);
}

/* Which outcome of METRIC_WEB_REQUESTS STATUS is. */
static unsigned outcome_of(unsigned status)
{
	if (status >= MHD_HTTP_INTERNAL_SERVER_ERROR)
		return WEB_FAILED;
	if (status >= MHD_HTTP_BAD_REQUEST)
		return WEB_REFUSED;
	return status == MHD_HTTP_NOT_MODIFIED ? WEB_HELD : WEB_ANSWERED;
}

void web_request_completed(void *arg, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	(void)connection, (void)code;
	struct site *site = arg;
	struct web_request *request = *context;
	if (!request)
		return;
	*context = NULL;
	metrics_add(METRIC_WEB_REQUESTS, outcome_of(request->status), 1);
	metrics_observe_us(METRIC_WEB_SECONDS, clock_mono_us() - request->begun_us);
	if (request->response)
		MHD_destroy_response(request->response);
	talloc_free(request);
	atomic_fetch_sub(&site->requests, 1);
}
