/* The connector: what a connection has been through before a loop gets it, and what is said when
 * none can be had. The server, the migrations and the loops are stand-ins; the thread is a real
 * one. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "besace/base/memory.h"
#include "besace/runtime/backoff.h"
#include "besace/store/build.h"
#include "besace/store/connector.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/pooler.h"
#include "besace/store/query.h"

/* Nothing here takes long; only what hangs takes this long. */
#define DEADLINE_MS 60000

#define MAX_DELIVERED 8
#define MAX_TOLD 16

/* What stands in for libpq's. */
struct pg_conn {
	bool open, is_long, nonblocking, pipelined, entered, waits_for_none;
	int prepared, synced;
	size_t answered, breaks_at; /* 0: it does not */
};
struct pg_result {
	const struct query_text *described; /* NULL: of another command */
	bool is_sync;
};

static struct scene {
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	/* The server. */
	bool is_held; /* attempts wait */
	unsigned failures; /* attempts that fail from now on */
	const char *why; /* with this sentence */
	unsigned attempts, open; /* for loops; others are made with long statements */
	unsigned connects; /* all of them */
	unsigned held; /* attempts that wait */
	bool pooled; /* a pooler shares sessions */
	enum schema schema;
	bool may;
	enum status migrated; /* what migrate_apply returns */
	unsigned migrations;
	enum { COLUMNS_FIT, ONE_TOO_FEW, ANOTHER_NAME, ANOTHER_TYPE } columns;
	unsigned breaks; /* attempts that break while statements are prepared, the first latest */
	unsigned first_failures, firsts;
	unsigned failed_before; /* attempts, when a wait began */
	unsigned cared;
	bool cared_too_early;
	/* What the connector said and did. */
	enum db_state told[MAX_TOLD];
	char sentence[256]; /* with the last one */
	unsigned told_count;
	struct delivery {
		struct loop *loop;
		task_fn *fn;
		void *arg;
	} delivered[MAX_DELIVERED];
	unsigned delivered_count;
	struct connector *connector;
} scene;

static struct pg_conn conns[64];

static void hold(void)
{
	pthread_mutex_lock(&scene.lock);
}

static void let_go(void)
{
	pthread_cond_broadcast(&scene.changed);
	pthread_mutex_unlock(&scene.lock);
}

/* ---- The server */

enum status db_connect(
	void *ctx, const char *url, bool long_statements, PGconn **out, char **out_why)
{
	enum status status = STATUS_OK;
	hold();
	scene.cared_too_early |= long_statements && scene.migrations == 0 && !scene.may &&
				 scene.delivered_count == 0;
	scene.held++;
	pthread_cond_broadcast(&scene.changed);
	while (scene.is_held)
		pthread_cond_wait(&scene.changed, &scene.lock);
	scene.held--;
	assert_string_equal(url, "postgresql://test");
	struct pg_conn *conn = &conns[scene.connects++ % ARRAY_LEN(conns)];
	scene.attempts += !long_statements;
	if (scene.failures > 0 && !long_statements) {
		scene.failures--;
		*out_why = talloc_strdup(ctx, scene.why);
		status = STATUS_UNAVAILABLE;
	} else {
		*conn = (struct pg_conn){.open = true, .is_long = long_statements};
		if (scene.breaks > 0 && !long_statements)
			conn->breaks_at = 2 * scene.breaks-- - 1;
		scene.open += !long_statements;
		*out = conn;
	}
	let_go();
	return status;
}

void PQfinish(PGconn *conn)
{
	hold();
	scene.open -= conn && conn->open && !conn->is_long;
	if (conn)
		conn->open = false;
	let_go();
}

enum status pooler_look(void *ctx, PGconn *conn, const char *url, char **out_why)
{
	(void)conn, (void)url;
	if (scene.pooled)
		*out_why = talloc_strdup(ctx, POOLER_FAULT);
	return scene.pooled ? STATUS_DENIED : STATUS_OK;
}

enum status migrate_look(void *ctx, PGconn *conn, enum schema *out, char **out_why)
{
	(void)conn;
	*out = scene.schema;
	*out_why = talloc_strdup(ctx, "the schema is another one");
	return STATUS_OK;
}

