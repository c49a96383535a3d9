/* POST /interactions: from signed bytes to a reply, within Discord's three seconds. */
#include "interactions.h"

#include <sodium.h>
#include <stdlib.h>
#include <talloc.h>

#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/discord/interaction.h"
#include "besace/engine/invocation.h"
#include "besace/http/worker.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "changes.h"
#include "exchange.h"
#include "guilds_seen.h"
#include "members_seen.h"

/* Discord invalidates the token 3 s after it sent the interaction; answering "deferred" at 2 s
 * leaves a second for the network. */
#define DEFER_MS 2000

/* A deferred interaction whose result is not known after this long gets a polite sentence. Well
 * under the 15 min life of the token. */
#define GIVE_UP_MS 30000

/* An interaction's memory: most need no more than this one block. */
#define WORK_POOL_BYTES (16 * 1024)

/* An interaction that waits for the database. It outlives its exchange once it is deferred. */
struct work {
	struct worker *worker;
	struct exchange *exchange; /* NULL once the deferral has left */
	const struct interaction *in;
	struct invocation invocation;
	struct pool_request request;
	struct timer timer; /* the deferral, then giving up */
	bool deferred;
	struct deferral deferral;
	bool apologised;
	bool ended; /* the reply is made; what remains is for the deferral to leave */
	TAILQ_ENTRY(work) next;
};

static void *work_memory(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return must(talloc_new(NULL)); /* separate blocks, so that overruns are seen */
#else
	return must(talloc_pool(NULL, WORK_POOL_BYTES));
#endif
}

static void log_end(const struct work *work, const char *outcome, const char *why)
{
	if (!why && !log_enabled(LOG_LEVEL_DEBUG))
		return;
	const struct interaction *in = work->in;
	const struct log_field fields[] = {LOG_TEXT("interaction"), LOG_STR("id", in->id.text),
		LOG_STR("command", in->name ? in->name : in->custom_id),
		LOG_STR("member", in->user.id.text), LOG_STR("outcome", outcome),
		LOG_STR("why", why), {0}};
	log_write(why ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG, fields);
}

/* Frees the work when nothing needs it any more: its reply is made and its deferral has left. */
static void work_release(struct work *work)
{
	if (!work->ended || work->exchange)
		return;
	struct worker *worker = work->worker;
	TAILQ_REMOVE(&worker->working, work, next);
	worker->works--;
	talloc_free(talloc_parent(work));
}

static void send_follow_up(struct work *work)
{
	follow_ups_send(work->worker->follow_ups, work->in,
		work->worker->config->application_id.text, &work->deferral,
		&work->invocation.reply);
}

/* The deferral has left (or its connection has gone, which Discord may not have noticed). */
static void deferral_left(void *arg)
{
	struct work *work = arg;
	work->exchange = NULL;
	work->deferral.left_ms = clock_mono_ms();
	if (work->ended)
		send_follow_up(work);
	work_release(work);
}

/* The reply, rendered. With a defect in it, the member gets an apology in its place, which says
 * whether something may have been done. */
static char *render(struct work *work, void *ctx)
{
	struct defect defect;
	char *body = reply_render(ctx, &work->invocation.reply);
	if (!defect_take(&defect))
		return body;
	log_error(LOG_TEXT("defect in a reply"), LOG_STR("interaction", work->in->id.text),
		LOG_STR("file", defect.file), LOG_INT("line", defect.line),
		LOG_STR("why", defect.why));
	work->invocation.complete = false;
	work->apologised = true;
	invocation_apologise(
		&work->invocation, work->request.call.changes ? APOLOGY_UNSURE : APOLOGY_FAULT);
	return reply_render(ctx, &work->invocation.reply);
}

/* Keeps what an interaction that counts tells of its guild and of the member who asked. */
static void tell(struct work *work)
{
	const struct invocation *invocation = &work->invocation;
	const struct interaction *in = work->in;
	if (!in->in_guild || !invocation->command || work->apologised)
		return;
	bool is_public = invocation->reply.kind == REPLY_MESSAGE && !invocation->reply.is_private;
	const struct guild_sighting seen = {.guild = in->guild_id,
		.locale = in->guild_locale,
		.is_community = in->is_community,
		.reply_language =
			is_public ? text_language_code(invocation_public_language(invocation))
				  : NULL};
	guilds_seen_tell(work->worker, &seen);
	members_seen_tell(work->worker, in, invocation->asker.seen_ms);
}

/* Replies: at once, or behind the deferral. */
static void work_end(struct work *work)
{
	loop_timer_cancel(work->worker->loop, &work->timer);
	char *body = render(work, work->deferred ? (void *)work : work->exchange->ctx);
	work->ended = true;
	tell(work);
	if (work->deferred) {
		if (!work->exchange)
			send_follow_up(work);
		work_release(work);
		return;
	}
	struct exchange *exchange = work->exchange;
	exchange_answer(exchange, MHD_HTTP_OK, body);
	metrics_add(METRIC_INTERACTIONS,
		work->apologised ? INTERACTION_REFUSED : INTERACTION_ANSWERED, 1);
	metrics_observe_us(METRIC_INTERACTION_SECONDS, clock_mono_us() - exchange->body_end_us);
	work->exchange = NULL;
	work_release(work);
}

static void work_apologise(struct work *work, enum apology apology, const char *why)
{
	static const char *const outcomes[] = {
		[APOLOGY_AWAY] = "away", [APOLOGY_UNSURE] = "unsure", [APOLOGY_FAULT] = "fault"};
	bool complete = work->invocation.complete;
	log_end(work, complete ? "answered" : outcomes[apology], why);
	work->apologised = !complete;
	invocation_apologise(&work->invocation, apology);
	work_end(work);
}

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why);

