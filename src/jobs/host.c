/* Runs interactions: from their bytes to a rendered answer, at once or behind a deferral. */
#include "besace/jobs/host.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/discord/interaction.h"
#include "besace/engine/invocation.h"
#include "besace/jobs/changes.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "guilds_seen.h"
#include "members_seen.h"

/* Discord invalidates the token 3 s after it sent the interaction; answering "deferred" at 2 s
 * leaves a second for the network. */
#define DEFER_MS 2000

/* A deferred interaction whose result is not known after this long gets a polite sentence. Well
 * under the 15 min life of the token. */
#define GIVE_UP_MS 30000

/* Memory of one interaction: most need no more than this one block. */
#define JOB_POOL_BYTES (16 * 1024)

/* How often a guild may have Discord asked by one host within so long: each time up to
 * QUESTIONS_MAX of the calls that all guilds share. */
#define MAX_ENQUIRIES 6
#define ENQUIRIES_MS 30000

/* Guilds whose enquiries a host counts. Two that share a slot are counted together. */
#define MAX_ASKERS 64

/* How long a line that says that something is away speaks for the others. */
#define AWAY_TOLD_MS 60000

struct asker {
	int64_t until_ms;
	unsigned count;
};

struct host {
	struct loop *loop;
	struct pool *pool;
	struct follow_ups *follow_ups;
	struct enquiries *enquiries; /* NULL: nothing is asked */
	const struct config *config;
	struct link_key link_key;
	struct guilds_seen *guilds_seen;
	struct members_seen *members_seen;
	struct asker askers[MAX_ASKERS];
	unsigned count; /* of jobs */
	int64_t away_told_ms; /* until then it is known that something is away */
	bool is_ending; /* nothing may wait any more */
	TAILQ_HEAD(, invocation_job) jobs;
};

/* An interaction under way. It outlives its request once it is deferred. */
struct invocation_job {
	struct host *host;
	struct host_request *request; /* NULL once its answer has left */
	const struct interaction *in;
	struct invocation invocation;
	struct pool_request call;
	struct enquiry *enquiry; /* what Discord is asked; NULL: nothing */
	struct timer timer; /* the deferral, then giving up */
	bool is_deferred;
	struct deferral deferral;
	struct follow_up_message message; /* deferred only: the result, rendered */
	bool is_apology;
	bool is_ended; /* the reply is made; what remains is for the deferral to leave */
	TAILQ_ENTRY(invocation_job) next;
};

static void *job_memory(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return must(talloc_new(NULL)); /* separate blocks, so that overruns are seen */
#else
	return must(talloc_pool(NULL, JOB_POOL_BYTES));
#endif
}

static void count_command(const struct invocation_job *job, unsigned outcome)
{
	if (job->invocation.top)
		metrics_add_command(text_get(LANGUAGE_DEFAULT, job->invocation.top->name), outcome);
}

/* "jeu duel", or the custom id that was pressed. */
static const char *full_name(const struct interaction *in)
{
	if (!in->name)
		return in->custom_id;
	return must(talloc_asprintf((void *)(uintptr_t)in, "%s%s%s%s%s", in->name,
		in->group ? " " : "", in->group ? in->group : "", in->subcommand ? " " : "",
		in->subcommand ? in->subcommand : ""));
}

/* Whether an operator has to hear of it. What is away is so for everybody: one line says it, not
 * one for each member who waits for it, on a disk that may be the full one. */
static bool is_news(struct host *host, enum apology apology)
{
	if (apology != APOLOGY_AWAY)
		return true;
	int64_t now_ms = loop_now_ms(host->loop);
	if (now_ms < host->away_told_ms)
		return false;
	host->away_told_ms = now_ms + AWAY_TOLD_MS;
	return true;
}

/* One line for each interaction: what became of it, and WHY. */
static void log_end(
	const struct invocation_job *job, const char *outcome, const char *why, bool is_error)
{
	if (!is_error && !log_enabled(LOG_LEVEL_DEBUG))
		return;
	const struct interaction *in = job->in;
	const struct log_field fields[] = {LOG_TEXT("interaction"), LOG_STR("id", in->id.text),
		LOG_STR("command", full_name(in)), LOG_STR("guild", in->guild_id.text),
		LOG_STR("member", in->user.id.text), LOG_STR("outcome", outcome),
		LOG_STR("why", why ? why : job->invocation.refusal), {0}};
	log_write(is_error ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG, fields);
}

/* Frees the job when nothing needs it any more: its reply is made and its deferral has left. */
static void job_release(struct invocation_job *job)
{
	if (!job->is_ended || job->request)
		return;
	TAILQ_REMOVE(&job->host->jobs, job, next);
	job->host->count--;
	talloc_free(talloc_parent(job));
}