enum status migrate_may(void *ctx, PGconn *conn, bool *out, char **out_why)
{
	(void)ctx, (void)conn, (void)out_why;
	*out = scene.may;
	return STATUS_OK;
}

enum status migrate_apply(void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why)
{
	(void)conn;
	scene.migrations++;
	step(arg, "0001_tables");
	*out_why = talloc_strdup(ctx, "the migration says no");
	return scene.migrated;
}

enum status build_enter(void *ctx, PGconn *conn, char **out_why)
{
	(void)ctx, (void)out_why;
	conn->entered = true;
	return STATUS_OK;
}

/* Only housekeeping says something to the server before it begins. */
enum status db_exec(void *ctx, PGconn *conn, const char *sql, PGresult **out_result, char **out_why)
{
	(void)ctx, (void)out_result, (void)out_why;
	assert_string_equal(sql, "SET synchronous_commit = local");
	conn->waits_for_none = true;
	return STATUS_OK;
}

enum status build_note_use(void *ctx, PGconn *conn, char **out_why)
{
	(void)ctx, (void)out_why;
	assert_true(conn->waits_for_none);
	return STATUS_OK;
}

enum status build_sweep(
	void *ctx, PGconn *conn, build_dropped_fn *dropped, void *arg, char **out_why)
{
	(void)ctx, (void)conn, (void)out_why;
	dropped(arg, "besace_r_0123456789ab");
	hold();
	scene.cared++;
	let_go();
	return STATUS_OK;
}

int PQsendPrepare(PGconn *conn, const char *name, const char *sql, int count, const Oid *types)
{
	(void)sql, (void)count, (void)types;
	assert_true(conn->entered && conn->pipelined);
	assert_true(conn->prepared < QUERY_COUNT && conn->synced == conn->prepared);
	assert_string_equal(name, queries()[conn->prepared++].name);
	return 1;
}

int PQsendDescribePrepared(PGconn *conn, const char *name)
{
	assert_int_equal(conn->synced, conn->prepared - 1);
	assert_string_equal(name, queries()[conn->synced].name);
	return 1;
}

int PQpipelineSync(PGconn *conn)
{
	conn->synced++;
	return 1;
}

/* For each statement: that it is prepared, its columns, each with its end, and the Sync. */
PGresult *PQgetResult(PGconn *conn)
{
	static struct pg_result prepared, described, sync = {.is_sync = true};
	static struct pg_result *const answers[] = {&prepared, NULL, &described, NULL, &sync};
	size_t number = conn->answered++, place = number % ARRAY_LEN(answers);
	assert_true(number < (size_t)conn->synced * ARRAY_LEN(answers));
	if (conn->breaks_at == conn->answered)
		return NULL;
	described.described = &queries()[number / ARRAY_LEN(answers)];
	return answers[place];
}

int PQexitPipelineMode(PGconn *conn)
{
	assert_int_equal(conn->answered, QUERY_COUNT * 5); /* else it refuses */
	conn->pipelined = false;
	return 1;
}

ExecStatusType PQresultStatus(const PGresult *result)
{
	if (!result)
		return PGRES_FATAL_ERROR;
	return result->is_sync ? PGRES_PIPELINE_SYNC : PGRES_COMMAND_OK;
}

void PQclear(PGresult *result)
{
	(void)result;
}

int PQnfields(const PGresult *result)
{
	return (int)result->described->shape->count - (scene.columns == ONE_TOO_FEW);
}

char *PQfname(const PGresult *result, int column)
{
	const char *name = result->described->shape->fields[column].name;
	return (char *)(scene.columns == ANOTHER_NAME ? "another" : name);
}

Oid PQftype(const PGresult *result, int column)
{
	enum db_type type = result->described->shape->fields[column].type;
	for (Oid oid = 16; oid < 4096; oid++)
		if (query_column_fits(type, oid) == (scene.columns != ANOTHER_TYPE))
			return oid;
	return 0;
}

int PQsetnonblocking(PGconn *conn, int on)
{
	conn->nonblocking = on;
	return 0;
}

int PQenterPipelineMode(PGconn *conn)
{
	conn->pipelined = true;
	return 1;
}

char *PQerrorMessage(const PGconn *conn)
{
	(void)conn;
	return (char *)"";
}