/* Does what a step asked for. */
static void work_step(struct work *work, enum step step)
{
	if (step != STEP_CALL) {
		log_end(work, "answered", NULL);
		work_end(work);
		return;
	}
	work->request.done = got_rows;
	work->request.arg = work;
	if (pool_submit(work->worker->pool, &work->request))
		work_apologise(work, APOLOGY_AWAY, NULL);
}

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct work *work = arg;
	if (work->request.call.changes) /* DENIED: the id was used for another command */
		changes_count(status == STATUS_OK || status == STATUS_DENIED, clock_mono_ms());
	if (status == STATUS_OK)
		work_step(work, invocation_resume(&work->invocation, rows, &work->request.call));
	else if (status == STATUS_UNAVAILABLE)
		work_apologise(work, APOLOGY_AWAY, why);
	else if (status == STATUS_UNKNOWN)
		work_apologise(work, APOLOGY_UNSURE, why);
	else
		work_apologise(work, APOLOGY_FAULT, why);
}

/* Takes the call back and says what can be said without its result. */
static void give_up(struct work *work, const char *why)
{
	bool sent = pool_cancel(work->worker->pool, &work->request);
	bool may_have_happened = sent && work->request.call.changes;
	if (may_have_happened)
		changes_count(false, clock_mono_ms());
	work_apologise(work, may_have_happened ? APOLOGY_UNSURE : APOLOGY_AWAY, why);
}

static void gave_up(void *arg)
{
	give_up(arg, "no result in time");
}

/* Two seconds have passed. Waiting on helps when the call is under way, not when there is no
 * database to make it. */
static void defer(void *arg)
{
	struct work *work = arg;
	struct worker *worker = work->worker;
	bool never_sent = work->request.place == REQUEST_QUEUED && !work->request.maybe_done &&
			  work->request.conflicts == 0;
	if (!invocation_can_defer(&work->invocation) || work->invocation.complete ||
		(never_sent && pool_is_away(worker->pool))) {
		give_up(work, "database away");
		return;
	}
	work->deferred = true;
	work->timer.fn = gave_up;
	loop_timer_set(
		worker->loop, &work->timer, loop_now_ms(worker->loop) + GIVE_UP_MS - DEFER_MS);
	work->deferral.reply = invocation_deferral(&work->invocation);
	struct exchange *exchange = work->exchange;
	exchange_on_left(exchange, deferral_left, work);
	exchange_answer(exchange, MHD_HTTP_OK, reply_render(exchange->ctx, &work->deferral.reply));
	metrics_add(METRIC_INTERACTIONS, INTERACTION_DEFERRED, 1);
}

void interactions_give_up(struct worker *worker)
{
	guilds_seen_give_up(worker);
	members_seen_give_up(worker);
	struct work *work, *after;
	for (work = TAILQ_FIRST(&worker->working); work; work = after) {
		after = TAILQ_NEXT(work, next);
		if (!work->ended)
			give_up(work, "the service is ending");
	}
}

/* When Discord sent what is signed for the second SIGNED_S. Its arrival says which millisecond of
 * that, so that it is later than an event of the same second that came before it; what comes late,
 * or is replayed, gets the last one. */
static int64_t sent_ms(int64_t signed_s)
{
	int64_t first = signed_s * 1000, last = first + 999, now = clock_wall_ms();
	return now < first ? first : now > last ? last : now;
}

/* Starts an interaction that was read; SIGNED_S is its signed timestamp. */
static void work_start(
	struct exchange *exchange, void *ctx, const struct interaction *in, int64_t signed_s)
{
	struct worker *worker = exchange->worker;
	struct work *work = must(talloc_zero(ctx, struct work));
	work->worker = worker;
	work->exchange = exchange;
	work->in = in;
	work->timer = (struct timer){.fn = defer, .arg = work};
	TAILQ_INSERT_TAIL(&worker->working, work, next);
	worker->works++;
	loop_timer_set(worker->loop, &work->timer, exchange->started_ms + DEFER_MS);
	const struct invocation_world world = {.draw = randombytes_uniform,
		.guilds = worker->config->guilds,
		.guild_count = worker->config->guild_count};
	enum step step = invocation_start(
		&work->invocation, ctx, in, sent_ms(signed_s), &world, &work->request.call);
	if (step == STEP_CALL && worker->drained)
		work_apologise(work, APOLOGY_AWAY, "the service is ending");
	else
		work_step(work, step);
}

void interactions_handle(struct exchange *exchange)
{
	const struct config *config = exchange->worker->config;
	if (!exchange_admit(exchange, config->public_keys, config->public_key_count))
		return;
	void *ctx = work_memory();
	struct interaction *in;
	char *why;
	if (interaction_parse(ctx, (const char *)exchange->body.bytes, exchange->body.length, &in,
		    &why) != STATUS_OK) {
		metrics_add(METRIC_INTERACTIONS, INTERACTION_INVALID, 1);
		exchange_refuse(exchange, MHD_HTTP_BAD_REQUEST, why);
		talloc_free(ctx);
	} else if (in->type == INTERACTION_PING) {
		exchange_answer(exchange, MHD_HTTP_OK, "{\"type\":1}");
		talloc_free(ctx);
	} else {
		work_start(exchange, ctx, in, strtoll(exchange->timestamp, NULL, 10));
	}
}