/* ---- Rendering. A reply is rendered once, for the place to which it goes. */

static struct content render(struct invocation_job *job)
{
	const struct reply *reply = &job->invocation.reply;
	if (!job->is_deferred)
		return reply_render(job->request->ctx, reply);
	follow_up_render(job, &job->deferral.reply, reply, &job->message);
	return job->message.content;
}

/* Renders the reply. If it has a defect, the member gets an apology instead, which says whether
 * something may have been done. */
static struct content render_whole(struct invocation_job *job)
{
	struct defect defect;
	struct content content = render(job);
	if (!defect_take(&defect))
		return content;
	log_error(LOG_TEXT("defect in a reply"), LOG_STR("interaction", job->in->id.text),
		LOG_STR("file", defect.file), LOG_INT("line", defect.line),
		LOG_STR("why", defect.why));
	job->invocation.complete = false;
	job->is_apology = true;
	invocation_apologise(
		&job->invocation, job->call.call.changes ? APOLOGY_UNSURE : APOLOGY_FAULT);
	return render(job);
}

/* ---- Ending */

static void send_follow_up(struct invocation_job *job)
{
	struct host *host = job->host;
	follow_ups_send(host->follow_ups, job->in, host->config->application_id.text,
		job->deferral.left_ms, &job->message);
}

void host_left(struct host_request *request)
{
	struct invocation_job *job = request->job;
	if (!job)
		return;
	job->request = NULL;
	job->deferral.left_ms = clock_mono_ms();
	if (job->is_ended)
		send_follow_up(job);
	job_release(job);
}

/* Keeps what an answered command tells of its guild and of the member who asked. */
static void see(struct invocation_job *job)
{
	const struct invocation *invocation = &job->invocation;
	const struct interaction *in = job->in;
	if (!in->in_guild || !invocation->command || job->is_apology)
		return;
	bool is_public = invocation->reply.kind == REPLY_MESSAGE && !invocation->reply.ephemeral;
	const struct guild_seen seen = {.guild = in->guild_id,
		.locale = in->guild_locale,
		.is_community = in->is_community,
		.reply_language =
			is_public ? text_language_code(invocation_public_language(invocation))
				  : NULL,
		.seen_ms = invocation->seen_ms,
		.channel = in->channel.id,
		.above = in->channel.parent_id,
		.in_thread = in->channel.type >= CHANNEL_NEWS_THREAD &&
			     in->channel.type <= CHANNEL_PRIVATE_THREAD};
	guilds_seen_tell(job->host->guilds_seen, &seen);
	/* The rows of the reply say it as of now; a reply without any knows what was said last. */
	if (invocation->wording.wants_members ||
		guilds_seen_wants_members(job->host->guilds_seen, &seen))
		members_seen_tell(job->host->members_seen, in, invocation->asker.seen_ms);
}

static void answer_inline(struct invocation_job *job, const struct content *content)
{
	struct host_request *request = job->request;
	metrics_add(METRIC_INTERACTIONS,
		job->is_apology ? INTERACTION_REFUSED : INTERACTION_ANSWERED, 1);
	metrics_observe_us(METRIC_INTERACTION_SECONDS, clock_mono_us() - request->arrived_us);
	request->job = NULL;
	job->request = NULL;
	request->answer(request->arg, STATUS_OK, content);
}

static void put_off(struct invocation_job *job);

/* Discord takes files by REST alone. Nothing of a file that finds no room is kept. */
static void prepare_file(struct invocation_job *job)
{
	const struct attachment *file = &job->invocation.reply.file;
	if (!file->content.bytes)
		return;
	if (!follow_ups_have_room(job->host->follow_ups, file->content.length)) {
		job->is_apology = true;
		invocation_apologise(&job->invocation, APOLOGY_AWAY);
	} else if (!job->is_deferred) {
		put_off(job);
	}
}

/* Replies: at once, or behind the deferral. */
static void job_end(struct invocation_job *job)
{
	prepare_file(job);
	loop_timer_cancel(job->host->loop, &job->timer);
	struct content content = render_whole(job);
	job->is_ended = true;
	see(job);
	if (!job->is_deferred)
		answer_inline(job, &content);
	else if (!job->request)
		send_follow_up(job);
	job_release(job);
}

