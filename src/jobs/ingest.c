/* The thread that takes in batches. */
#include "besace/jobs/ingest.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "batch.h"
#include "besace/base/memory.h"
#include "besace/jobs/changes.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/store/pool.h"
#include "intake.h"

/* Sources whose clock was warned of are remembered up to this number; nobody has more shards. */
#define WARNED_MAX 1024

/* A job at work. It is a context of its own: everything the batch needs lives on it. */
struct ingest_work {
	struct ingest *ingest;
	struct ingest_job *job;
	struct batch batch;
	struct intake intake;
	struct pool_request request;
	struct timer timer; /* giving up */
	TAILQ_ENTRY(ingest_work) next;
};

struct ingest {
	struct loop *loop;
	struct pool *pool;
	const struct config *config;
	pthread_t thread;
	TAILQ_HEAD(, ingest_job) arrived; /* not read yet */
	TAILQ_HEAD(, ingest_work) works;
	char *warned[WARNED_MAX]; /* sources */
	size_t warned_count;
};

static void log_trouble(const struct ingest_work *work, const char *why)
{
	log_error(LOG_TEXT("batch"), LOG_STR("source", work->batch.source),
		LOG_INT("events", (int64_t)work->batch.count), LOG_STR("why", why));
}

/* ---- Ending. The job is its owner's again as soon as it is posted. */

static void hand_back(struct ingest_job *job, enum ingest_outcome outcome, char *text)
{
	job->outcome = outcome;
	job->text = text;
	if (outcome != INGEST_UNSIGNED && outcome != INGEST_MALFORMED)
		changes_count(outcome == INGEST_TAKEN, clock_mono_ms());
	loop_post(job->home, job->done, job->arg);
}

static void work_end(struct ingest_work *work, enum ingest_outcome outcome, char *text)
{
	struct ingest_job *job = work->job;
	loop_timer_cancel(work->ingest->loop, &work->timer);
	TAILQ_REMOVE(&work->ingest->works, work, next);
	talloc_free(work);
	hand_back(job, outcome, text);
}

/* The batch counts if it was applied; else the shim keeps it. What is left to settle is done by
 * a periodic job. */
static void end_early(struct ingest_work *work, enum ingest_outcome outcome)
{
	bool applied = intake_is_applied(&work->intake);
	work_end(work, applied ? INGEST_TAKEN : outcome,
		applied ? intake_answer(&work->intake, NULL) : NULL);
}

static void give_up(void *arg)
{
	struct ingest_work *work = arg;
	(void)pool_cancel(work->ingest->pool, &work->request);
	end_early(work, INGEST_AWAY);
}

/* ---- Taking in */

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why);

static void work_step(struct ingest_work *work, enum intake_step step)
{
	switch (step) {
	case INTAKE_CALL:
		work->request.done = got_rows;
		work->request.arg = work;
		if (pool_submit(work->ingest->pool, &work->request))
			end_early(work, INGEST_AWAY);
		break;
	case INTAKE_DONE:
		work_end(work, INGEST_TAKEN, intake_answer(&work->intake, NULL));
		break;
	case INTAKE_BROKEN:
		log_trouble(work, "the rows make no sense");
		end_early(work, INGEST_FAILED);
		break;
	}
}

static void got_rows(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct ingest_work *work = arg;
	if (status == STATUS_OK) {
		work_step(work, intake_resume(&work->intake, rows, &work->request.call));
	} else if (status == STATUS_UNAVAILABLE || status == STATUS_UNKNOWN) {
		end_early(work, INGEST_AWAY);
	} else {
		log_trouble(work, why);
		end_early(work, INGEST_FAILED);
	}
}

/* One line a source whose clock runs ahead of the one that signs its batches. */
static void warn_of_clock(struct ingest *ingest, const struct batch *batch)
{
	if (batch->ahead_ms <= 0 || ingest->warned_count == WARNED_MAX)
		return;
	for (size_t i = 0; i < ingest->warned_count; i++)
		if (strcmp(ingest->warned[i], batch->source) == 0)
			return;
	ingest->warned[ingest->warned_count++] = must(talloc_strdup(ingest, batch->source));
	log_warn(LOG_TEXT("the clock of a shim is ahead of the signature of its batch"),
		LOG_STR("source", batch->source), LOG_INT("ahead_ms", batch->ahead_ms));
}

static enum status parse(struct ingest *ingest, struct ingest_work *work,
	const struct ingest_job *job, char **out_why)
{
	const struct batch_terms terms = {.now_ms = clock_wall_ms(),
		.signed_ms = job->signed_s * 1000 + 999,
		.source = job->source,
		.guilds = ingest->config->guilds,
		.guild_count = ingest->config->guild_count,
		.draw = randombytes_uniform};
	return batch_parse(
		work, (const char *)job->body, job->length, &terms, &work->batch, out_why);
}

