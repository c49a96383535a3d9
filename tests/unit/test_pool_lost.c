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
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNAVAILABLE);
	close_world(&world);
}

static void pool_lost_read_is_asked_again(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *read = ask(&world, "3", false);
	pool_pump(world.pool);
	break_connection(0);
	assert_int_equal(read->answers, 0);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "57014");
	ends(read, STATUS_UNAVAILABLE);
	close_world(&world);
}

static void pool_lost_change_is_asked_again(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	break_connection(0);
	give_connections();
	pool_pump(world.pool);
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
		struct world world = open_world(state, 1, 0);
		struct asked *change = ask(&world, "3", true);
		pool_pump(world.pool);
		if (i % 2) {
			arrive(0, PGRES_TUPLES_OK, NULL);
			end_statement(0);
			look(0);
		}
		break_connection(0);
		give_connections();
		pool_pump(world.pool);
		answer_error(1, states[i / 2]);
		ends(change, STATUS_UNKNOWN);
		close_world(&world);
	}
}

static void pool_lost_change_stays_unknown_after_conflicts(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
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

/* The server's last word before it ends a session says nothing about a commit under way. */
static void pool_lost_change_stays_unknown_after_a_shutdown(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	arrive(0, PGRES_FATAL_ERROR, "57P01");
	end_statement(0);
	arrive(0, PGRES_PIPELINE_SYNC, NULL);
	look(0);
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNKNOWN);
	close_world(&world);
}

static void pool_stuck_connection_is_dropped(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	now_ms += 12000;
	watchdog->fn(watchdog->arg);
	assert_true(connections[0].open);
	now_ms += 1;
	watchdog->fn(watchdog->arg);
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNKNOWN);
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
	give_connections();
	pool_pump(world.pool);
	for (int i = 0; i < 3; i++) {
		arrive(1, PGRES_TUPLES_OK, NULL);
		end_statement(1);
		look(1);
		for (int k = 0; k < 3; k++)
			assert_int_equal(reads[k]->answers, k <= i);
		assert_int_equal(later->answers, 0);
	}
	arrive(1, PGRES_TUPLES_OK, NULL);
	end_statement(1);
	arrive(1, PGRES_PIPELINE_SYNC, NULL);
	look(1);
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
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNKNOWN);
	close_world(&world);
}

/* A standby, or a server that is shutting down, has not done it: another may. */
static void pool_read_only_server_is_left(void **state)
{
	struct world world = open_world(state, 1, 0);
	struct asked *change = ask(&world, "3", true);
	pool_pump(world.pool);
	answer_error(0, "25006");
	assert_false(connections[0].open);
	give_connections();
	pool_pump(world.pool);
	answer_error(1, "55P03");
	ends(change, STATUS_UNAVAILABLE);
	close_world(&world);
}

static const struct CMUnitTest tests[] = {
	UNIT(pool_lost_before_it_was_sent_is_not_done),
	UNIT(pool_lost_read_is_asked_again),
	UNIT(pool_lost_change_is_asked_again),
	UNIT(pool_lost_change_stays_unknown_until_its_receipt_says),
	UNIT(pool_lost_change_stays_unknown_after_conflicts),
	UNIT(pool_lost_change_stays_unknown_after_a_shutdown),
	UNIT(pool_stuck_connection_is_dropped),
	UNIT(pool_lost_reads_are_asked_again_in_their_order),
	UNIT(pool_change_that_was_partly_written_may_be_done),
	UNIT(pool_read_only_server_is_left),
};

UNIT_MAIN(tests)
