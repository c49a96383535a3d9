/* Periodic jobs: how often each runs, and what becomes of settling when a call of it fails. The
 * settler, the pool and time are stand-ins. */
#include "support/outside.h"

#include <libpq-fe.h>

#include "besace/jobs/periodic.h"
#include "besace/runtime/metrics.h"
#include "jobs/settler.h"

static struct {
	struct periodic *periodic;
	bool is_away;
	enum settle_step next; /* of the settler */
	unsigned starts, failures;
} scene;

bool pool_is_away(const struct pool *pool)
{
	(void)pool;
	return scene.is_away;
}

void settler_start(struct settler *settler, void *ctx, const char *source, struct db_call *out)
{
	(void)settler, (void)ctx;
	assert_null(source); /* of whatever shim */
	out->query = QUERY_VOICE_LOAD;
	scene.starts++;
}

enum settle_step settler_resume(
	struct settler *settler, const struct db_rows *rows, struct db_call *out)
{
	(void)settler, (void)rows;
	out->query = QUERY_VOICE_LOAD;
	return scene.next;
}

enum settle_step settler_failed(
	struct settler *settler, enum status status, const char *why, struct db_call *out)
{
	(void)settler, (void)why;
	assert_true(status == STATUS_FAILED || status == STATUS_UNAVAILABLE);
	out->query = QUERY_VOICE_LOAD;
	scene.failures++;
	return scene.next;
}

static int open_scene(void **state)
{
	outside_reset();
	memset(&scene, 0, sizeof(scene));
	scene.next = SETTLE_DONE;
	scene.periodic = periodic_create(NULL, NULL, &(struct periodic_days){0});
	return unit_open(state);
}

static int close_scene(void **state)
{
	periodic_destroy(&scene.periodic);
	assert_int_equal(outside.timer_count, 0);
	assert_int_equal(outside.request_count, 0);
	return unit_close(state);
}

/* Takes the request of QUERY, which may still be to come; all others stay unanswered. */
static struct pool_request *take_request(enum query query)
{
	for (;;) {
		for (unsigned i = 0; i < outside.request_count; i++)
			if (outside.requests[i]->call.query == query) {
				struct pool_request *found = outside.requests[i];
				outside_drop_request(i);
				return found;
			}
		run_out();
	}
}

static void settling_ends(enum status status)
{
	static const struct db_rows rows;
	struct pool_request *request = take_request(QUERY_VOICE_LOAD);
	request->done(request->arg, status, status ? NULL : &rows, NULL);
}

/* How long it takes until settling begins anew. */
static int64_t until_next_start(void)
{
	unsigned before = scene.starts;
	int64_t since = outside.now_ms;
	while (scene.starts == before)
		run_out();
	return outside.now_ms - since;
}

static void periodic_begins_everything_at_once(void **state)
{
	(void)state;
	while (outside.timer_count > 0)
		assert_int_equal(run_out(), 0);
	assert_int_equal(scene.starts, 1);
	assert_true(outside.request_count > 5);
}

static bool is_asked(enum query query)
{
	while (outside.timer_count > 0)
		run_out();
	for (unsigned i = 0; i < outside.request_count; i++)
		if (outside.requests[i]->call.query == query)
			return true;
	return false;
}

static void periodic_sweeps_what_is_not_kept_for_ever(void **state)
{
	(void)state;
	assert_false(is_asked(QUERY_LEDGER_SWEEP));
	assert_false(is_asked(QUERY_GUILD_ERASE));
	periodic_destroy(&scene.periodic);
	scene.periodic = periodic_create(NULL, NULL, &(struct periodic_days){.ledger = 30});
	assert_true(is_asked(QUERY_LEDGER_SWEEP));
	assert_false(is_asked(QUERY_GUILD_ERASE));
}

/* The calls that are repeated while there is more, and what they say when there is. */
static const struct {
	enum query query;
	int columns;
	const char *more[2], *none[2];
} sweeps[] = {
	{QUERY_RECEIPTS_SWEEP, 1, {"1000"}, {"0"}},
	{QUERY_VOICE_SWEEP, 1, {"1"}, {"0"}},
	{QUERY_VOICE_OWED_PAY, 1, {"1"}, {"0"}},
	{QUERY_GUILD_ERASE, 1, {"1"}, {"0"}},
	{QUERY_LEDGER_SWEEP, 1, {"t"}, {"f"}},
	{QUERY_OUTBOX_SWEEP, 2, {"1", "0"}, {"0", "0"}},
	{QUERY_OUTBOX_SWEEP, 2, {"0", "1"}, {"0", "0"}},
};

