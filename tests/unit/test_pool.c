/* The pool: what a request is answered with, how one is cancelled, whose turn it is. */
#include "unit.h"

#include <libpq-fe.h>

#include "support/pool_world.h"

/* ---- What the tests do with it */

static bool is_sent(unsigned conn)
{
	return connections[conn].open && connections[conn].sent > 0;
}

static void pool_submit_a_read_is_answered_with_its_result(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *read = ask(&world, "3", false);
	assert_false(is_sent(0));
	pool_pump(world.pool);
	assert_true(is_sent(0));
	end_with(0, PGRES_TUPLES_OK, NULL);
	look(0);
	ends(read, STATUS_OK); /* before the Sync */
	end_unit(0);
	assert_int_equal(pool_pending(world.pool), 0);
	close_world(&world);
}

static void pool_submit_a_change_is_answered_after_its_commit(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	end_with(0, PGRES_TUPLES_OK, NULL);
	look(0);
	assert_int_equal(change->answers, 0);
	end_unit(0);
	ends(change, STATUS_OK);
	close_world(&world);
}

static void pool_submit_a_commit_that_fails_is_no_success(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	end_with(0, PGRES_TUPLES_OK, NULL);
	arrive(0, PGRES_FATAL_ERROR, "23514");
	end_unit(0);
	ends(change, STATUS_FAILED);
	close_world(&world);
}

/* libpq ends the results of a commit that failed as it ends a statement's, so that two ends come
 * with nothing of a statement between them. The Sync behind them is read all the same, whether it
 * came with them or later. */
static void pool_submit_a_commit_that_fails_is_read_to_its_sync(void **state)
{
	struct world world = open_world(state, 1, 0);
	for (int later = 0; later < 2; later++) {
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		end_with(0, PGRES_TUPLES_OK, NULL);
		arrive(0, PGRES_FATAL_ERROR, "23514");
		end_statement(0);
		if (later)
			look(0);
		end_unit(0);
		ends(change, STATUS_FAILED);
		assert_int_equal(pool_pending(world.pool), 0);
	}
	close_world(&world);
}

static void pool_submit_a_call_that_is_not_bound_fails_unsent(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked asked = {.request = {.done = got, .arg = &asked}};
	db_call_begin(world.ctx, QUERY_BAG_VIEW, &asked.request.call);
	assert_int_equal(pool_submit(world.pool, &asked.request), STATUS_OK);
	pool_pump(world.pool);
	ends(&asked, STATUS_FAILED);
	assert_false(is_sent(0));
	close_world(&world);
}

static void pool_submit_refuses_when_the_queue_is_full(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *first = ask(&world, "3", false);
	for (unsigned i = 1; i < POOL_MAX_QUEUE; i++)
		ask(&world, "3", false);
	struct pool_request other = first->request;
	assert_int_equal(pool_submit(world.pool, &other), STATUS_UNAVAILABLE);
	pool_pump(world.pool); /* a batch of them is sent */
	assert_int_equal(pool_submit(world.pool, &other), STATUS_OK);
	assert_false(pool_cancel(world.pool, &other));
	close_world(&world);
}

static void pool_submit_refuses_when_the_database_is_away(void **state)
{
	struct world world = open_world(state, 1, 0);
	break_connection(0);
	struct asked *early = ask(&world, "3", false); /* within a second it is waited for */
	now_ms += 1001;
	struct pool_request other = early->request;
	assert_true(pool_is_away(world.pool));
	assert_int_equal(pool_submit(world.pool, &other), STATUS_UNAVAILABLE);
	connector_ready = true; /* one is on its way */
	assert_false(pool_is_away(world.pool));
	ask_again(&world);
	answer(1);
	ends(early, STATUS_OK);
	close_world(&world);
}

/* ---- Cancelling */

static void pool_cancel_a_queued_request_was_never_sent(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	assert_false(pool_cancel(world.pool, &change->request));
	pool_pump(world.pool);
	assert_false(is_sent(0));
	assert_int_equal(pool_pending(world.pool), 0);
	close_world(&world);
}

static void pool_cancel_a_sent_change_counts_as_unknown(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	assert_true(pool_cancel(world.pool, &change->request));
	talloc_free(change);
	answer(0);
	assert_int_equal(pool_pending(world.pool), 0);
	struct asked *next = ask(&world, "3", true);
	pool_pump(world.pool);
	answer(0);
	ends(next, STATUS_OK);
	close_world(&world);
}

