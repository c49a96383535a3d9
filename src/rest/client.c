/* The queue of calls to Discord: which may leave when, and what an answer means for it. */
#include "besace/rest/client.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "queue.h"
#include "route.h"
#include "wire.h"

/* Discord's code of an "internal network error": something before it refused us. */
#define CODE_NETWORK_ERROR 40333

/* The one success without a body. */
#define HTTP_NO_CONTENT 204

/* What is known of the bot token. */
enum token_state {
	TOKEN_TRUSTED,
	TOKEN_SUSPECTED, /* a bot call was answered 401: a probe is in flight, bot calls wait */
	TOKEN_REFUSED, /* the probe was answered 401 too: bot calls end at once */
};

/* Calls that fail and succeed in turn are told of this often at most. */
#define AWAY_TOLD_MS 60000

/* One submitted request. It is in its queue until it is finished, then among the finished until
 * its owner has been told. */
struct call {
	struct rest *rest;
	struct ticket ticket; /* its position in its bucket's queue */
	char *method, *route, *url;
	struct content content; /* what is sent; without bytes: nothing */
	struct attachment file; /* beside it */
	const char *lines[3]; /* of headers: authorization, reason, as far as there are */
	bool as_bot, once, not_yet;
	bool is_probe; /* asks whether the token is good: leaves while other bot calls wait */
	bool unknown; /* some attempt may have been done */
	int64_t submitted_ms, deadline_ms, not_before_ms;
	struct backoff backoff;
	struct wire_transfer transfer;
	struct rest_answer answer;
	json_t *answer_body;
	bool is_page; /* the answer is HTML */
	bool is_unreadable; /* the answer should be JSON and is not */
	rest_fn *done;
	void *arg;
	TAILQ_ENTRY(call) finished;
};

struct rest {
	struct loop *loop;
	struct rest_options options;
	char *authorization; /* a header line; NULL: there is no token */
	enum token_state token;
	atomic_bool token_refused; /* the same for other threads */
	struct timer token_timer; /* the next look at a refused token */
	struct wire *wire;
	struct queues *queues;
	struct timer timer;
	struct rate_global global;
	struct rate_guard guard;
	struct bucket bots, tokens, everybody; /* pauses that Discord or Cloudflare asked for */
	unsigned pending, in_flight;
	bool closing;
	int64_t away_since_ms; /* 0: the last call was answered */
	int64_t away_told_ms; /* when the log was last told; 0: never */
	bool away_is_told; /* so that the log is told of the end too */
	TAILQ_HEAD(call_list, call) finished;
};

static void scan_soon(struct rest *rest)
{
	loop_timer_set(rest->loop, &rest->timer, clock_mono_ms());
}

/* The call leaves its queue with what became of it; its owner hears of it from the loop. */
static void finish(struct call *call, enum status status)
{
	int64_t wait = ticket_bucket(&call->ticket)->ready_ms - clock_mono_ms();
	call->answer.status = status;
	call->answer.wait_ms = wait > 0 ? wait : 0;
	ticket_leave(&call->ticket);
	TAILQ_INSERT_TAIL(&call->rest->finished, call, finished);
	scan_soon(call->rest);
}

static void give_up(struct call *call)
{
	metrics_add(METRIC_REST_REQUESTS, REST_GIVEN_UP, 1);
	finish(call, call->unknown ? STATUS_UNKNOWN : STATUS_UNAVAILABLE);
}

static void refuse(struct call *call, enum status status)
{
	metrics_add(METRIC_REST_REQUESTS, REST_REFUSED, 1);
	finish(call, status);
}

/* The call stays at the head of its queue, so that the order holds, and goes again later. */
static void try_again(struct call *call, int64_t now)
{
	metrics_add(METRIC_REST_REQUESTS, REST_RETRIED, 1);
	call->not_before_ms = now + backoff_next_ms(&call->backoff);
	scan_soon(call->rest);
}

