/*
 * Calls to Discord's REST API, from the event loop.
 *
 *	struct rest_request request = webhooks_edit_original(application_id, token, message);
 *	request.done = on_done;
 *	if (rest_submit(rest, &request) != STATUS_OK) …
 *
 * A client keeps Discord's rules: calls of one bucket leave one after the other in the order they
 * were submitted, and no sooner than its rate limit allows; bot calls also keep to 50 a second.
 * Network faults, 5xx, 429, refusals that are not Discord's own (no error code above 0) and
 * successes that cannot be read are tried again until the request's time is over; Discord's own
 *400, 403 and 404 are not.
 *
 * A 401 to a bot call is confirmed by a second call, GET /users/@me: a single one may be a mistake,
 * while a bot that goes on with a wrong token is banned by its address. A confirmed one ends all
 *bot calls of this client with one line in the log; every few minutes it is looked whether the
 *token is accepted again.
 *
 * A process makes its bot calls through one client, whose limits they are.
 *
 * A client belongs to its loop's thread. Nothing is logged but route templates and figures.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/content.h"
#include "besace/base/status.h"
#include "besace/runtime/loop.h"

/* Variable parts of one REST path. */
#define REST_MAX_PARAMS 4

/* Bytes of a body sent to or taken from Discord. The longest we know is a list of 130 commands with
 * all their localisations, some hundred kB. */
#define REST_MAX_BODY (4ul * 1024ul * 1024ul)

/* Bytes of a file that is sent along: Discord takes 10 MiB everywhere. */
#define REST_MAX_FILE (10ul * 1024ul * 1024ul)

/* Characters of a reason for the audit log: Discord's limit. A longer one is cut. */
#define REST_MAX_REASON 512

/* Calls that one client holds, waiting and in flight. At 50 a second, what Discord lets a bot do, a
 * full queue is 20 s of work; beyond it the caller keeps its work where it is. */
#define REST_MAX_PENDING 1024

/* Transfers in flight at once, each a connection under HTTP/1.1: fifty calls a second of half a
 * second each. */
#define REST_MAX_IN_FLIGHT 32

/* One transfer, connecting included; Discord's usual answers take 0.1 s. */
#define REST_ATTEMPT_MS 10000

/* A call with all its attempts, unless the request says otherwise. Longer than the blind wait
 * below, far shorter than the 15 min life of an interaction's token. */
#define REST_DEADLINE_MS 180000

/* The same for a call that an operator waits for at a terminal. A longer wait that Discord asks for
 * ends it at once, with a sentence that says how long. */
#define REST_TERMINAL_MS 15000

/* The wait after a 429 that does not say how long: Cloudflare's own, before Discord. */
#define REST_BLIND_MS 60000

/* The first wait between two attempts of a call, and the longest. */
#define REST_RETRY_MS 500
#define REST_RETRY_MAX_MS 30000

/* For so long after our inline answer, a 404 on a follow-up can mean that Discord has not yet taken
 * the answer in. */
#define REST_NOT_YET_MS 10000

/* Interval between two looks whether a bot token that Discord refused is accepted again. */
#define REST_TOKEN_RETRY_MS 300000

struct rest;

/* Times are in ms; 0 means the default named beside it. */
struct rest_options {
	/* Called with the Date of each answer of Discord's, in ms since 1970, and the times of the
	 * mono clock between which it was given; NULL: nobody wants to know. */
	void (*date)(void *arg, int64_t date_ms, int64_t asked_ms, int64_t answered_ms);
	void *date_arg;
	const char *api_url; /* without a final slash: config.api_url */
	const char *bot_token; /* NULL: bot calls are refused */
	int64_t attempt_ms; /* REST_ATTEMPT_MS */
	int64_t blind_ms; /* REST_BLIND_MS */
	int64_t retry_ms; /* REST_RETRY_MS */
	int64_t not_yet_ms; /* REST_NOT_YET_MS */
	int64_t token_retry_ms; /* REST_TOKEN_RETRY_MS */
	bool at_terminal; /* somebody is told of a refused token there: no line in the log */
};

/*
 * What became of a request.
 *
 * OK: done. INVALID: Discord refused it (400 and other 4xx). DENIED: 403, 401 to a call with a
 * token in its path, or the bot token is missing or refused. NOT_FOUND: 404. TOO_LARGE: 413, or the
 * answer was above REST_MAX_BODY (then http says whether it was done). UNAVAILABLE: its time ran
 * out, nothing happened. UNKNOWN: its time ran out, and a broken attempt may have been done.
 * FAILED: an answer that is none of these.
 */
struct rest_answer {
	enum status status;
	int http; /* of the last attempt; 0: no answer came */
	int code; /* Discord's own, as 10015; 0: none */
	int64_t wait_ms; /* before the next call of this bucket may leave; 0: none */
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
	const char *params[REST_MAX_PARAMS];
	const json_t *body; /* borrowed, sent as JSON; NULL: none */
	struct content content; /* else sent as it is; without bytes: nothing */
	/* Sent along as files[0]; CONTENT is then the part payload_json. */
	struct attachment file;
	const char *reason; /* for the guild's audit log, UTF-8; NULL: none */
	int64_t within_ms; /* from submission to giving up; 0: REST_DEADLINE_MS */
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
 * TOO_LARGE for a body above REST_MAX_BODY or a file above REST_MAX_FILE, DENIED when the bot token
 * is missing or refused, UNAVAILABLE when REST_MAX_PENDING calls are pending or the client is being
 * destroyed.
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

/* Whether Discord refuses the bot token at the moment. From any thread. */
bool rest_token_is_refused(const struct rest *rest);

/* One sentence for an operator at a terminal about an answer, with what Discord finds wrong in the
 * body, on CTX. Not for logs: Discord's words may repeat what was sent, tokens too. */
char *rest_explain(void *ctx, const struct rest_answer *answer);

/* The same for logs, on CTX: HTTP status and Discord's code, never Discord's words. */
char *rest_summary(void *ctx, const struct rest_answer *answer);

/* Which of the REFUSED_… (runtime/metrics.h) a refusal with Discord's CODE is. */
unsigned rest_refused_label(int code);
