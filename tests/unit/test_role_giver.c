/* The role giver: the calls of a turn, what an answer of Discord's means, and that no outcome is
 * forgotten. The jobs, the pool, Discord and time are stand-ins. */
#include "support/outside.h"

#include "besace/jobs/role_giver.h"
#include "besace/runtime/metrics.h"
#include "besace/store/roles.h"

static struct {
	struct role_giver *giver;
	unsigned leases, asked; /* asked for; guilds, by the last one */
	unsigned given; /* rows that the next lease brings */
	enum status read_status; /* of each row */
	struct role_step steps[3];
	size_t step_count;
	struct role_job_end end; /* said last */
	unsigned ends; /* said in all */
} work;

/* ---- The jobs */

void role_jobs_take_call(void *ctx, const struct role_lease *lease, struct db_call *out)
{
	(void)ctx;
	out->query = QUERY_ROLE_JOBS_TAKE;
	work.leases++;
	work.asked = lease->count;
	assert_int_equal(lease->busy_count, 16 - lease->count);
}

enum status role_jobs_take_read(
	void *ctx, const struct db_rows *rows, int row, struct role_job *out)
{
	(void)ctx, (void)rows, (void)row;
	*out = (struct role_job){.guild = {"9"},
		.user = {"3"},
		.locale = "fr",
		.steps = work.steps,
		.step_count = work.step_count};
	return work.read_status;
}

void role_job_end_call(void *ctx, const struct role_job *job, const char *holder,
	const struct role_job_end *end, struct db_call *out)
{
	(void)ctx, (void)job;
	assert_int_equal(strlen(holder), 32);
	out->query = QUERY_ROLE_JOB_END;
	work.end = *end;
	work.ends++;
}

bool role_job_end_read(const struct db_rows *rows)
{
	(void)rows;
	return false;
}

void role_run_expand_call(void *ctx, struct db_call *out)
{
	(void)ctx;
	out->query = QUERY_ROLE_RUN_EXPAND;
}

bool role_run_expand_read(const struct db_rows *rows)
{
	(void)rows;
	return false;
}

int db_rows_count(const struct db_rows *rows)
{
	(void)rows;
	return (int)work.given;
}

/* ---- What the tests do with it */

static int open_work(void **state)
{
	outside_reset();
	memset(&work, 0, sizeof(work));
	work.steps[0] = (struct role_step){.role = {"50"}, .give = true, .level = 5};
	work.steps[1] = (struct role_step){.role = {"60"}, .give = false, .level = 2};
	work.steps[2] = (struct role_step){.role = {"70"}, .give = true, .level = 7};
	work.step_count = 3;
	work.giver = role_giver_create(NULL, NULL, NULL);
	return unit_open(state);
}

static int close_work(void **state)
{
	role_giver_destroy(&work.giver);
	assert_int_equal(outside.timer_count, 0);
	assert_int_equal(outside.request_count, 0);
	return unit_close(state);
}

/* Answers the oldest request of QUERY, which may still be to come. */
static void answer_query(enum query query, enum status status)
{
	static const struct db_rows rows;
	for (;;) {
		for (unsigned i = 0; i < outside.request_count; i++) {
			struct pool_request *request = outside.requests[i];
			if (request->call.query != query)
				continue;
			outside_drop_request(i);
			request->done(request->arg, status, status ? NULL : &rows, NULL);
			return;
		}
		run_out();
	}
}

/* The timer asks for a lease, which brings COUNT jobs. */
static void lease(unsigned count)
{
	work.given = count;
	answer_query(QUERY_ROLE_JOBS_TAKE, STATUS_OK);
	work.given = 0;
}

static void note_end(void)
{
	answer_query(QUERY_ROLE_JOB_END, STATUS_OK);
}

static void role_giver_makes_the_calls_of_a_job_in_their_order(void **state)
{
	static const struct {
		const char *method, *role;
	} calls[] = {{"PUT", "50"}, {"DELETE", "60"}, {"PUT", "70"}};
	(void)state;
	lease(1);
	for (unsigned i = 0; i < ARRAY_LEN(calls); i++) {
		assert_int_equal(outside.call_count, 1); /* one after the other */
		assert_string_equal(outside.calls[0].method, calls[i].method);
		assert_string_equal(outside.calls[0].params[0], "9");
		assert_string_equal(outside.calls[0].params[1], "3");
		assert_string_equal(outside.calls[0].params[2], calls[i].role);
		answer_call(STATUS_OK, 204, 0, NULL);
	}
	assert_int_equal(work.end.outcome, ROLE_JOB_DONE);
	assert_int_equal(work.end.steps_done, 3);
	note_end();
}

/* Discord's headers ask to wait: the guild is left alone for so long, what is left is due then. */
static void role_giver_ends_a_turn_when_discord_asks_to_wait(void **state)
{
	(void)state;
	lease(1);
	outside.wait_ms = 5000;
	answer_call(STATUS_OK, 204, 0, NULL);
	assert_int_equal(outside.call_count, 0);
	assert_int_equal(work.end.outcome, ROLE_JOB_DONE);
	assert_int_equal(work.end.steps_done, 1);
	assert_int_equal(work.end.wait_ms, 5000);
	note_end();
}

/* The lease of the guild is nearly over. */
static void role_giver_ends_a_turn_that_takes_long(void **state)
{
	(void)state;
	lease(1);
	outside.now_ms += 30001;
	answer_call(STATUS_OK, 204, 0, NULL);
	assert_int_equal(outside.call_count, 0);
	assert_int_equal(work.end.steps_done, 1);
	note_end();
}