/* The attempt may have been done. */
static void outcome_unknown(struct call *call, int64_t now, bool repeat)
{
	call->unknown = true;
	if (repeat)
		try_again(call, now);
	else
		give_up(call);
}

/* ---- The bot token. One 401 may be Discord's mistake; two in a row are believed. */

static bool submit_probe(struct rest *rest);

static void probe_later(struct rest *rest)
{
	loop_timer_set(
		rest->loop, &rest->token_timer, clock_mono_ms() + rest->options.token_retry_ms);
}

static void probe_now(void *arg)
{
	struct rest *rest = arg;
	if (!submit_probe(rest))
		probe_later(rest);
}

static void suspect_token(struct rest *rest)
{
	if (rest->token == TOKEN_TRUSTED && submit_probe(rest))
		rest->token = TOKEN_SUSPECTED;
}

static void trust_token(struct rest *rest)
{
	if (rest->token == TOKEN_REFUSED)
		log_info(LOG_TEXT("Discord accepts the bot token again"));
	rest->token = TOKEN_TRUSTED;
	atomic_store(&rest->token_refused, false);
}

/* Waiting bot calls are ended by the next scan: a bot that goes on is banned by its address. */
static void refuse_token(struct rest *rest)
{
	if (rest->token != TOKEN_REFUSED && !rest->options.at_terminal)
		log_error(LOG_TEXT("Discord refuses the bot token: no bot calls for now"),
			LOG_INT("retry_ms", rest->options.token_retry_ms));
	rest->token = TOKEN_REFUSED;
	atomic_store(&rest->token_refused, true);
	probe_later(rest);
}

/* An answer that is neither yes nor no leaves things as they were; a token that was only suspected
 * is trusted until the next 401. */
static void on_probe(void *arg, const struct rest_answer *answer)
{
	struct rest *rest = arg;
	if (answer->http == 401)
		refuse_token(rest);
	else if (answer->status == STATUS_OK || rest->token != TOKEN_REFUSED)
		trust_token(rest);
	else
		probe_later(rest);
	scan_soon(rest);
}

/* ---- What an answer means */

static void rate_limited(struct call *call, int64_t now)
{
	struct rest *rest = call->rest;
	const struct rate_headers *headers = &call->transfer.rate;
	struct rate_refusal refusal =
		rate_refused(headers, call->answer_body, rest->options.blind_ms);
	struct bucket *buckets[] = {
		[RATE_BUCKET] = ticket_bucket(&call->ticket),
		[RATE_LANE] = call->as_bot ? &rest->bots : &rest->tokens,
		[RATE_ALL] = &rest->everybody,
	};
	static const char *const names[] = {"bucket", "global", "address"};
	bucket_pause(buckets[refusal.scope], now, refusal.wait_ms);
	/* Beside the wait: one of 0 ("at once"), again and again, must not make a loop of it. */
	call->not_before_ms = now + backoff_next_ms(&call->backoff);
	metrics_add(METRIC_REST_RATE_LIMITED, 0, 1);
	log_warn(LOG_TEXT("Discord asks to wait"), LOG_STR("route", call->route),
		LOG_STR("scope", names[refusal.scope]), LOG_INT("wait_ms", refusal.wait_ms));
	metrics_add(METRIC_REST_REQUESTS, REST_RETRIED, 1);
	scan_soon(rest);
}

/* A 403 of Cloudflare, which stands before Discord: a page of HTML, or this code. It is about our
 * address, as its 429 is, and not about what was asked. */
static bool is_cloudflares(const struct call *call)
{
	return call->answer.http == 403 &&
	       (call->is_page || call->answer.code == CODE_NETWORK_ERROR);
}

/* Discord's own refusals carry a code above 0. Others come from something in between, a proxy or a
 * page that says that Discord is away: they are not about what was asked. */
static bool is_discords_own(const struct call *call)
{
	return call->answer.code > 0;
}