/* Ends a call of QUERY with one row of COUNT cells. Returns how long it takes until the next. */
static int64_t until_next_call(enum query query, const char *const *cells, int count)
{
	PGresAttDesc columns[2] = {{.name = (char[]){"a"}}, {.name = (char[]){"b"}}};
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	assert_true(PQsetResultAttrs(result, count, columns));
	for (int i = 0; i < count; i++) {
		char cell[8];
		snprintf(cell, sizeof(cell), "%s", cells[i]);
		assert_true(PQsetvalue(result, 0, i, cell, (int)strlen(cell)));
	}
	const struct db_rows rows = {result};
	struct pool_request *request = take_request(query);
	assert_int_equal(outside.timer_count, 0);
	request->done(request->arg, STATUS_OK, &rows, NULL);
	PQclear(result);
	int64_t took_ms = run_out();
	assert_int_equal(outside.requests[outside.request_count - 1]->call.query, query);
	return took_ms;
}

static void periodic_sweeps_on_at_once_while_there_is_more(void **state)
{
	(void)state;
	periodic_destroy(&scene.periodic);
	scene.periodic =
		periodic_create(NULL, NULL, &(struct periodic_days){.keep = 30, .ledger = 30});
	while (outside.timer_count > 0)
		run_out();
	for (size_t i = 0; i < ARRAY_LEN(sweeps); i++) {
		enum query query = sweeps[i].query;
		int columns = sweeps[i].columns;
		assert_int_equal(until_next_call(query, sweeps[i].more, columns), 0);
		assert_int_equal(until_next_call(query, sweeps[i].more, columns), 0);
		assert_true(until_next_call(query, sweeps[i].none, columns) >= 1000);
	}
}

static void periodic_settles_call_by_call(void **state)
{
	(void)state;
	scene.next = SETTLE_CALL;
	for (int i = 0; i < 5; i++)
		settling_ends(STATUS_OK);
	assert_int_equal(scene.starts, 1);
	scene.next = SETTLE_DONE;
	settling_ends(STATUS_OK);
	assert_true(until_next_start() > 0);
}

static void periodic_goes_on_at_once_when_more_is_due(void **state)
{
	(void)state;
	scene.next = SETTLE_LATER;
	settling_ends(STATUS_OK);
	assert_int_equal(until_next_start(), 0);
}

static void periodic_goes_on_without_the_guild_that_fails(void **state)
{
	(void)state;
	scene.next = SETTLE_CALL;
	settling_ends(STATUS_FAILED);
	settling_ends(STATUS_UNAVAILABLE);
	assert_int_equal(scene.failures, 2);
	assert_int_equal(scene.starts, 1);
}

/* It may have been written: no guild is to blame, and the next load tells. */
static void periodic_blames_no_guild_for_what_is_unknown(void **state)
{
	(void)state;
	scene.next = SETTLE_CALL;
	settling_ends(STATUS_UNKNOWN);
	assert_int_equal(scene.failures, 0);
	assert_true(until_next_start() > 0);
}

static void periodic_blames_no_guild_while_the_database_is_away(void **state)
{
	(void)state;
	scene.next = SETTLE_CALL;
	scene.is_away = true;
	settling_ends(STATUS_UNAVAILABLE);
	assert_int_equal(scene.failures, 0);
	assert_true(until_next_start() > 0);
}

static void periodic_counts_settling_that_fails(void **state)
{
	int64_t before = metrics_get(METRIC_JOBS_FAILED, JOB_SETTLING);
	(void)state;
	scene.next = SETTLE_BROKEN;
	settling_ends(STATUS_OK);
	assert_int_equal(metrics_get(METRIC_JOBS_FAILED, JOB_SETTLING), before + 1);
	assert_true(until_next_start() > 0);
}

static void periodic_comes_back_when_the_pool_is_full(void **state)
{
	(void)state;
	outside.pool_is_full = true;
	until_next_start();
	outside.pool_is_full = false;
	assert_true(until_next_start() > 0);
	scene.next = SETTLE_CALL;
	outside.pool_is_full = true;
	settling_ends(STATUS_OK);
	outside.pool_is_full = false;
	assert_true(until_next_start() > 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

static const struct CMUnitTest tests[] = {
	TEST(periodic_begins_everything_at_once),
	TEST(periodic_sweeps_what_is_not_kept_for_ever),
	TEST(periodic_sweeps_on_at_once_while_there_is_more),
	TEST(periodic_settles_call_by_call),
	TEST(periodic_goes_on_at_once_when_more_is_due),
	TEST(periodic_goes_on_without_the_guild_that_fails),
	TEST(periodic_blames_no_guild_for_what_is_unknown),
	TEST(periodic_blames_no_guild_while_the_database_is_away),
	TEST(periodic_counts_settling_that_fails),
	TEST(periodic_comes_back_when_the_pool_is_full),
};

UNIT_MAIN(tests)