/* Its parameters went with its owner. */
static void pool_cancel_a_sent_change_is_never_sent_again(void **state)
{
	static const char *const states[] = {NULL, "40001", "42883", "25006", "57P01"};
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct asked *change;
		struct world world = open_asked(state, true, &change);
		assert_true(pool_cancel(world.pool, &change->request));
		talloc_free(change);
		if (states[i])
			answer_error(0, states[i]);
		else
			break_connection(0);
		ask_again(&world);
		assert_int_equal(connections[0].sent, 1);
		assert_int_equal(connections[1].sent, 0);
		assert_int_equal(pool_pending(world.pool), 0);
		close_world(&world);
	}
}

static void pool_cancel_one_of_several_reads_leaves_the_others(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *first = ask(&world, "3", false), *second = ask(&world, "4", false);
	pool_pump(world.pool);
	assert_true(pool_cancel(world.pool, &first->request));
	talloc_free(first);
	break_connection(0);
	ask_again(&world);
	assert_int_equal(connections[1].sent, 1);
	answer(1);
	ends(second, STATUS_OK);
	close_world(&world);
}

static void pool_cancel_a_change_that_was_lost_counts_as_unknown(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	break_connection(0);
	assert_true(pool_cancel(world.pool, &change->request));
	close_world(&world);
}

static void pool_cancel_a_change_that_conflicted_is_not_done(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	answer_error(0, "40001");
	assert_false(pool_cancel(world.pool, &change->request));
	close_world(&world);
}

/* ---- Whose turn it is */

static void pool_pump_a_member_has_one_change_in_flight(void **state)
{
	struct world world = open_world(state, 2, 0);
	struct asked *first = ask(&world, "3", true), *second = ask(&world, "3", true);
	pool_pump(world.pool);
	assert_false(is_sent(1));
	answer(0);
	ends(first, STATUS_OK);
	pool_pump(world.pool);
	answer(0);
	ends(second, STATUS_OK);
	close_world(&world);
}

static void pool_pump_a_connection_is_reserved_for_reads(void **state)
{
	struct world world = open_world(state, 2, 1);
	ask(&world, "3", true);
	struct asked *other = ask(&world, "4", true), *read = ask(&world, "5", false);
	pool_pump(world.pool);
	answer(1);
	ends(read, STATUS_OK);
	assert_int_equal(other->answers, 0);
	pool_pump(world.pool);
	assert_int_equal(connections[1].sent, 1);
	close_world(&world);
}

static void pool_pump_a_lost_change_frees_its_member(void **state)
{
	struct world world = open_world(state, 2, 0);
	struct asked *first = ask(&world, "3", true), *second = ask(&world, "3", true);
	pool_pump(world.pool);
	break_connection(0);
	pool_pump(world.pool);
	answer(1);
	ends(first, STATUS_OK); /* it was first, and is so again */
	pool_pump(world.pool);
	answer(1);
	ends(second, STATUS_OK);
	close_world(&world);
}

static const struct CMUnitTest tests[] = {
	UNIT(pool_submit_a_read_is_answered_with_its_result),
	UNIT(pool_submit_a_change_is_answered_after_its_commit),
	UNIT(pool_submit_a_commit_that_fails_is_no_success),
	UNIT(pool_submit_a_commit_that_fails_is_read_to_its_sync),
	UNIT(pool_submit_a_call_that_is_not_bound_fails_unsent),
	UNIT(pool_submit_refuses_when_the_queue_is_full),
	UNIT(pool_submit_refuses_when_the_database_is_away),
	UNIT(pool_cancel_a_queued_request_was_never_sent),
	UNIT(pool_cancel_a_sent_change_counts_as_unknown),
	UNIT(pool_cancel_a_sent_change_is_never_sent_again),
	UNIT(pool_cancel_one_of_several_reads_leaves_the_others),
	UNIT(pool_cancel_a_change_that_was_lost_counts_as_unknown),
	UNIT(pool_cancel_a_change_that_conflicted_is_not_done),
	UNIT(pool_pump_a_member_has_one_change_in_flight),
	UNIT(pool_pump_a_connection_is_reserved_for_reads),
	UNIT(pool_pump_a_lost_change_frees_its_member),
};

UNIT_MAIN(tests)
