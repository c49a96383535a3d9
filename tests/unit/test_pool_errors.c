/* The pool: each row of its table of errors, and stale plans. */
#include "unit.h"

#include <libpq-fe.h>

#include "support/pool_world.h"

/* ---- What the tests do with it */

/* The number of the connection that has something in flight. */
static unsigned busy_one(void)
{
	for (unsigned i = 0; i < made; i++)
		if (connections[i].open && connections[i].syncs > connections[i].answered)
			return i;
	fail_msg("nothing is in flight");
	return 0;
}

static unsigned open_count(void)
{
	unsigned count = 0;
	for (unsigned i = 0; i < made; i++)
		count += connections[i].open;
	return count;
}

/* ---- What the server says */

static void pool_error_that_time_may_mend_is_unavailable(void **state)
{
	static const char *const states[] = {"55P03", "57014", "53100", "53200", "53300"};
	for (size_t i = 0; i < 2 * ARRAY_LEN(states); i++) {
		struct asked *asked;
		struct world world = open_asked(state, i % 2, &asked);
		answer_error(0, states[i / 2]);
		ends(asked, STATUS_UNAVAILABLE);
		assert_true(connections[0].open);
		close_world(&world);
	}
}

static void pool_error_that_is_a_defect_fails(void **state)
{
	static const char *const states[] = {"22003", "23514", "42601", "P0001", "XX000"};
	for (size_t i = 0; i < 2 * ARRAY_LEN(states); i++) {
		struct asked *asked;
		struct world world = open_asked(state, i % 2, &asked);
		answer_error(0, states[i / 2]);
		ends(asked, STATUS_FAILED);
		assert_true(connections[0].open);
		close_world(&world);
	}
}

static void pool_conflict_is_tried_five_times(void **state)
{
	static const char *const states[] = {"40001", "40P01"};
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct world world = open_world(state, 1, 0);
		struct asked *change = ask(&world, "3", true);
		for (unsigned tries = 1; tries <= 5; tries++) {
			assert_int_equal(change->answers, 0);
			pool_pump(world.pool);
			assert_int_equal(connections[0].sent, tries);
			answer_error(0, states[i]);
		}
		ends(change, STATUS_UNAVAILABLE);
		close_world(&world);
	}
}

static void pool_failing_read_is_repeated_apart_from_its_neighbours(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *bad = ask(&world, "3", false), *good = ask(&world, "4", false);
	pool_pump(world.pool);
	assert_int_equal(connections[0].sent, 2);
	end_with(0, PGRES_FATAL_ERROR, "22003");
	arrive(0, PGRES_PIPELINE_ABORTED, NULL);
	end_statement(0);
	end_unit(0);
	ends(bad, STATUS_FAILED);
	assert_int_equal(good->answers, 0);
	pool_pump(world.pool);
	answer(0);
	ends(good, STATUS_OK);
	close_world(&world);
}

/* Whatever made them fail together, each is asked by itself the second time. */
static void pool_aborted_reads_are_repeated_one_by_one(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *reads[3];
	for (int i = 0; i < 3; i++)
		reads[i] = ask(&world, "3", false);
	pool_pump(world.pool);
	end_with(0, PGRES_FATAL_ERROR, "40001");
	for (int i = 0; i < 2; i++) {
		end_with(0, PGRES_PIPELINE_ABORTED, NULL);
	}
	end_unit(0);
	for (unsigned i = 0; i < 3; i++) {
		pool_pump(world.pool);
		assert_int_equal(connections[0].sent, 3 + i + 1);
		answer(0);
	}
	for (int i = 0; i < 3; i++)
		ends(reads[i], STATUS_OK);
	close_world(&world);
}

/* That its neighbour conflicted is none of its own conflicts: four more tries of the one, five of
 * the other. */
static void pool_aborted_read_has_all_its_tries(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *first = ask(&world, "3", false), *second = ask(&world, "3", false);
	pool_pump(world.pool);
	end_with(0, PGRES_FATAL_ERROR, "40001");
	arrive(0, PGRES_PIPELINE_ABORTED, NULL);
	end_statement(0);
	end_unit(0);
	for (int i = 0; i < 9; i++) {
		assert_int_not_equal(first->answers + second->answers, 2);
		pool_pump(world.pool);
		answer_error(0, "40001");
	}
	ends(first, STATUS_UNAVAILABLE);
	ends(second, STATUS_UNAVAILABLE);
	close_world(&world);
}

/* ---- Stale plans */

static const char *const stale[] = {"0A000", "42883", "42703", "42P01", "26000"};

static void pool_stale_plan_is_made_anew_unnoticed(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(stale); i++) {
		struct asked *asked;
		struct world world = open_asked(state, i % 2, &asked);
		answer_error(0, stale[i / 2]);
		assert_int_equal(asked->answers, 0);
		assert_false(connections[0].open);
		ask_again(&world);
		answer(1);
		ends(asked, STATUS_OK);
		close_world(&world);
	}
}

static void pool_stale_plan_twice_is_a_defect(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(stale); i++) {
		struct asked *change;
		struct world world = open_asked(state, true, &change);
		answer_error(0, stale[i]);
		ask_again(&world);
		answer_error(1, stale[i]);
		ends(change, STATUS_FAILED); /* and known not to have happened */
		assert_true(connections[1].open);
		close_world(&world);
	}
}

/* The others were prepared before the change too: whatever is asked next finds new ones. */
static void pool_stale_plan_outdates_the_other_connections(void **state)
{
	struct world world = open_world(state, 3, 0);
	struct asked *busy = ask(&world, "3", true), *stale_one = ask(&world, "4", true);
	pool_pump(world.pool);
	answer_error(1, "42883");
	assert_false(connections[1].open);
	assert_false(connections[2].open); /* idle */
	assert_true(connections[0].open);
	answer(0);
	ends(busy, STATUS_OK);
	assert_false(connections[0].open);
	ask_again(&world);
	answer(busy_one());
	ends(stale_one, STATUS_OK);
	close_world(&world);
}

/* A statement that fails on every plan does not keep the pool without connections. */
static void pool_stale_plan_outdates_the_others_once_a_second(void **state)
{
	static const struct {
		int64_t after_ms;
		unsigned left;
	} cases[] = {{0, 0}, {999, 1}, {1, 0}};
	struct world world = open_world(state, 2, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		now_ms += cases[i].after_ms;
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		answer_error(busy_one(), "42883");
		assert_int_equal(open_count(), cases[i].left);
		ask_again(&world);
		answer(busy_one());
		ends(change, STATUS_OK);
	}
	close_world(&world);
}

static const struct CMUnitTest tests[] = {
	UNIT(pool_error_that_time_may_mend_is_unavailable),
	UNIT(pool_error_that_is_a_defect_fails),
	UNIT(pool_conflict_is_tried_five_times),
	UNIT(pool_aborted_reads_are_repeated_one_by_one),
	UNIT(pool_aborted_read_has_all_its_tries),
	UNIT(pool_failing_read_is_repeated_apart_from_its_neighbours),
	UNIT(pool_stale_plan_is_made_anew_unnoticed),
	UNIT(pool_stale_plan_twice_is_a_defect),
	UNIT(pool_stale_plan_outdates_the_other_connections),
	UNIT(pool_stale_plan_outdates_the_others_once_a_second),
};

UNIT_MAIN(tests)