static void judge_unauthorized(struct call *call, int64_t now)
{
	if (call->is_probe || !call->as_bot) {
		refuse(call, STATUS_DENIED);
		return;
	}
	suspect_token(call->rest);
	try_again(call, now); /* once the probe has said that the token is good */
}

static void judge_refusal(struct call *call, int64_t now)
{
	int http = call->answer.http;
	if (http == 401)
		judge_unauthorized(call, now);
	else if (!is_discords_own(call))
		try_again(call, now);
	else if (http == 404 && call->not_yet &&
		 now - call->submitted_ms < call->rest->options.not_yet_ms)
		try_again(call, now);
	else if (http == 404)
		refuse(call, STATUS_NOT_FOUND);
	else if (http == 403)
		refuse(call, STATUS_DENIED);
	else
		refuse(call, http == 413 ? STATUS_TOO_LARGE : STATUS_INVALID);
}

static void judge_answer(struct call *call, int64_t now)
{
	int http = call->answer.http;
	if (http == 401 || http == 403 || (http == 429 && !call->transfer.rate.shared))
		rate_guard_count(&call->rest->guard, now);
	if (http >= 200 && http < 300 && call->is_unreadable) {
		/* Whether this was Discord, nobody knows. */
		outcome_unknown(call, now, !call->once);
	} else if (http >= 200 && http < 300) {
		metrics_add(METRIC_REST_REQUESTS, REST_OK, 1);
		finish(call, STATUS_OK);
	} else if (http == 429 || is_cloudflares(call)) {
		rate_limited(call, now);
	} else if (http >= 500) {
		/* 500 and 503: Discord says that it failed. The others are of gateways in between,
		 * which do not know what came of it. */
		outcome_unknown(call, now, !call->once || http == 500 || http == 503);
	} else if (http >= 400) {
		judge_refusal(call, now);
	} else {
		refuse(call, STATUS_FAILED); /* redirects: none is documented, none is followed */
	}
}

/* Says why from the first attempt on, and then nothing more while Discord stays away. */
static void note_away(struct call *call, int64_t now, const char *what)
{
	struct rest *rest = call->rest;
	bool first = rest->away_since_ms == 0;
	if (first)
		rest->away_since_ms = now;
	if (first && (rest->away_told_ms == 0 || now - rest->away_told_ms >= AWAY_TOLD_MS)) {
		rest->away_told_ms = now;
		rest->away_is_told = true;
		log_warn(LOG_TEXT(what), LOG_STR("route", call->route),
			LOG_STR("why", call->transfer.why));
		return;
	}
	log_debug(
		LOG_TEXT(what), LOG_STR("route", call->route), LOG_STR("why", call->transfer.why));
}

static void note_answered(struct rest *rest, int64_t now)
{
	if (rest->away_is_told)
		log_info(LOG_TEXT("Discord answers again"),
			LOG_INT("seconds", (now - rest->away_since_ms) / 1000));
	rest->away_is_told = false;
	rest->away_since_ms = 0;
}

static void judge(struct call *call, int64_t now)
{
	switch (call->transfer.end) {
	case WIRE_ANSWERED:
		judge_answer(call, now);
		break;
	case WIRE_NOT_SENT:
		note_away(call, now, "Discord cannot be reached");
		try_again(call, now);
		break;
	case WIRE_BROKEN:
		note_away(call, now, "a call to Discord broke");
		outcome_unknown(call, now, !call->once);
		break;
	case WIRE_TOO_LARGE:
		if (call->answer.http < 300)
			refuse(call, STATUS_TOO_LARGE);
		else
			judge_answer(call, now); /* an error's status says enough */
		break;
	}
}

