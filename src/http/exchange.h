/*
 * An exchange: one HTTP request and its answer.
 *
 * The request is collected within its route's bound, then the route's handler either answers at
 * once or lets the exchange wait; the connection is then suspended until exchange_answer is
 * called from the same loop.
 */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/content.h"
#include "besace/base/keys.h"
#include "besace/discord/signature.h"
#include "body.h"

/* Headers of one request, libmicrohttpd's pool for a connection: nginx sends under 2 kB. */
#define HTTP_MAX_HEADERS (32u * 1024u)

/* The part of a refused body that is read and thrown away, so that the client gets to read the
 * answer: closing over unread bytes resets the connection. Above it, the answer is sent at once. */
#define HTTP_MAX_IGNORED (8u * 1024u * 1024u)

/* The same for a body whose length was not told, and which libmicrohttpd lets us answer at its end
 * only: beyond it the connection is closed. */
#define HTTP_MAX_IGNORED_CHUNKS (64u * 1024u * 1024u)

struct worker;
struct exchange;
struct config;
struct peer;

/* Called when the answer has left, or cannot leave any more. */
typedef void exchange_left_fn(void *arg);

struct route {
	const char *path;
	const char *allow; /* "POST" or "GET, HEAD" */
	size_t max_body; /* bytes; more is answered 413 */
	int64_t within_ms; /* a request has this long to arrive whole */
	struct body_budget *budget; /* NULL: bodies mean nothing here and are thrown away */
	bool (*is_on)(const struct config *config); /* else it is answered 404; NULL: always */
	/* What the headers alone make wrong: GOOD when a body could go with them. NULL: nothing. */
	enum signature (*check_headers)(const struct exchange *exchange);
	/* Answers, or returns with the exchange waiting. */
	void (*handle)(struct exchange *exchange);
};

struct exchange {
	struct worker *worker;
	struct MHD_Connection *connection;
	struct peer *peer;
	const struct route *route;
	void *ctx; /* freed with the exchange */
	int64_t started_ms; /* when its first bytes arrived */
	int64_t body_end_us; /* when its last byte arrived */

	/* The three headers that sign a request: the value if it came exactly once, else NULL. */
	const char *signature, *timestamp, *key_id;

	struct body body;

	/* The exchange's own. */
	enum {
		EXCHANGE_READING,
		EXCHANGE_HANDLED, /* waiting for exchange_answer, or not suspended yet */
		EXCHANGE_WAITING, /* suspended */
		EXCHANGE_ANSWERED,
	} state;
	size_t arrived; /* bytes of the body, kept or thrown away */
	size_t told; /* its length as the headers tell it; 0: not told */
	unsigned status;
	struct content answer;
	const char *retry_after;
	exchange_left_fn *left;
	void *left_arg;
	bool unreadable; /* refused without reading the body, which closes the connection */
	unsigned refused; /* a status decided before the body was read, 0 for none */
	enum signature verdict; /* of the headers: unless GOOD, nothing of the body is kept */
};

/* Collects headers and bodies of every connection of WORKER: libmicrohttpd's callbacks. */
enum MHD_Result exchange_access(void *worker, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **exchange);
void exchange_completed(void *worker, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode code);

/* Answers with STATUS and CONTENT, whose bytes live on exchange->ctx or are static. */
void exchange_answer(struct exchange *exchange, unsigned status, const struct content *content);

/* Answers with STATUS and `{"error":"SENTENCE"}`. */
void exchange_refuse(struct exchange *exchange, unsigned status, const char *sentence);

/* Whether one of COUNT keys signed the request (signature_check); otherwise it is answered 401. */
MUST_CHECK bool exchange_admit(
	struct exchange *exchange, const struct public_key *keys, size_t count);

/* Counts a signature that is not GOOD and answers 401. */
void exchange_refuse_signature(struct exchange *exchange, enum signature verdict);

/* What the signature headers say by themselves. */
enum signature exchange_check_headers(const struct exchange *exchange);

/* Has LEFT(ARG) called once the answer has been sent or given up. */
void exchange_on_left(struct exchange *exchange, exchange_left_fn *left, void *arg);

/* The routes of the service: interactions.c, events.c, health.c. */
void interactions_handle(struct exchange *exchange);
bool events_is_on(const struct config *config);
enum signature events_check_headers(const struct exchange *exchange);
void events_handle(struct exchange *exchange);
void healthz_handle(struct exchange *exchange);
void readyz_handle(struct exchange *exchange);
