/* The thread that makes database connections. */
#include "besace/store/connector.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/backoff.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"
#include "besace/store/build.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/pooler.h"
#include "besace/store/query.h"
#include "wording_column.h"

/* A server that is back is noticed within a second: the longest delay plus the attempt itself. */
#define BACKOFF_FIRST_MS 50
#define BACKOFF_CAP_MS 600

/* After a connection was made, others follow at once; an attempt that takes longer than this will
 * probably fail. */
#define READY_MS 1000

/* How often the use of this build's routines is noted, and unused ones are looked for. */
#define CARE_EVERY_MS (10 * 60 * 1000)

struct connect_job {
	struct loop *loop;
	connector_got_fn *got;
	void *arg;
	PGconn *conn; /* once made */
	STAILQ_ENTRY(connect_job) next;
};

struct connector {
	char *url;
	bool migrate;
	connector_state_fn *told;
	connector_first_fn *first; /* NULL once it has run: only the thread looks */
	bool has_sessions; /* no pooler shares them; only the thread looks */
	void *arg;
	pthread_t thread;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	bool ending;
	bool has_ended; /* the thread touches nothing any more */
	bool joined;
	STAILQ_HEAD(, connect_job) jobs;
	const struct loop *served; /* the last loop that got a connection */
	int64_t ready_ms; /* when the last one was made */
	enum db_state state;
	char *why;
};

static void set_state(struct connector *connector, enum db_state state, const char *why)
{
	pthread_mutex_lock(&connector->lock);
	bool is_news = state != connector->state ||
		       (why && connector->why && strcmp(why, connector->why) != 0);
	connector->state = state;
	if (state == DB_READY)
		connector->ready_ms = clock_mono_ms();
	talloc_free(connector->why);
	connector->why = why ? must(talloc_strdup(connector, why)) : NULL;
	pthread_cond_broadcast(&connector->changed);
	pthread_mutex_unlock(&connector->lock);
	if (is_news)
		connector->told(connector->arg, state, why);
}

static void tell_step(void *arg, const char *name)
{
	struct connector *connector = arg;
	connector->told(connector->arg, DB_STARTING, name);
}

/* Migrations have a connection of their own: their statements may take longer than a member's. */
static enum status migrate(struct connector *connector, void *ctx, char **out_why)
{
	PGconn *conn;
	enum status status = db_connect(ctx, connector->url, true, &conn, out_why);
	if (status)
		return status;
	status = migrate_apply(ctx, conn, tell_step, connector, out_why);
	PQfinish(conn);
	return status;
}

/* What is pending is applied, if that is this program's to do and the role may. */
static bool bring_up(struct connector *connector, void *ctx, PGconn *conn, char *why)
{
	bool may = false;
	if (connector->migrate && migrate_may(ctx, conn, &may, &why)) {
		set_state(connector, DB_AWAY, why);
		return false;
	}
	if (!may) {
		set_state(connector, DB_BEHIND, why);
		return false;
	}
	enum status status = migrate(connector, ctx, &why);
	if (status)
		set_state(connector, status == STATUS_UNKNOWN ? DB_AWAY : DB_REFUSED, why);
	return !status;
}

/* Whether connections are sessions. Until one was found to be, each is looked at: a pooler is not
 * put in between while the service runs, and if it is, its restart says so. */
static bool settle_sessions(struct connector *connector, void *ctx, PGconn *conn)
{
	char *why = NULL;
	if (connector->has_sessions)
		return true;
	enum status status = pooler_look(ctx, conn, connector->url, &why);
	if (status)
		set_state(connector, status == STATUS_DENIED ? DB_POOLED : DB_AWAY, why);
	connector->has_sessions = !status;
	return !status;
}

/* Whether the schema is, or has been brought, to what this program needs. */
static bool settle_schema(struct connector *connector, void *ctx, PGconn *conn)
{
	enum schema schema;
	char *why = NULL;
	if (migrate_look(ctx, conn, &schema, &why))
		set_state(connector, DB_AWAY, why);
	else if (schema == SCHEMA_REFUSED)
		set_state(connector, DB_REFUSED, why);
	else if (schema == SCHEMA_CURRENT || bring_up(connector, ctx, conn, why))
		return true;
	return false;
}