static void take_answer(struct call *call)
{
	struct wire_transfer *transfer = &call->transfer;
	json_decref(call->answer_body);
	call->answer_body = NULL;
	if (transfer->end == WIRE_ANSWERED && transfer->answer_length > 0)
		call->answer_body = json_loadb(
			transfer->answer, transfer->answer_length, JSON_DECODE_ANY, NULL);
	call->is_unreadable = !call->answer_body && transfer->http != HTTP_NO_CONTENT;
	call->is_page = transfer->end == WIRE_ANSWERED && transfer->answer_length > 0 &&
			transfer->answer[0] == '<';
	const json_t *code = json_object_get(call->answer_body, "code");
	call->answer.http = transfer->http;
	call->answer.code = (int)json_integer_value(code);
	call->answer.body = call->answer_body;
}

static void on_transfer(void *arg, struct wire_transfer *transfer)
{
	struct call *call = arg;
	struct rest *rest = call->rest;
	int64_t now = clock_mono_ms();
	take_answer(call);
	wire_cancel(transfer);
	rest->in_flight--;
	ticket_returned(&call->ticket);
	if (transfer->end == WIRE_ANSWERED || transfer->end == WIRE_TOO_LARGE) {
		note_answered(rest, now);
		ticket_learn(&call->ticket, transfer->rate.bucket);
		bucket_learn(ticket_bucket(&call->ticket), &transfer->rate, now);
		if (rest->options.date && transfer->rate.date_ms > 0)
			rest->options.date(rest->options.date_arg, transfer->rate.date_ms,
				transfer->asked_ms, transfer->answered_ms);
	}
	judge(call, now);
	scan_soon(rest);
}

/* When the call may leave, as far as pauses and limits are known; the past means now. */
static int64_t ready_ms(struct rest *rest, struct call *call, int64_t now)
{
	const struct bucket *lane = call->as_bot ? &rest->bots : &rest->tokens;
	int64_t all[] = {call->not_before_ms, ticket_bucket(&call->ticket)->ready_ms,
		lane->ready_ms, rest->everybody.ready_ms, rate_guard_ready_ms(&rest->guard, now),
		call->as_bot ? rate_global_ready_ms(&rest->global) : 0};
	int64_t latest = 0;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] > latest)
			latest = all[i];
	return latest;
}

static void send_call(struct rest *rest, struct call *call, int64_t now)
{
	int64_t left = call->deadline_ms - now;
	call->transfer = (struct wire_transfer){
		.method = call->method,
		.url = call->url,
		.content = call->content,
		.file = call->file,
		.lines = call->lines,
		.timeout_ms = left < rest->options.attempt_ms ? left : rest->options.attempt_ms,
		.fresh = call->once,
		.done = on_transfer,
		.arg = call,
	};
	if (call->as_bot)
		rate_global_sent(&rest->global, now);
	rest->in_flight++;
	ticket_sent(&call->ticket);
	wire_send(rest->wire, &call->transfer);
}

/* Whether the call has a token that may be refused: with one that is, a bot is soon banned. */
static bool waits_for_probe(const struct call *call)
{
	return call->as_bot && !call->is_probe && call->rest->token == TOKEN_SUSPECTED;
}

/* Sends the call, or gives it up, or says in *next when to look again. */
static void consider(struct rest *rest, struct call *call, int64_t now, int64_t *next)
{
	if (call->as_bot && !call->is_probe && rest->token == TOKEN_REFUSED) {
		metrics_add(METRIC_REST_REQUESTS, REST_GIVEN_UP, 1);
		finish(call, STATUS_DENIED);
		return;
	}
	int64_t ready = ready_ms(rest, call, now);
	if (call->deadline_ms <= now || ready >= call->deadline_ms) {
		give_up(call);
		return;
	}
	if (call->deadline_ms < *next)
		*next = call->deadline_ms;
	if (waits_for_probe(call))
		return; /* its answer looks again */
	if (!ticket_is_first(&call->ticket) || rest->in_flight == REST_MAX_IN_FLIGHT)
		return; /* a transfer that ends looks again */
	if (ready <= now)
		send_call(rest, call, now);
	else if (ready < *next)
		*next = ready;
}

