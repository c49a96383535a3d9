/*
 * One HTTP request for a page or a picture, and its answer.
 *
 * A request that needs no work is answered at once, in libmicrohttpd's thread. Else its handler
 * calls web_request_wait: the connection is suspended, a crew does the work, and web_request_answer
 * from that thread resumes it.
 */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crew.h"

struct site;
struct web_request;

/* What an answer is besides its bytes. */
struct answer {
	unsigned status;
	const char *type; /* Content-Type; static */
	const char *cache; /* Cache-Control; static; NULL: no-store */
	const char *etag; /* with its quotes, on the request's context; NULL: none */
	const char *retry_after; /* static; NULL: none */
	const char *allow; /* static; NULL: none */
	bool is_listed; /* search engines may keep it */
	bool varies; /* with the reader's language, and with what they take */
};

struct web_request {
	struct site *site;
	struct MHD_Connection *connection;
	const char *url; /* libmicrohttpd's, as long as the request */
	void *ctx; /* of the request, freed with it; one thread at a time has it */

	/* What a handler keeps between its steps, on ctx. */
	void *state;

	/* The request's own. */
	bool is_known, is_waiting, is_answered;
	size_t uploaded;
	unsigned status;
	struct MHD_Response *response;
	int64_t begun_us;
};

/* The request's header or query argument NAME; NULL when there is none. */
const char *web_request_header(const struct web_request *request, const char *name);
const char *web_request_argument(const struct web_request *request, const char *name);

/* Whether the request holds the version ETAG already (If-None-Match). */
bool web_request_has(const struct web_request *request, const char *etag);

/* Answers with a copy of SIZE bytes. 304 when the client has this version of a 200. */
void web_request_answer(
	struct web_request *request, const struct answer *answer, const void *bytes, size_t size);

/* Answers with STATUS and `{"error":"SENTENCE"}`. */
void web_request_refuse(struct web_request *request, unsigned status, const char *sentence);

/* Suspends the request and has CREW call FN(tools, REQUEST), which answers it or posts it on. With
 * a full queue the request is answered 503. */
void web_request_wait(struct web_request *request, struct crew *crew, crew_task_fn *fn);

/* From a crew's thread: leaves REQUEST to another crew. */
void web_request_pass_on(struct web_request *request, struct crew *crew, crew_task_fn *fn);

/* Libmicrohttpd's callbacks; SITE finds the handler (site_route). */
enum MHD_Result web_request_access(void *site, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **request);
void web_request_completed(void *site, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode code);
