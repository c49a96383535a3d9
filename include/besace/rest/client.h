/*
 * Calls to Discord's REST API, from the event loop.
 *
 *	struct rest_request request = webhooks_edit_original(application_id, token, message);
 *	request.done = on_done;
 *	if (rest_submit(rest, &request) != STATUS_OK) …
 *
 * A client keeps Discord's rules: calls of one bucket leave one after the other in the order they
 * were submitted, and no sooner than its rate limit allows; bot calls also keep to 50 a second.
 * Network faults, 5xx and 429 are tried again until the request's time is over; 400, 401, 403 and
 * 404 are not. A 401 to a bot call means that the token is wrong or was reset: it ends all bot
 * calls of this client with one line in the log, because a bot that goes on is banned by address.
 * A process makes its bot calls through one client, whose limits they are.
 *
 * A client belongs to its loop's thread. Nothing is logged but route templates and figures.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/limits.h"
#include "besace/base/status.h"
#include "besace/runtime/loop.h"

struct rest;

/* Times are in ms; 0 means the named one of base/limits.h. */
struct rest_options {
	const char *api_url; /* without a final slash: config.api_url */
	const char *bot_token; /* NULL: bot calls are refused */
	int64_t attempt_ms; /* TIME_REST_ATTEMPT_MS */
	int64_t blind_ms; /* TIME_REST_BLIND_MS */
	int64_t retry_ms; /* TIME_REST_RETRY_MS */
	int64_t not_yet_ms; /* TIME_REST_NOT_YET_MS */
};

/*
 * What became of a request.
 *
 * OK: done. INVALID: Discord refused it (400 and other 4xx). DENIED: 401 or 403, or bot calls are
 * off. NOT_FOUND: 404. TOO_LARGE: 413, or the answer was above LIMIT_REST_BODY (then http says
 * whether it was done). UNAVAILABLE: its time ran out, nothing happened. UNKNOWN: its time ran
 * out, and a broken attempt may have been done. FAILED: an answer that is none of these.
 */
struct rest_answer {
	enum status status;
	int http; /* of the last attempt; 0: no answer came */
	int code; /* Discord's own, as 10015; 0: none */
	const json_t *body; /* of the last attempt, borrowed; NULL: none, or no JSON */
};

typedef void rest_fn(void *arg, const struct rest_answer *answer);

/*
 * One call. ROUTE is a template such as "/channels/{channel}/messages", a literal; PARAMS fill its
 * {parts} in order. A route with a {token} goes without Authorization, all others as the bot.
 * Everything is copied or written out by rest_submit.
 */
struct rest_request {
	const char *method;
	const char *route;
	const char *params[LIMIT_REST_PARAMS];
	const json_t *body; /* borrowed; NULL: none */
	int64_t within_ms; /* from submission to giving up; 0: TIME_REST_DEADLINE_MS */
	bool once; /* never repeated after an attempt that may have been done */
	bool not_yet; /* a 404 in the first not_yet_ms means: try again soon */
	rest_fn *done; /* called once, from the loop, never from rest_submit */
	void *arg;
};

/* NULL when libcurl cannot start. The texts of OPTIONS are copied. */
struct rest *rest_create(struct loop *loop, const struct rest_options *options);

/* Ends what is pending with UNAVAILABLE, or UNKNOWN for what may have been done. Takes a pointer
 * to the pointer, accepts NULL in it, leaves NULL. Not from inside a callback. */
void rest_destroy(struct rest **rest);

/*
 * Queues a call. Not queued, and done never called: INVALID for params that make no path,
 * TOO_LARGE for a body above LIMIT_REST_BODY, DENIED when bot calls are off, UNAVAILABLE when
 * LIMIT_REST_PENDING calls are pending or the client is being destroyed.
 */
MUST_CHECK enum status rest_submit(struct rest *rest, const struct rest_request *request);

/* How many calls have not been answered yet; a drain waits until it is 0. */
unsigned rest_pending(const struct rest *rest);

/*
 * For command lines: makes COUNT calls in a loop of their own and returns when all have ended, the
 * answers in the order of REQUESTS (their done and arg are not used). The caller gives each body
 * back with json_decref. STATUS_UNAVAILABLE when nothing could be started.
 */
MUST_CHECK enum status rest_run(const struct rest_options *options,
	const struct rest_request *requests, unsigned count, struct rest_answer *out_answers);

/* One sentence for people about an answer, with what Discord finds wrong in the body, on CTX. */
char *rest_explain(void *ctx, const struct rest_answer *answer);
