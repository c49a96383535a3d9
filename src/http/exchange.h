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
#include "besace/base/keys.h"

struct worker;
struct exchange;
struct config;

/* Called when the answer has left, or cannot leave any more. */
typedef void exchange_left_fn(void *arg);

struct route {
	const char *path;
	const char *allow; /* "POST" or "GET, HEAD" */
	size_t body_most; /* bytes; more is answered 413 */
	bool (*is_on)(const struct config *config); /* else it is answered 404; NULL: always */
	/* Answers, or returns with the exchange waiting. */
	void (*handle)(struct exchange *exchange);
};

struct exchange {
	struct worker *worker;
	struct MHD_Connection *connection;
	const struct route *route;
	void *ctx; /* freed with the exchange */
	int64_t started_ms; /* when its first bytes arrived */
	int64_t body_end_us; /* when its last byte arrived */

	/* The three headers that sign a request: the value if it came exactly once, else NULL. */
	const char *signature, *timestamp, *key_id;

	unsigned char *body; /* SIGNATURE_HEADROOM bytes before it are free */
	size_t body_length;

	/* The exchange's own. */
	enum {
		EXCHANGE_READING,
		EXCHANGE_HANDLED, /* waiting for exchange_answer, or not suspended yet */
		EXCHANGE_WAITING, /* suspended */
		EXCHANGE_ANSWERED,
	} state;
	unsigned char *buffer;
	size_t buffer_size;
	unsigned status;
	const char *answer;
	const char *retry_after;
	exchange_left_fn *left;
	void *left_arg;
	bool unreadable; /* refused without reading the body, which closes the connection */
	unsigned refused; /* a status decided before the body was read, 0 for none */
};

/* Collects headers and bodies of every connection of WORKER: libmicrohttpd's callbacks. */
enum MHD_Result exchange_access(void *worker, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **exchange);
void exchange_completed(void *worker, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode code);

/* Answers with STATUS and a JSON text that lives on exchange->ctx or is static. */
void exchange_answer(struct exchange *exchange, unsigned status, const char *json);

/* Answers with STATUS and `{"error":"SENTENCE"}`. */
void exchange_refuse(struct exchange *exchange, unsigned status, const char *sentence);

/* Whether one of COUNT keys signed the request (signature_check); otherwise it is answered 401. */
MUST_CHECK bool exchange_admit(
	struct exchange *exchange, const struct public_key *keys, size_t count);

/* Has LEFT(ARG) called once the answer has been sent or given up. */
void exchange_on_left(struct exchange *exchange, exchange_left_fn *left, void *arg);

/* The routes of the service: interactions.c, events.c, health.c. */
void interactions_handle(struct exchange *exchange);
bool events_is_on(const struct config *config);
void events_handle(struct exchange *exchange);
void healthz_handle(struct exchange *exchange);
void readyz_handle(struct exchange *exchange);