static int free_call(struct call *call)
{
	json_decref(call->answer_body);
	return 0;
}

static void tell_finished(struct rest *rest)
{
	struct call *call;
	while ((call = TAILQ_FIRST(&rest->finished))) {
		TAILQ_REMOVE(&rest->finished, call, finished);
		rest->pending -= !call->is_probe;
		if (call->done)
			call->done(call->arg, &call->answer);
		talloc_free(call);
	}
}

/* Looks at every call: the one place where calls leave and run out of time. */
static void scan(void *arg)
{
	struct rest *rest = arg;
	int64_t now = clock_mono_ms(), next = INT64_MAX;
	queues_look(rest->queues);
	struct ticket *following;
	for (struct ticket *ticket = queues_first(rest->queues); ticket; ticket = following) {
		following = ticket_next(ticket);
		if (!ticket->in_flight)
			consider(rest, ticket->owner, now, &next);
	}
	queues_sweep(rest->queues, now);
	loop_timer_cancel(rest->loop, &rest->timer);
	if (next != INT64_MAX)
		loop_timer_set(rest->loop, &rest->timer, next);
	tell_finished(rest);
}

static int64_t or_default(int64_t value, int64_t named)
{
	return value > 0 ? value : named;
}

struct rest *rest_create(struct loop *loop, const struct rest_options *options)
{
	struct rest *rest = must(talloc_zero(NULL, struct rest));
	rest->wire = wire_create(rest, loop);
	if (!rest->wire) {
		talloc_free(rest);
		return NULL;
	}
	rest->loop = loop;
	rest->options = (struct rest_options){
		.date = options->date,
		.date_arg = options->date_arg,
		.api_url = must(talloc_strdup(rest, options->api_url)),
		.attempt_ms = or_default(options->attempt_ms, REST_ATTEMPT_MS),
		.blind_ms = or_default(options->blind_ms, REST_BLIND_MS),
		.retry_ms = or_default(options->retry_ms, REST_RETRY_MS),
		.not_yet_ms = or_default(options->not_yet_ms, REST_NOT_YET_MS),
		.token_retry_ms = or_default(options->token_retry_ms, REST_TOKEN_RETRY_MS),
		.at_terminal = options->at_terminal,
	};
	if (options->bot_token)
		rest->authorization =
			must(talloc_asprintf(rest, "Authorization: Bot %s", options->bot_token));
	rest->queues = queues_create(rest);
	rest->timer.fn = scan;
	rest->timer.arg = rest;
	rest->token_timer = (struct timer){.fn = probe_now, .arg = rest};
	rate_global_init(&rest->global);
	TAILQ_INIT(&rest->finished);
	return rest;
}

static void cancel_pending(struct rest *rest)
{
	struct ticket *ticket;
	while ((ticket = queues_first(rest->queues))) {
		struct call *call = ticket->owner;
		if (ticket->in_flight) {
			call->unknown = true;
			wire_cancel(&call->transfer);
			ticket_returned(ticket);
			rest->in_flight--;
		}
		give_up(call);
	}
}

void rest_destroy(struct rest **handle)
{
	struct rest *rest = *handle;
	if (!rest)
		return;
	rest->closing = true;
	cancel_pending(rest);
	tell_finished(rest);
	loop_timer_cancel(rest->loop, &rest->timer);
	loop_timer_cancel(rest->loop, &rest->token_timer);
	wire_destroy(&rest->wire);
	if (rest->authorization)
		sodium_memzero(rest->authorization, strlen(rest->authorization));
	TALLOC_FREE(*handle);
}