static bool is_signed(struct ingest_job *job)
{
	job->verdict = signature_check(job->key, 1, job->signature, job->timestamp, job->body,
		job->length, job->arrived_s, job->skew_s);
	return job->verdict == SIGNATURE_GOOD;
}

static void take(struct ingest *ingest, struct ingest_job *job)
{
	if (!is_signed(job)) {
		hand_back(job, INGEST_UNSIGNED, NULL);
		return;
	}
	struct ingest_work *work = must(talloc_zero(NULL, struct ingest_work));
	char *why;
	enum status status = parse(ingest, work, job, &why);
	if (status) {
		char *text = talloc_steal(NULL, why);
		talloc_free(work);
		hand_back(job, status == STATUS_DENIED ? INGEST_DENIED : INGEST_MALFORMED, text);
		return;
	}
	warn_of_clock(ingest, &work->batch);
	work->ingest = ingest;
	work->job = job;
	work->timer = (struct timer){.fn = give_up, .arg = work};
	TAILQ_INSERT_TAIL(&ingest->works, work, next);
	loop_timer_set(ingest->loop, &work->timer, loop_now_ms(ingest->loop) + INGEST_GIVE_UP_MS);
	work_step(work, intake_start(&work->intake, work, &work->batch, &work->request.call));
}

static void arrive(void *arg)
{
	struct ingest_job *job = arg;
	TAILQ_INSERT_TAIL(&job->ingest->arrived, job, next);
}

void ingest_submit(struct ingest *ingest, struct ingest_job *job)
{
	job->ingest = ingest;
	job->text = NULL;
	loop_post(ingest->loop, arrive, job);
}

struct giving_up {
	struct ingest *ingest;
	const struct loop *home;
};

static void give_up_home(void *arg)
{
	struct giving_up *what = arg;
	struct ingest_job *job, *job_after;
	for (job = TAILQ_FIRST(&what->ingest->arrived); job; job = job_after) {
		job_after = TAILQ_NEXT(job, next);
		if (job->home != what->home)
			continue;
		TAILQ_REMOVE(&what->ingest->arrived, job, next);
		hand_back(job, INGEST_AWAY, NULL);
	}
	struct ingest_work *work, *after;
	for (work = TAILQ_FIRST(&what->ingest->works); work; work = after) {
		after = TAILQ_NEXT(work, next);
		if (work->job->home == what->home)
			give_up(work);
	}
	free(what);
}

struct loop *ingest_loop(struct ingest *ingest)
{
	return ingest->loop;
}

void ingest_give_up(struct ingest *ingest, struct loop *home)
{
	struct giving_up *what = must(malloc(sizeof(*what)));
	*what = (struct giving_up){ingest, home};
	loop_post(ingest->loop, give_up_home, what);
}

/* ---- The thread */

/* Reads one batch a turn: what PostgreSQL has answered meanwhile goes first, so that it is never
 * left without work for longer than that. */
static int64_t turn(void *arg)
{
	struct ingest *ingest = arg;
	pool_pump(ingest->pool);
	struct ingest_job *job = TAILQ_FIRST(&ingest->arrived);
	if (job) {
		TAILQ_REMOVE(&ingest->arrived, job, next);
		take(ingest, job);
		pool_pump(ingest->pool);
	}
	return TAILQ_EMPTY(&ingest->arrived) ? -1 : 0;
}

static void *run(void *arg)
{
	struct ingest *ingest = arg;
	loop_run(ingest->loop);
	return NULL;
}

struct ingest *ingest_create(
	struct connector *connector, unsigned connections, const struct config *config)
{
	struct loop *loop = loop_create();
	if (!loop)
		return NULL;
	struct ingest *ingest = must(talloc_zero(NULL, struct ingest));
	ingest->loop = loop;
	ingest->config = config;
	ingest->pool = pool_create(loop, connector, connections, 0);
	TAILQ_INIT(&ingest->arrived);
	TAILQ_INIT(&ingest->works);
	loop_set_turn(loop, turn, ingest);
	if (pthread_create(&ingest->thread, NULL, run, ingest) != 0)
		abort(); /* no thread at start: the machine is out of everything */
	return ingest;
}

static void stop(void *arg)
{
	loop_stop(arg);
}

void ingest_stop(struct ingest *ingest)
{
	if (!ingest)
		return;
	loop_post(ingest->loop, stop, ingest->loop);
	pthread_join(ingest->thread, NULL);
}

void ingest_destroy(struct ingest **handle)
{
	struct ingest *ingest = *handle;
	if (!ingest)
		return;
	loop_run_posted(ingest->loop);
	pool_destroy(&ingest->pool);
	loop_destroy(&ingest->loop);
	talloc_free(ingest);
	*handle = NULL;
}