void loop_post(struct loop *loop, task_fn *fn, void *arg)
{
	hold();
	assert_true(scene.delivered_count < MAX_DELIVERED);
	scene.delivered[scene.delivered_count++] = (struct delivery){loop, fn, arg};
	let_go();
}

/* ---- What the tests do with it */

/* The waits between attempts, which are short here. */
int64_t backoff_next_ms(struct backoff *backoff)
{
	hold();
	scene.failed_before = backoff->tries++;
	let_go();
	return 20;
}

void backoff_reset(struct backoff *backoff)
{
	backoff->tries = 0;
}

static void told(void *arg, enum db_state state, const char *why)
{
	assert_ptr_equal(arg, &scene);
	hold();
	if (scene.told_count < MAX_TOLD)
		scene.told[scene.told_count++] = state;
	snprintf(scene.sentence, sizeof(scene.sentence), "%s", why ? why : "");
	let_go();
}

static enum status first(void *arg, void *ctx, PGconn *conn, char **out_why)
{
	assert_ptr_equal(arg, &scene);
	assert_true(conn->entered);
	scene.firsts++;
	if (scene.first_failures == 0)
		return STATUS_OK;
	scene.first_failures--;
	*out_why = talloc_strdup(ctx, "the first look fails");
	return STATUS_FAILED;
}

static void got(void *arg, PGconn *conn)
{
	*(PGconn **)arg = conn;
}

static void open_connector(bool migrate)
{
	const struct connector_options options = {.url = "postgresql://test",
		.migrate = migrate,
		.told = told,
		.first = first,
		.arg = &scene};
	scene.connector = connector_create(&options);
	assert_non_null(scene.connector);
}

static int open_scene(void **state)
{
	memset(&scene, 0, sizeof(scene));
	pthread_mutex_init(&scene.lock, NULL);
	pthread_cond_init(&scene.changed, NULL);
	scene.why = "nobody listens there";
	return unit_open(state);
}

static int close_scene(void **state)
{
	hold();
	scene.is_held = false;
	let_go();
	connector_destroy(&scene.connector);
	pthread_cond_destroy(&scene.changed);
	pthread_mutex_destroy(&scene.lock);
	return unit_close(state);
}

/* Waits until the test's words are true, under the lock. */
#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		hold();                                                                            \
		while (!(condition))                                                               \
			pthread_cond_wait(&scene.changed, &scene.lock);                            \
		let_go();                                                                          \
	} while (0)

/* Asks for a connection for LOOP and waits until it is on its way. */
static PGconn *want(int *loop)
{
	static PGconn *conn;
	unsigned before = scene.delivered_count;
	connector_want(scene.connector, (struct loop *)loop, got, &conn);
	UNTIL(scene.delivered_count > before);
	const struct delivery *delivery = &scene.delivered[before];
	assert_ptr_equal(delivery->loop, loop);
	delivery->fn(delivery->arg);
	return conn;
}

static int loop_a, loop_b;

static void connector_want_gives_a_connection_that_is_ready_to_use(void **state)
{
	char *why;
	open_connector(false);
	PGconn *conn = want(&loop_a);
	assert_true(conn->open && conn->entered && conn->nonblocking && conn->pipelined);
	assert_int_equal(conn->prepared, QUERY_COUNT);
	assert_int_equal(connector_state(scene.connector, *state, &why), DB_READY);
	assert_null(why);
	assert_true(connector_is_ready(scene.connector));
	assert_int_equal(connector_wait(scene.connector, DEADLINE_MS), DB_READY);
}

/* Both of one loop came first: the other's goes in between. */
static void connector_want_serves_loops_in_turn(void **state)
{
	PGconn *conn[3];
	(void)state;
	scene.is_held = true;
	open_connector(false);
	connector_want(scene.connector, (struct loop *)&loop_a, got, &conn[0]);
	connector_want(scene.connector, (struct loop *)&loop_a, got, &conn[1]);
	connector_want(scene.connector, (struct loop *)&loop_b, got, &conn[2]);
	hold();
	scene.is_held = false;
	let_go();
	UNTIL(scene.delivered_count == 3);
	assert_ptr_equal(scene.delivered[0].loop, &loop_a);
	assert_ptr_equal(scene.delivered[1].loop, &loop_b);
	assert_ptr_equal(scene.delivered[2].loop, &loop_a);
	for (unsigned i = 0; i < 3; i++)
		scene.delivered[i].fn(scene.delivered[i].arg);
}