static void role_giver_judges_answers(void **state)
{
	static const struct {
		enum status status;
		int http, code;
		enum role_outcome outcome;
	} cases[] = {
		{STATUS_DENIED, 403, 50013, ROLE_JOB_BLOCKED},
		{STATUS_INVALID, 400, 50028, ROLE_JOB_BLOCKED},
		{STATUS_NOT_FOUND, 404, 10011, ROLE_JOB_GONE},
		{STATUS_NOT_FOUND, 404, 10007, ROLE_JOB_LEFT},
		{STATUS_NOT_FOUND, 404, 10013, ROLE_JOB_LEFT},
		{STATUS_NOT_FOUND, 404, 10004, ROLE_JOB_LATER},
		{STATUS_NOT_FOUND, 404, 10003, ROLE_JOB_FAILED},
		{STATUS_DENIED, 401, 0, ROLE_JOB_LATER},
		{STATUS_UNAVAILABLE, 0, 0, ROLE_JOB_LATER},
		{STATUS_UNAVAILABLE, 429, 0, ROLE_JOB_LATER},
		{STATUS_UNKNOWN, 500, 0, ROLE_JOB_LATER},
		{STATUS_UNKNOWN, 502, 0, ROLE_JOB_LATER},
		{STATUS_INVALID, 400, 50035, ROLE_JOB_FAILED},
	};
	static const int64_t expected[] = {
		[REFUSED_PERMISSION] = 1, [REFUSED_GONE] = 1, [REFUSED_OTHER] = 1};
	int64_t refused[ARRAY_LEN(expected)];
	for (unsigned label = 0; label < ARRAY_LEN(expected); label++)
		refused[label] = metrics_get(METRIC_ROLES_REFUSED, label);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lease(1);
		answer_call(STATUS_OK, 204, 0, NULL);
		answer_call(cases[i].status, cases[i].http, cases[i].code, NULL);
		assert_int_equal(outside.call_count, 0);
		if (work.end.outcome != cases[i].outcome)
			fail_msg("case %zu ends in %d", i, (int)work.end.outcome);
		assert_int_equal(work.end.steps_done, 1); /* of the first one it is certain */
		if (work.end.outcome == ROLE_JOB_BLOCKED || work.end.outcome == ROLE_JOB_GONE)
			assert_string_equal(work.end.role.text, "60");
		note_end();
	}
	for (unsigned label = 0; label < ARRAY_LEN(expected); label++)
		assert_int_equal(
			metrics_get(METRIC_ROLES_REFUSED, label) - refused[label], expected[label]);
}

static void role_giver_puts_off_what_the_client_does_not_take(void **state)
{
	(void)state;
	outside.rest_status = STATUS_UNAVAILABLE;
	lease(1);
	assert_int_equal(work.end.outcome, ROLE_JOB_LATER);
	assert_in_range(work.end.wait_ms, 1, 300000);
	note_end();
}

/* The roles are given; that they are must not be forgotten, or they would be given for ever. */
static void role_giver_remembers_an_outcome_while_the_database_is_away(void **state)
{
	static const enum status lost[] = {STATUS_UNAVAILABLE, STATUS_UNKNOWN};
	(void)state;
	work.step_count = 1;
	lease(1);
	answer_call(STATUS_OK, 204, 0, NULL);
	for (unsigned i = 0; i < ARRAY_LEN(lost); i++) {
		answer_query(QUERY_ROLE_JOB_END, lost[i]);
		outside.pool_is_full = true;
		for (int seconds = 0; seconds < 3; seconds++)
			run_out();
		outside.pool_is_full = false;
	}
	note_end();
	assert_true(work.ends >= 3);
	assert_int_equal(work.end.outcome, ROLE_JOB_DONE);
	assert_int_equal(work.end.steps_done, 1);
	assert_int_equal(outside.calls_made, 1);
}

static void role_giver_does_not_repeat_an_end_that_is_refused(void **state)
{
	(void)state;
	work.step_count = 1;
	lease(1);
	answer_call(STATUS_OK, 204, 0, NULL);
	answer_query(QUERY_ROLE_JOB_END, STATUS_FAILED);
	lease(0);
	assert_int_equal(work.asked, 16);
	assert_int_equal(work.ends, 1);
}

static void role_giver_leaves_a_row_that_makes_no_sense(void **state)
{
	(void)state;
	work.read_status = STATUS_FAILED;
	lease(2);
	assert_int_equal(work.ends, 0);
	lease(0);
	assert_int_equal(work.asked, 16);
}

static void role_giver_leases_beside_what_it_works_on(void **state)
{
	(void)state;
	lease(3);
	lease(0);
	assert_int_equal(work.asked, 13);
	lease(13);
	unsigned leases = work.leases;
	while (outside.timer_count > 0)
		run_out();
	assert_int_equal(work.leases, leases);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_work, close_work)

static const struct CMUnitTest tests[] = {
	TEST(role_giver_makes_the_calls_of_a_job_in_their_order),
	TEST(role_giver_ends_a_turn_when_discord_asks_to_wait),
	TEST(role_giver_ends_a_turn_that_takes_long),
	TEST(role_giver_judges_answers),
	TEST(role_giver_puts_off_what_the_client_does_not_take),
	TEST(role_giver_remembers_an_outcome_while_the_database_is_away),
	TEST(role_giver_does_not_repeat_an_end_that_is_refused),
	TEST(role_giver_leaves_a_row_that_makes_no_sense),
	TEST(role_giver_leases_beside_what_it_works_on),
};

UNIT_MAIN(tests)