/* What is wrong with the columns of a prepared statement, or NULL. */
static char *columns_fault(void *ctx, const struct query_text *query, const PGresult *described)
{
	const struct db_shape *shape = query->shape;
	if (shape == &shape_none)
		return NULL;
	if (PQnfields(described) != (int)shape->count && !wording_is_last(described, shape->count))
		return must(talloc_asprintf(ctx, "query %s has %d columns, %s %zu", query->name,
			PQnfields(described), shape->name, shape->count));
	for (int i = 0; i < (int)shape->count; i++) {
		const struct db_field *field = &shape->fields[i];
		if (strcmp(PQfname(described, i), field->name) != 0)
			return must(talloc_asprintf(ctx,
				"query %s: column %d is called %s, %s calls it %s", query->name,
				i + 1, PQfname(described, i), shape->name, field->name));
		if (!query_column_fits(field->type, PQftype(described, i)))
			return must(talloc_asprintf(ctx, "query %s: column %s is not %s",
				query->name, field->name, db_type_name(field->type)));
	}
	return NULL;
}

/* Asks for all statements and their columns without waiting for answers: one at a time, each would
 * take its way to the server and back twice. Each is a transaction of its own, and holds no lock
 * when the next one waits for one. */
static bool ask_for_all(PGconn *conn)
{
	bool good = PQenterPipelineMode(conn) == 1;
	for (int i = 0; good && i < QUERY_COUNT; i++) {
		const struct query_text *query = &queries()[i];
		good = PQsendPrepare(conn, query->name, query->sql, query->param_count,
			       query->oids) == 1 &&
		       PQsendDescribePrepared(conn, query->name) == 1 && PQpipelineSync(conn) == 1;
	}
	return good;
}

/* Takes the next answer of the pipeline, which belongs to the caller, and what says that it was all
 * of it. */
static PGresult *take_answer(PGconn *conn)
{
	PGresult *result = PQgetResult(conn);
	if (PQresultStatus(result) == PGRES_COMMAND_OK)
		PQclear(PQgetResult(conn));
	return result;
}

/* Takes what the server says of QUERY and compares its columns. False with the state set. */
static bool take_prepared(
	struct connector *connector, void *ctx, PGconn *conn, const struct query_text *query)
{
	PGresult *result = take_answer(conn);
	bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQclear(result);
	result = good ? take_answer(conn) : NULL;
	good = PQresultStatus(result) == PGRES_COMMAND_OK;
	char *fault = good ? columns_fault(ctx, query, result) : NULL;
	PQclear(result);
	result = good ? PQgetResult(conn) : NULL;
	good = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
	PQclear(result);
	if (fault)
		set_state(connector, DB_REFUSED, fault);
	else if (!good)
		set_state(connector, DB_AWAY, db_error(ctx, PQerrorMessage(conn)));
	return good && !fault;
}

static bool prepare_all(struct connector *connector, void *ctx, PGconn *conn)
{
	char *why;
	if (build_enter(ctx, conn, &why)) {
		set_state(connector, DB_AWAY, why);
		return false;
	}
	if (!ask_for_all(conn)) {
		set_state(connector, DB_AWAY, db_error(ctx, PQerrorMessage(conn)));
		return false;
	}
	for (int i = 0; i < QUERY_COUNT; i++)
		if (!take_prepared(connector, ctx, conn, &queries()[i]))
			return false;
	if (PQexitPipelineMode(conn) != 1) {
		set_state(connector, DB_AWAY, db_error(ctx, PQerrorMessage(conn)));
		return false;
	}
	if (connector->first && connector->first(connector->arg, ctx, conn, &why)) {
		set_state(connector, DB_AWAY, why);
		return false;
	}
	connector->first = NULL;
	return PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn) == 1;
}