static void connector_runs_the_first_look_until_it_went_well_and_once(void **state)
{
	(void)state;
	scene.first_failures = 1;
	open_connector(false);
	(void)want(&loop_a);
	assert_int_equal(scene.firsts, 2);
	assert_int_equal(scene.told[0], DB_AWAY);
	(void)want(&loop_a);
	(void)want(&loop_b);
	assert_int_equal(scene.firsts, 2);
	assert_int_equal(scene.open, 3); /* not that of the attempt which failed */
}

static void connector_says_once_why_there_is_none_and_once_that_there_is(void **state)
{
	(void)state;
	scene.failures = 3;
	open_connector(false);
	(void)want(&loop_a);
	assert_int_equal(scene.told_count, 2);
	assert_int_equal(scene.told[0], DB_AWAY);
	assert_int_equal(scene.told[1], DB_READY);
	assert_int_equal(scene.attempts, 4);
}

static void connector_tries_again_when_a_connection_breaks_before_it_is_ready(void **state)
{
	(void)state;
	scene.breaks = 3; /* at a Sync, at columns, at the first answer of all */
	open_connector(false);
	(void)want(&loop_a);
	assert_int_equal(scene.told_count, 2);
	assert_int_equal(scene.told[0], DB_AWAY);
	assert_int_equal(scene.told[1], DB_READY);
	assert_int_equal(scene.attempts, 4);
	assert_int_equal(scene.open, 1);
}

static void connector_waits_as_at_first_after_a_success(void **state)
{
	(void)state;
	scene.failures = 5;
	open_connector(false);
	(void)want(&loop_a);
	hold();
	unsigned before = scene.failed_before;
	scene.failures = 1;
	let_go();
	assert_int_equal(before, 4);
	(void)want(&loop_a);
	hold();
	before = scene.failed_before;
	let_go();
	assert_int_equal(before, 0);
}

/* A sentence of its own is news; the same one is none. */
static void connector_says_another_reason_as_well(void **state)
{
	(void)state;
	scene.failures = 1000;
	open_connector(false);
	static PGconn *conn;
	connector_want(scene.connector, (struct loop *)&loop_a, got, &conn);
	UNTIL(scene.told_count == 1 && scene.attempts >= 2);
	hold();
	scene.why = "the password is wrong";
	let_go();
	UNTIL(scene.told_count == 2);
	assert_string_equal(scene.sentence, "the password is wrong");
	hold();
	scene.failures = 0;
	let_go();
	UNTIL(scene.delivered_count == 1);
	scene.delivered[0].fn(scene.delivered[0].arg);
}

/* Runs into STATE with a sentence that holds WORDS, and gets no connection. */
static void expect_refusal(enum db_state expected, const char *words)
{
	static PGconn *conn;
	connector_want(scene.connector, (struct loop *)&loop_a, got, &conn);
	UNTIL(scene.told_count > 0 && scene.told[scene.told_count - 1] == expected);
	assert_non_null(strstr(scene.sentence, words));
	UNTIL(scene.attempts >= 2); /* it looks again */
	assert_true(connector_stop(scene.connector, DEADLINE_MS));
	assert_int_equal(scene.delivered_count, 0);
	assert_int_equal(scene.open, 0);
	assert_false(connector_is_ready(scene.connector));
}

static void connector_waits_for_migrations_that_are_not_its_to_apply(void **state)
{
	(void)state;
	scene.schema = SCHEMA_BEHIND;
	scene.may = true;
	open_connector(false);
	expect_refusal(DB_BEHIND, "the schema is another one");
	assert_int_equal(scene.migrations, 0);
}

static void connector_waits_for_migrations_that_its_role_may_not_apply(void **state)
{
	(void)state;
	scene.schema = SCHEMA_BEHIND;
	open_connector(true);
	expect_refusal(DB_BEHIND, "the schema is another one");
	assert_int_equal(scene.migrations, 0);
}