static void job_apologise(struct invocation_job *job, enum apology apology, const char *why)
{
	static const char *const outcomes[] = {[APOLOGY_AWAY] = "away",
		[APOLOGY_UNSURE] = "unknown",
		[APOLOGY_FAULT] = "fault",
		[APOLOGY_REUSED] = "refused"};
	static const unsigned counted[] = {[APOLOGY_AWAY] = COMMAND_AWAY,
		[APOLOGY_UNSURE] = COMMAND_UNKNOWN,
		[APOLOGY_FAULT] = COMMAND_FAULT,
		[APOLOGY_REUSED] = COMMAND_REFUSED};
	bool complete = job->invocation.complete;
	log_end(job, complete ? "answered" : outcomes[apology], why,
		why && is_news(job->host, apology));
	count_command(job, complete ? COMMAND_ANSWERED : counted[apology]);
	job->is_apology = !complete;
	invocation_apologise(&job->invocation, apology);
	job_end(job);
}

/* ---- Steps */

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why);
static void ask_discord(struct invocation_job *job);

/* Does what a step asked for. */
static void job_step(struct invocation_job *job, enum step step)
{
	if (step == STEP_QUESTION) {
		ask_discord(job);
		return;
	}
	if (step != STEP_CALL) {
		bool refused = job->invocation.is_refused;
		log_end(job, refused ? "refused" : "answered", NULL, false);
		count_command(job, refused ? COMMAND_REFUSED : COMMAND_ANSWERED);
		job_end(job);
		return;
	}
	job->call.done = got_rows;
	job->call.arg = job;
	if (pool_submit(job->host->pool, &job->call))
		job_apologise(job, APOLOGY_AWAY, NULL);
}

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct invocation_job *job = arg;
	if (job->call.call.changes) /* DENIED: the id was used for another command */
		changes_count(status == STATUS_OK || status == STATUS_DENIED, clock_mono_ms());
	if (status == STATUS_OK)
		job_step(job, invocation_resume(&job->invocation, rows, &job->call.call));
	else if (status == STATUS_UNAVAILABLE)
		job_apologise(job, APOLOGY_AWAY, why);
	else if (status == STATUS_UNKNOWN)
		job_apologise(job, APOLOGY_UNSURE, why);
	else if (status == STATUS_DENIED)
		job_apologise(job, APOLOGY_REUSED, why);
	else
		job_apologise(job, APOLOGY_FAULT, why);
}

/* Takes the call back and says what can be said without its result. */
static void give_up(struct invocation_job *job, const char *why)
{
	bool asks = job->enquiry != NULL; /* between two calls */
	TALLOC_FREE(job->enquiry);
	bool sent = !asks && pool_cancel(job->host->pool, &job->call);
	bool may_have_happened = sent && job->call.call.changes;
	if (may_have_happened)
		changes_count(false, clock_mono_ms());
	job_apologise(job, may_have_happened ? APOLOGY_UNSURE : APOLOGY_AWAY, why);
}

static void gave_up(void *arg)
{
	give_up(arg, "no result in time");
}

/* Discord is kept waiting for the result. */
static void put_off(struct invocation_job *job)
{
	struct host *host = job->host;
	job->is_deferred = true;
	job->timer.fn = gave_up;
	loop_timer_set(host->loop, &job->timer, loop_now_ms(host->loop) + GIVE_UP_MS - DEFER_MS);
	job->deferral.reply = invocation_deferral(&job->invocation);
	metrics_add(METRIC_INTERACTIONS, INTERACTION_DEFERRED, 1);
	struct host_request *request = job->request;
	struct content content = reply_render(request->ctx, &job->deferral.reply);
	request->answer(request->arg, STATUS_OK, &content);
}

static void got_answers(void *arg)
{
	struct invocation_job *job = arg;
	job->enquiry = NULL; /* its answers live as long as the invocation */
	job_step(job, invocation_told(&job->invocation, &job->call.call));
}

static bool may_ask(struct host *host, const struct snowflake *guild)
{
	uint64_t time = strtoull(guild->text, NULL, 10) >> SNOWFLAKE_TIME_SHIFT;
	struct asker *asker = &host->askers[time % MAX_ASKERS];
	int64_t now = loop_now_ms(host->loop);
	if (now >= asker->until_ms)
		*asker = (struct asker){.until_ms = now + ENQUIRIES_MS};
	return asker->count++ < MAX_ENQUIRIES;
}

/* Discord's answer to us may take longer than ours to Discord: the member sees at once that
 * something is done. */
