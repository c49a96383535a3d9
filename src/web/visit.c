/* Requests and answers of besace-web, through libmicrohttpd. */
#include "visit.h"

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

const char *visit_header(const struct visit *visit, const char *name)
{
	return MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, name);
}

const char *visit_argument(const struct visit *visit, const char *name)
{
	return MHD_lookup_connection_value(visit->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool visit_has(const struct visit *visit, const char *etag)
{
	const char *held = visit_header(visit, MHD_HTTP_HEADER_IF_NONE_MATCH);
	return held && etag && (strcmp(held, "*") == 0 || strstr(held, etag));
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
	if (value)
		MHD_add_response_header(response, name, value);
}

/* Sets the answer; a request that waits goes on. */
static void finish(struct visit *visit, unsigned status, struct MHD_Response *response)
{
	visit->status = status;
	visit->response = response;
	visit->is_answered = true;
	if (visit->is_waiting)
		MHD_resume_connection(visit->connection);
}

void visit_answer(struct visit *visit, const struct answer *answer, const void *bytes, size_t size)
{
	bool is_held = answer->status == MHD_HTTP_OK && visit_has(visit, answer->etag);
	struct MHD_Response *response = must(MHD_create_response_from_buffer(is_held ? 0 : size,
		is_held ? (void *)(uintptr_t) "" : (void *)(uintptr_t)bytes,
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
	if (atomic_load(&visit->site->draining))
		add(response, MHD_HTTP_HEADER_CONNECTION, "close");
	finish(visit, is_held ? MHD_HTTP_NOT_MODIFIED : answer->status, response);
}

void visit_refuse(struct visit *visit, unsigned status, const char *sentence)
{
	json_t *object = must(json_pack("{s:s}", "error", sentence));
	char *text = must(json_dumps(object, JSON_COMPACT));
	json_decref(object);
	const struct answer answer = {.status = status,
		.type = "application/json",
		.retry_after = status == MHD_HTTP_SERVICE_UNAVAILABLE ? BUSY_RETRY_S : NULL,
		.allow = status == MHD_HTTP_METHOD_NOT_ALLOWED ? "GET, HEAD" : NULL};
	visit_answer(visit, &answer, text, strlen(text));
	free(text);
}

void visit_pass_on(struct visit *visit, struct crew *crew, crew_task_fn *fn)
{
	if (!crew_post(crew, fn, visit))
		visit_refuse(visit, MHD_HTTP_SERVICE_UNAVAILABLE,
			"too much is asked at once: come again");
}

void visit_wait(struct visit *visit, struct crew *crew, crew_task_fn *fn)
{
	visit->is_waiting = true;
	MHD_suspend_connection(visit->connection); /* before anybody can resume it */
	visit_pass_on(visit, crew, fn);
}

static struct visit *visit_create(
	struct site *site, struct MHD_Connection *connection, const char *url)
{
	struct visit *visit = must(talloc_zero(NULL, struct visit));
	visit->ctx = visit;
	visit->site = site;
	visit->connection = connection;
	visit->url = url;
	visit->begun_us = clock_mono_us();
	atomic_fetch_add(&site->visits, 1);
	return visit;
}

static enum MHD_Result queue_answer(struct visit *visit)
{
	visit->is_waiting = false;
	enum MHD_Result result =
		MHD_queue_response(visit->connection, visit->status, visit->response);
	MHD_destroy_response(visit->response);
	visit->response = NULL;
	return result;
}

static enum MHD_Result handle(struct visit *visit, const char *method)
{
	visit_handler_fn *handler = site_route(visit->url);
	if (!handler)
		visit_refuse(visit, MHD_HTTP_NOT_FOUND, "nothing is here");
	else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		visit_refuse(visit, MHD_HTTP_METHOD_NOT_ALLOWED, "this method is not allowed here");
	else
		handler(visit);
	/* One that waits may have been answered already; it is not this thread's any more. */
	return visit->is_waiting ? MHD_YES : queue_answer(visit);
}

enum MHD_Result visit_access(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	(void)version, (void)upload;
	struct visit *visit = *context;
	if (!visit) {
		*context = visit_create(arg, connection, url);
		return MHD_YES;
	}
	if (*upload_size > 0) {
		visit->uploaded += *upload_size;
		*upload_size = 0;
		return visit->uploaded <= UPLOAD_MAX ? MHD_YES : MHD_NO;
	}
	return visit->is_answered ? queue_answer(visit) : handle(visit, method);
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

void visit_completed(void *arg, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	(void)connection, (void)code;
	struct site *site = arg;
	struct visit *visit = *context;
	if (!visit)
		return;
	*context = NULL;
	metrics_add(METRIC_WEB_REQUESTS, outcome_of(visit->status), 1);
	metrics_observe_us(METRIC_WEB_SECONDS, clock_mono_us() - visit->begun_us);
	if (visit->response)
		MHD_destroy_response(visit->response);
	talloc_free(visit);
	atomic_fetch_sub(&site->visits, 1);
}