static void connector_migrates_and_says_what(void **state)
{
	(void)state;
	scene.schema = SCHEMA_BEHIND;
	scene.may = true;
	open_connector(true);
	(void)want(&loop_a);
	assert_int_equal(scene.migrations, 1);
	assert_int_equal(scene.told[0], DB_STARTING);
	assert_int_equal(scene.told[1], DB_READY);
}

static void connector_refuses_a_database_whose_migration_fails(void **state)
{
	(void)state;
	scene.schema = SCHEMA_BEHIND;
	scene.may = true;
	scene.migrated = STATUS_FAILED;
	open_connector(true);
	expect_refusal(DB_REFUSED, "the migration says no");
}

static void connector_looks_again_when_a_migration_lost_its_connection(void **state)
{
	(void)state;
	scene.schema = SCHEMA_BEHIND;
	scene.may = true;
	scene.migrated = STATUS_UNKNOWN;
	open_connector(true);
	expect_refusal(DB_AWAY, "the migration says no");
}

static void connector_refuses_a_schema_that_is_not_its_own(void **state)
{
	(void)state;
	scene.schema = SCHEMA_REFUSED;
	open_connector(true);
	expect_refusal(DB_REFUSED, "the schema is another one");
}

static void connector_refuses_sessions_that_a_pooler_shares(void **state)
{
	(void)state;
	scene.pooled = true;
	open_connector(true);
	expect_refusal(DB_POOLED, POOLER_FAULT);
}

static void connector_refuses_columns_that_are_not_what_is_read(void **state)
{
	static const char *const words[] = {[ONE_TOO_FEW] = "columns,",
		[ANOTHER_NAME] = "is called another",
		[ANOTHER_TYPE] = "is not"};
	for (int i = ONE_TOO_FEW; i <= ANOTHER_TYPE; i++) {
		if (i > ONE_TOO_FEW)
			open_scene(state);
		scene.columns = i;
		open_connector(false);
		expect_refusal(DB_REFUSED, words[i]);
		if (i < ANOTHER_TYPE)
			close_scene(state);
	}
}

/* A server that has stopped to answer. */
static void connector_stop_does_not_wait_for_an_attempt_that_hangs(void **state)
{
	static PGconn *conn;
	(void)state;
	scene.is_held = true;
	open_connector(false);
	connector_want(scene.connector, (struct loop *)&loop_a, got, &conn);
	UNTIL(scene.held > 0);
	assert_int_equal(connector_wait(scene.connector, 1), DB_STARTING);
	assert_false(connector_stop(scene.connector, 10));
	hold();
	scene.is_held = false;
	let_go();
	assert_true(connector_stop(scene.connector, DEADLINE_MS));
	for (unsigned i = 0; i < scene.delivered_count; i++)
		scene.delivered[i].fn(scene.delivered[i].arg);
}

static void connector_looks_after_builds_when_nobody_waits(void **state)
{
	(void)state;
	open_connector(false);
	assert_int_equal(connector_wait(scene.connector, 20), DB_STARTING);
	(void)want(&loop_a);
	assert_false(scene.cared_too_early);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

static const struct CMUnitTest tests[] = {
	TEST(connector_want_gives_a_connection_that_is_ready_to_use),
	TEST(connector_want_serves_loops_in_turn),
	TEST(connector_runs_the_first_look_until_it_went_well_and_once),
	TEST(connector_says_once_why_there_is_none_and_once_that_there_is),
	TEST(connector_tries_again_when_a_connection_breaks_before_it_is_ready),
	TEST(connector_waits_as_at_first_after_a_success),
	TEST(connector_says_another_reason_as_well),
	TEST(connector_waits_for_migrations_that_are_not_its_to_apply),
	TEST(connector_waits_for_migrations_that_its_role_may_not_apply),
	TEST(connector_migrates_and_says_what),
	TEST(connector_refuses_a_database_whose_migration_fails),
	TEST(connector_looks_again_when_a_migration_lost_its_connection),
	TEST(connector_refuses_a_schema_that_is_not_its_own),
	TEST(connector_refuses_sessions_that_a_pooler_shares),
	TEST(connector_refuses_columns_that_are_not_what_is_read),
	TEST(connector_stop_does_not_wait_for_an_attempt_that_hangs),
	TEST(connector_looks_after_builds_when_nobody_waits),
};

UNIT_MAIN(tests)