static void ask_discord(struct invocation_job *job)
{
	struct host *host = job->host;
	const struct invocation *invocation = &job->invocation;
	if (!host->enquiries || host->is_ending || !invocation_can_defer(invocation) ||
		!may_ask(host, &invocation->guild)) {
		job_step(job, invocation_told(&job->invocation, &job->call.call));
		return;
	}
	const struct enquiry_order order = {.loop = host->loop,
		.guild = invocation->guild,
		.self = *job->in->application_id.text ? job->in->application_id
						      : host->config->application_id,
		.questions = invocation->questions,
		.count = invocation->question_count,
		.done = got_answers,
		.arg = job};
	if (!job->is_deferred)
		put_off(job);
	job->enquiry = enquiry_start(invocation->ctx, host->enquiries, &order);
}

/* Two seconds have passed. Waiting on helps when the call is under way, not when there is no
 * database to make it. */
static void defer(void *arg)
{
	struct invocation_job *job = arg;
	struct host *host = job->host;
	bool never_sent = job->call.place == REQUEST_QUEUED && !job->call.maybe_done &&
			  job->call.conflicts == 0;
	if (!invocation_can_defer(&job->invocation) || job->invocation.complete ||
		(never_sent && pool_is_away(host->pool))) {
		give_up(job, "database away");
		return;
	}
	put_off(job);
}

void host_give_up(struct host *host)
{
	host->is_ending = true;
	guilds_seen_give_up(host->guilds_seen);
	members_seen_give_up(host->members_seen);
	struct invocation_job *job, *after;
	for (job = TAILQ_FIRST(&host->jobs); job; job = after) {
		after = TAILQ_NEXT(job, next);
		if (!job->is_ended)
			give_up(job, "the service is ending");
	}
}

/* ---- Starting */

/* When Discord sent what is signed for the second SIGNED_S. Its arrival says which millisecond of
 * that, so that it is later than an event of the same second that came before it; what comes late,
 * or is replayed, gets the last one. */
static int64_t sent_ms(int64_t signed_s)
{
	int64_t first = signed_s * 1000, last = first + 999, now = clock_wall_ms();
	return now < first ? first : now > last ? last : now;
}

static void job_start(
	struct host *host, void *ctx, const struct interaction *in, struct host_request *request)
{
	struct invocation_job *job = must(talloc_zero(ctx, struct invocation_job));
	job->host = host;
	job->request = request;
	job->in = in;
	job->timer = (struct timer){.fn = defer, .arg = job};
	request->job = job;
	TAILQ_INSERT_TAIL(&host->jobs, job, next);
	host->count++;
	loop_timer_set(host->loop, &job->timer, request->started_ms + DEFER_MS);
	const struct invocation_world world = {.draw = randombytes_uniform,
		.guilds = host->config->guilds,
		.guild_count = host->config->guild_count,
		.public_url = host->config->has_link_key ? host->config->public_url : NULL,
		.link_key = &host->link_key};
	enum step step = invocation_start(
		&job->invocation, ctx, in, sent_ms(request->signed_s), &world, &job->call.call);
	if (step == STEP_CALL && host->is_ending)
		job_apologise(job, APOLOGY_AWAY, "the service is ending");
	else
		job_step(job, step);
}

void host_take(struct host *host, struct host_request *request)
{
	void *ctx = job_memory();
	struct interaction *in;
	char *why;
	request->job = NULL;
	if (interaction_parse(ctx, request->bytes, request->length, &in, &why) != STATUS_OK) {
		metrics_add(METRIC_INTERACTIONS, INTERACTION_INVALID, 1);
		const struct content sentence = {why, strlen(why), NULL};
		request->answer(request->arg, STATUS_INVALID, &sentence);
		talloc_free(ctx);
	} else if (in->type == INTERACTION_PING) {
		const struct content pong = CONTENT_LITERAL("{\"type\":1}");
		request->answer(request->arg, STATUS_OK, &pong);
		talloc_free(ctx);
	} else {
		job_start(host, ctx, in, request);
	}
}

unsigned host_pending(const struct host *host)
{
	return host->count + guilds_seen_pending(host->guilds_seen) +
	       members_seen_pending(host->members_seen);
}

struct host *host_create(struct loop *loop, struct pool *pool, struct follow_ups *follow_ups,
	struct enquiries *enquiries, const struct config *config)
{
	struct host *host = must(talloc_zero(NULL, struct host));
	host->loop = loop;
	host->pool = pool;
	host->follow_ups = follow_ups;
	host->enquiries = enquiries;
	host->config = config;
	memcpy(host->link_key.bytes, config->link_key, sizeof(host->link_key.bytes));
	host->guilds_seen = guilds_seen_create(host, loop, pool);
	host->members_seen = members_seen_create(host, loop, pool);
	TAILQ_INIT(&host->jobs);
	return host;
}

void host_destroy(struct host **handle)
{
	TALLOC_FREE(*handle);
}