/* False for a tree that is no JSON. */
static bool copy_content(struct call *call, const struct rest_request *request)
{
	struct content content = request->content;
	char *text = NULL;
	if (request->body) {
		text = json_dumps(request->body, JSON_COMPACT);
		if (!text)
			return false;
		content = (struct content){text, strlen(text), CONTENT_JSON};
	}
	if (content.bytes)
		content.bytes = must(talloc_strndup(call, content.bytes, content.length));
	call->content = content;
	call->file = request->file;
	if (call->file.content.bytes) {
		call->file.name = must(talloc_strdup(call, call->file.name));
		call->file.content.bytes = must(
			talloc_memdup(call, call->file.content.bytes, call->file.content.length));
	}
	free(text);
	return true;
}

/* Writes out what REQUEST says. */
static MUST_CHECK enum status fill(struct call *call, const struct rest_request *request)
{
	char *path, *major;
	enum status status = route_expand(call, request->route, request->params, &path, &major);
	if (status != STATUS_OK)
		return status;
	if (request->file.content.length > REST_MAX_FILE)
		return STATUS_TOO_LARGE;
	if (!copy_content(call, request))
		return STATUS_INVALID;
	if (call->content.length > REST_MAX_BODY)
		return STATUS_TOO_LARGE;
	size_t line = 0;
	if (call->as_bot)
		call->lines[line++] = call->rest->authorization;
	if (request->reason) {
		char *reason = must(talloc_strndup(
			call, request->reason, utf8_prefix(request->reason, REST_MAX_REASON)));
		call->lines[line++] = must(talloc_asprintf(
			call, "X-Audit-Log-Reason: %s", route_encode(call, reason)));
	}
	call->method = must(talloc_strdup(call, request->method));
	call->route = must(talloc_asprintf(call, "%s %s", request->method, request->route));
	call->url = must(talloc_asprintf(call, "%s%s", call->rest->options.api_url, path));
	call->ticket = (struct ticket){.route = call->route, .major = major, .owner = call};
	return STATUS_OK;
}

static struct call *create_call(struct rest *rest, const struct rest_request *request)
{
	int64_t now = clock_mono_ms();
	struct call *call = must(talloc_zero(rest, struct call));
	talloc_set_destructor(call, free_call);
	call->rest = rest;
	call->as_bot = !route_has_token(request->route);
	call->once = request->once;
	call->not_yet = request->not_yet;
	call->submitted_ms = now;
	call->deadline_ms = now + or_default(request->within_ms, REST_DEADLINE_MS);
	call->backoff = (struct backoff){rest->options.retry_ms, REST_RETRY_MAX_MS, 0};
	call->done = request->done;
	call->arg = request->arg;
	return call;
}

static enum status add_call(
	struct rest *rest, const struct rest_request *request, struct call **out)
{
	struct call *call = create_call(rest, request);
	enum status status = fill(call, request);
	if (status != STATUS_OK) {
		talloc_free(call);
		return status;
	}
	queues_join(rest->queues, &call->ticket);
	scan_soon(rest);
	*out = call;
	return STATUS_OK;
}

enum status rest_submit(struct rest *rest, const struct rest_request *request)
{
	bool as_bot = !route_has_token(request->route);
	if (as_bot && (!rest->authorization || rest->token == TOKEN_REFUSED))
		return STATUS_DENIED;
	if (rest->closing || rest->pending >= REST_MAX_PENDING)
		return STATUS_UNAVAILABLE;
	struct call *call;
	enum status status = add_call(rest, request, &call);
	rest->pending += status == STATUS_OK;
	return status;
}

static bool submit_probe(struct rest *rest)
{
	const struct rest_request request = {
		.method = "GET",
		.route = "/users/@me",
		.within_ms = rest->options.attempt_ms,
		.done = on_probe,
		.arg = rest,
	};
	struct call *call;
	if (rest->closing || add_call(rest, &request, &call))
		return false;
	call->is_probe = true;
	return true;
}

bool rest_token_is_refused(const struct rest *rest)
{
	return atomic_load(&rest->token_refused);
}

unsigned rest_pending(const struct rest *rest)
{
	return rest->pending;
}