static PGconn *attempt(struct connector *connector)
{
	void *ctx = must(talloc_new(NULL));
	PGconn *conn = NULL;
	char *why = NULL;
	if (db_connect(ctx, connector->url, false, &conn, &why))
		set_state(connector, DB_AWAY, why);
	else if (!settle_sessions(connector, ctx, conn) || !settle_schema(connector, ctx, conn) ||
		 !prepare_all(connector, ctx, conn)) {
		PQfinish(conn);
		conn = NULL;
	}
	talloc_free(ctx);
	if (conn)
		set_state(connector, DB_READY, NULL);
	return conn;
}

static void tell_dropped(void *arg, const char *schema)
{
	(void)arg;
	log_info(LOG_TEXT("routines of an unused build dropped"), LOG_STR("schema", schema));
}

/* Says that this build is in use, and drops those that are not. What fails is tried again soon. No
 * commit waits for a standby: connections would not be made meanwhile, and what is lost with the
 * primary is done again by the next turn. */
static void care(const struct connector *connector)
{
	void *ctx = must(talloc_new(NULL));
	PGconn *conn = NULL;
	char *why = NULL;
	enum status status = db_connect(ctx, connector->url, true, &conn, &why);
	if (!status)
		status = db_exec(ctx, conn, "SET synchronous_commit = local", NULL, &why);
	if (!status)
		status = build_note_use(ctx, conn, &why);
	if (!status)
		status = build_sweep(ctx, conn, tell_dropped, NULL, &why);
	if (status)
		log_warn(LOG_TEXT("builds not looked after"), LOG_STR("why", why));
	PQfinish(conn);
	talloc_free(ctx);
}

/* In the loop's thread. */
static void deliver(void *arg)
{
	struct connect_job *job = arg;
	job->got(job->arg, job->conn);
	free(job);
}

/* Waits for DELAY_MS, or less when the connector ends. The lock is held. */
static void pause_for(struct connector *connector, int64_t delay_ms)
{
	struct timespec until = clock_deadline(delay_ms);
	while (!connector->ending &&
		pthread_cond_timedwait(&connector->changed, &connector->lock, &until) == 0)
		;
}

/* Nobody wants a connection. Waits for somebody who does, or looks after builds when it is time for
 * that: first as soon as the database has answered. The lock is held, but while looking. */
static void rest(struct connector *connector, int64_t *care_at_ms)
{
	int64_t now = clock_mono_ms();
	if (connector->state != DB_READY) {
		pthread_cond_wait(&connector->changed, &connector->lock);
		return;
	}
	if (now < *care_at_ms) {
		struct timespec until = clock_deadline(*care_at_ms - now);
		pthread_cond_timedwait(&connector->changed, &connector->lock, &until);
		return;
	}
	*care_at_ms = now + CARE_EVERY_MS;
	pthread_mutex_unlock(&connector->lock);
	care(connector);
	pthread_mutex_lock(&connector->lock);
}

/* The oldest job of another loop than the last one served, or else the oldest. The lock is held. */
static struct connect_job *next_job(const struct connector *connector)
{
	struct connect_job *job;
	STAILQ_FOREACH(job, &connector->jobs, next)
	if (job->loop != connector->served)
		return job;
	return STAILQ_FIRST(&connector->jobs);
}

static void *connector_run(void *arg)
{
	struct connector *connector = arg;
	struct backoff backoff = {BACKOFF_FIRST_MS, BACKOFF_CAP_MS, 0};
	int64_t care_at_ms = 0;
	pthread_mutex_lock(&connector->lock);
	while (!connector->ending) {
		if (STAILQ_EMPTY(&connector->jobs)) {
			rest(connector, &care_at_ms);
			continue;
		}
		pthread_mutex_unlock(&connector->lock);
		PGconn *conn = attempt(connector);
		pthread_mutex_lock(&connector->lock);
		if (!conn) {
			pause_for(connector, backoff_next_ms(&backoff));
			continue;
		}
		backoff_reset(&backoff);
		struct connect_job *job = next_job(connector);
		STAILQ_REMOVE(&connector->jobs, job, connect_job, next);
		connector->served = job->loop;
		job->conn = conn;
		loop_post(job->loop, deliver, job);
	}
	connector->has_ended = true;
	pthread_cond_broadcast(&connector->changed);
	pthread_mutex_unlock(&connector->lock);
	return NULL;
}

