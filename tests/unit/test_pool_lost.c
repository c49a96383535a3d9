/* The pool: connections that break, and what is asked again. */
#include "unit.h"

#include <libpq-fe.h>

#include "support/pool_world.h"

/* ---- Connections that break */

static void pool_lost_before_it_was_sent_is_not_done(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	connections[0].refuses_to_send = true;
	pool_pump(world.pool);
	assert_false(connections[0].open);
	last_attempt(&world, 1, "55P03", change, STATUS_UNAVAILABLE);
}

static void pool_lost_read_is_asked_again(void **state)
{
	struct asked *read;
	struct world world = open_asked(state, false, &read);
	break_connection(0);
	assert_int_equal(read->answers, 0);
	last_attempt(&world, 1, "57014", read, STATUS_UNAVAILABLE);
}

static void pool_lost_change_is_asked_again(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	break_connection(0);
	ask_again(&world);
	assert_string_equal(connections[1].last, "3");
	answer(1);
	ends(change, STATUS_OK);
	close_world(&world);
}

/* Whether the statement's answer had come does not matter: the commit's had not. */
static void pool_lost_change_stays_unknown_until_its_receipt_says(void **state)
{
	static const char *const states[] = {
		"55P03", "57014", "53100", "53200", "53300", "22003", "XX000"};
	for (size_t i = 0; i < 2 * ARRAY_LEN(states); i++) {
		struct asked *change;
		struct world world = open_asked(state, true, &change);
		if (i % 2) {
			end_with(0, PGRES_TUPLES_OK, NULL);
			look(0);
		}
		break_connection(0);
		last_attempt(&world, 1, states[i / 2], change, STATUS_UNKNOWN);
	}
}

static void pool_lost_change_stays_unknown_after_conflicts(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	break_connection(0);
	give_connections();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(change->answers, 0);
		pool_pump(world.pool);
		answer_error(1, "40001");
	}
	ends(change, STATUS_UNKNOWN);
	close_world(&world);
}

/* A later attempt that surely did nothing, and takes its connection along, does not say what became
 * of the first one. */
static void pool_lost_change_stays_unknown_after_an_attempt_that_did_nothing(void **state)
{
	static const char *const states[] = {"42883", "25006"};
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct asked *change;
		struct world world = open_asked(state, true, &change);
		break_connection(0);
		ask_again(&world);
		answer_error(1, states[i]);
		assert_int_equal(change->answers, 0);
		last_attempt(&world, 2, "55P03", change, STATUS_UNKNOWN);
	}
}

/* The server's last word before it ends a session says nothing about a commit under way. */
static void pool_lost_change_stays_unknown_after_a_shutdown(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	end_with(0, PGRES_FATAL_ERROR, "57P01");
	end_unit(0);
	assert_false(connections[0].open);
	last_attempt(&world, 1, "55P03", change, STATUS_UNKNOWN);
}

static void pool_stuck_connection_is_dropped(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	now_ms += 12000;
	watchdog->fn(watchdog->arg);
	assert_true(connections[0].open);
	now_ms += 1;
	watchdog->fn(watchdog->arg);
	assert_false(connections[0].open);
	last_attempt(&world, 1, "55P03", change, STATUS_UNKNOWN);
}

/* Somebody who asks a moment after the connection broke waits for the next one, however long ago
 * the pool was made. */
static void pool_lost_its_only_connection_is_away_a_second_later(void **state)
{
	struct world world = open_world(state, 1, 0);
	now_ms += 60000;
	break_connection(0);
	assert_false(pool_is_away(world.pool));
	now_ms += 1000;
	assert_false(pool_is_away(world.pool));
	now_ms += 1;
	assert_true(pool_is_away(world.pool));
	close_world(&world);
}

/* What is asked by itself is so behind a read that another connection has lost, too. */
static void pool_lost_read_shares_no_unit_with_one_that_is_asked_alone(void **state)
{
	struct world world = open_world(state, 2, 0);
	struct asked *pair[] = {ask(&world, "3", false), ask(&world, "3", false)};
	pool_pump(world.pool);
	struct asked *lost = ask(&world, "4", false);
	pool_pump(world.pool);
	end_with(0, PGRES_FATAL_ERROR, "40001");
	end_with(0, PGRES_PIPELINE_ABORTED, NULL);
	end_unit(0);
	break_connection(1);
	struct asked *const order[] = {lost, pair[1], pair[0]};
	for (unsigned i = 0; i < ARRAY_LEN(order); i++) {
		pool_pump(world.pool);
		assert_int_equal(connections[0].sent, 2 + i + 1);
		answer(0);
		ends(order[i], STATUS_OK);
	}
	close_world(&world);
}

/* ---- What the server says */

/* What was in flight goes before what waited, in the order in which it was asked. */
static void pool_lost_reads_are_asked_again_in_their_order(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *reads[3];
	for (int i = 0; i < 3; i++)
		reads[i] = ask(&world, "3", false);
	pool_pump(world.pool);
	struct asked *later = ask(&world, "3", false);
	break_connection(0);
	ask_again(&world);
	for (int i = 0; i < 3; i++) {
		end_with(1, PGRES_TUPLES_OK, NULL);
		look(1);
		for (int k = 0; k < 3; k++)
			assert_int_equal(reads[k]->answers, k <= i);
		assert_int_equal(later->answers, 0);
	}
	end_with(1, PGRES_TUPLES_OK, NULL);
	end_unit(1);
	ends(later, STATUS_OK);
	close_world(&world);
}

/* The connection breaks while the change is written to it: the server may have all of it. */
static void pool_change_that_was_partly_written_may_be_done(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	connections[0].broken = true;
	pool_pump(world.pool);
	last_attempt(&world, 1, "55P03", change, STATUS_UNKNOWN);
}

/* A standby, or a server that is shutting down, has not done it: another may. */
static void pool_read_only_server_is_left(void **state)
{
	struct asked *change;
	struct world world = open_asked(state, true, &change);
	answer_error(0, "25006");
	assert_false(connections[0].open);
	last_attempt(&world, 1, "55P03", change, STATUS_UNAVAILABLE);
}

static const struct CMUnitTest tests[] = {
	UNIT(pool_lost_before_it_was_sent_is_not_done),
	UNIT(pool_lost_read_is_asked_again),
	UNIT(pool_lost_change_is_asked_again),
	UNIT(pool_lost_change_stays_unknown_until_its_receipt_says),
	UNIT(pool_lost_change_stays_unknown_after_conflicts),
	UNIT(pool_lost_change_stays_unknown_after_an_attempt_that_did_nothing),
	UNIT(pool_lost_change_stays_unknown_after_a_shutdown),
	UNIT(pool_stuck_connection_is_dropped),
	UNIT(pool_lost_its_only_connection_is_away_a_second_later),
	UNIT(pool_lost_read_shares_no_unit_with_one_that_is_asked_alone),
	UNIT(pool_lost_reads_are_asked_again_in_their_order),
	UNIT(pool_change_that_was_partly_written_may_be_done),
	UNIT(pool_read_only_server_is_left),
};

UNIT_MAIN(tests)
