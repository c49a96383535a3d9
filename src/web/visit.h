/*
 * A visit: one HTTP request for a page or a picture, and its answer.
 *
 * A request that needs no work is answered at once, in libmicrohttpd's thread. Else its handler
 * calls visit_wait: the connection is suspended, a crew does the work, and visit_answer from that
 * thread resumes it.
 */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crew.h"

struct site;
struct visit;

/* What an answer is besides its bytes. */
struct answer {
	unsigned status;
	const char *type; /* Content-Type; static */
	const char *cache; /* Cache-Control; static; NULL: no-store */
	const char *etag; /* with its quotes, on the visit's context; NULL: none */
	const char *retry_after; /* static; NULL: none */
	const char *allow; /* static; NULL: none */
	bool is_listed; /* search engines may keep it */
	bool varies; /* with the reader's language, and with what they take */
};

struct visit {
	struct site *site;
	struct MHD_Connection *connection;
	const char *url; /* libmicrohttpd's, as long as the request */
	void *ctx; /* of the visit, freed with it; one thread at a time has it */

	/* What a handler keeps between its steps, on ctx. */
	void *state;

	/* The visit's own. */
	bool is_known, is_waiting, is_answered;
	size_t uploaded;
	unsigned status;
	struct MHD_Response *response;
	int64_t begun_us;
};

/* The request's header or query argument NAME; NULL when there is none. */
const char *visit_header(const struct visit *visit, const char *name);
const char *visit_argument(const struct visit *visit, const char *name);

/* Whether the request holds the version ETAG already (If-None-Match). */
bool visit_has(const struct visit *visit, const char *etag);

/* Answers with a copy of SIZE bytes. 304 when the client has this version of a 200. */
void visit_answer(struct visit *visit, const struct answer *answer, const void *bytes, size_t size);

/* Answers with STATUS and `{"error":"SENTENCE"}`. */
void visit_refuse(struct visit *visit, unsigned status, const char *sentence);

/* Suspends the request and has CREW call FN(tools, VISIT), which answers it or posts it on. With a
 * full queue the request is answered 503. */
void visit_wait(struct visit *visit, struct crew *crew, crew_task_fn *fn);

/* From a crew's thread: leaves VISIT to another crew. */
void visit_pass_on(struct visit *visit, struct crew *crew, crew_task_fn *fn);

/* Libmicrohttpd's callbacks; SITE finds the handler (site_route). */
enum MHD_Result visit_access(void *site, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **visit);
void visit_completed(void *site, struct MHD_Connection *connection, void **visit,
	enum MHD_RequestTerminationCode code);