struct connector *connector_create(const struct connector_options *options)
{
	struct connector *connector = must(talloc_zero(NULL, struct connector));
	connector->url = must(talloc_strdup(connector, options->url));
	connector->migrate = options->migrate;
	connector->told = options->told;
	connector->first = options->first;
	connector->arg = options->arg;
	STAILQ_INIT(&connector->jobs);
	pthread_mutex_init(&connector->lock, NULL);
	clock_cond_init(&connector->changed);
	if (pthread_create(&connector->thread, NULL, connector_run, connector) != 0) {
		talloc_free(connector);
		return NULL;
	}
	return connector;
}

enum db_state connector_wait(struct connector *connector, int64_t max_ms)
{
	struct timespec until = clock_deadline(max_ms);
	pthread_mutex_lock(&connector->lock);
	while (connector->state == DB_STARTING &&
		pthread_cond_timedwait(&connector->changed, &connector->lock, &until) == 0)
		;
	enum db_state state = connector->state;
	pthread_mutex_unlock(&connector->lock);
	return state;
}

enum db_state connector_state(struct connector *connector, void *ctx, char **out_why)
{
	pthread_mutex_lock(&connector->lock);
	enum db_state state = connector->state;
	*out_why = connector->why ? must(talloc_strdup(ctx, connector->why)) : NULL;
	pthread_mutex_unlock(&connector->lock);
	return state;
}

bool connector_is_ready(struct connector *connector)
{
	pthread_mutex_lock(&connector->lock);
	bool ready =
		connector->state == DB_READY && clock_mono_ms() - connector->ready_ms < READY_MS;
	pthread_mutex_unlock(&connector->lock);
	return ready;
}

void connector_want(
	struct connector *connector, struct loop *loop, connector_got_fn *got, void *arg)
{
	struct connect_job *job = must(calloc(1, sizeof(*job)));
	*job = (struct connect_job){.loop = loop, .got = got, .arg = arg};
	pthread_mutex_lock(&connector->lock);
	STAILQ_INSERT_TAIL(&connector->jobs, job, next);
	pthread_cond_broadcast(&connector->changed);
	pthread_mutex_unlock(&connector->lock);
}

static void ask_to_end(struct connector *connector)
{
	pthread_mutex_lock(&connector->lock);
	connector->ending = true;
	pthread_cond_broadcast(&connector->changed);
	pthread_mutex_unlock(&connector->lock);
}

/* By a condition, and then a plain join: ThreadSanitizer does not know pthread_clockjoin_np, and
 * would see none of what happened before it. */
bool connector_stop(struct connector *connector, int64_t max_ms)
{
	struct timespec until = clock_deadline(max_ms);
	ask_to_end(connector);
	pthread_mutex_lock(&connector->lock);
	while (!connector->has_ended &&
		pthread_cond_timedwait(&connector->changed, &connector->lock, &until) == 0)
		;
	bool has_ended = connector->has_ended;
	pthread_mutex_unlock(&connector->lock);
	connector->joined =
		connector->joined || (has_ended && pthread_join(connector->thread, NULL) == 0);
	return connector->joined;
}

void connector_destroy(struct connector **handle)
{
	struct connector *connector = *handle;
	if (!connector)
		return;
	ask_to_end(connector);
	if (!connector->joined)
		pthread_join(connector->thread, NULL);
	struct connect_job *job;
	while ((job = STAILQ_FIRST(&connector->jobs))) {
		STAILQ_REMOVE_HEAD(&connector->jobs, next);
		free(job);
	}
	pthread_cond_destroy(&connector->changed);
	pthread_mutex_destroy(&connector->lock);
	talloc_free(connector);
	*handle = NULL;
}
