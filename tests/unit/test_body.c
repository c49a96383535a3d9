/* Bodies that are not verified: what they cost together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "besace/discord/signature.h"
#include "http/body.h"

#define KIB 1024u

static unsigned char piece[64 * KIB];

static void body_append_keeps_the_bytes(void **state)
{
	(void)state;
	struct body_budget budget = {.max = 1024 * KIB};
	struct body body = {.budget = &budget};
	for (int i = 0; i < 5000; i++)
		assert_true(body_append(&body, "0123456789", 10, 0));
	assert_int_equal(body.length, 50000);
	for (int i = 0; i < 5000; i++)
		assert_memory_equal(body.bytes + 10 * i, "0123456789", 10);
	memset(body.bytes - SIGNATURE_HEADROOM, 'x', SIGNATURE_HEADROOM);
	body_release(&body);
	assert_int_equal(budget.used, 0);
}

/* A client that only says that much will come has cost nothing yet. */
static void body_append_charges_what_came_and_not_what_was_told(void **state)
{
	(void)state;
	struct body_budget budget = {.max = 1024 * KIB};
	struct body body = {.budget = &budget};
	assert_true(body_append(&body, piece, 1, 512 * KIB));
	assert_true(budget.used <= 16 * KIB);
	body_release(&body);
}

static void body_append_takes_no_more_room_than_the_whole(void **state)
{
	(void)state;
	struct body_budget budget = {.max = 1024 * KIB};
	struct body body = {.budget = &budget};
	assert_true(body_append(&body, piece, 100, 100));
	assert_int_equal(budget.used, 100);
	body_release(&body);
}

static void body_append_refuses_what_is_beyond_the_budget(void **state)
{
	(void)state;
	struct body_budget budget = {.max = 100 * KIB};
	struct body first = {.budget = &budget}, second = {.budget = &budget};
	assert_true(body_append(&first, piece, 64 * KIB, 64 * KIB));
	assert_false(body_append(&second, piece, 64 * KIB, 64 * KIB));
	assert_null(second.bytes);
	assert_int_equal(budget.used, 64 * KIB);
	assert_true(body_append(&second, piece, 36 * KIB, 36 * KIB));
	assert_false(body_append(&second, piece, 1, 0));
	assert_int_equal(budget.used, 64 * KIB);
	body_release(&first);
	assert_int_equal(budget.used, 0);
}

static void body_verified_leaves_the_budget_once(void **state)
{
	(void)state;
	struct body_budget budget = {.max = 100 * KIB};
	struct body body = {.budget = &budget};
	assert_true(body_append(&body, piece, 64 * KIB, 64 * KIB));
	body_verified(&body);
	assert_int_equal(budget.used, 0);
	assert_int_equal(body.length, 64 * KIB);
	body_release(&body);
	assert_int_equal(budget.used, 0);
}

static void body_complete_makes_room_for_a_timestamp(void **state)
{
	(void)state;
	struct body body = {0};
	body_complete(&body);
	assert_non_null(body.bytes);
	memset(body.bytes - SIGNATURE_HEADROOM, 'x', SIGNATURE_HEADROOM);
	body_release(&body);
	assert_null(body.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_append_keeps_the_bytes),
		cmocka_unit_test(body_append_charges_what_came_and_not_what_was_told),
		cmocka_unit_test(body_append_takes_no_more_room_than_the_whole),
		cmocka_unit_test(body_append_refuses_what_is_beyond_the_budget),
		cmocka_unit_test(body_verified_leaves_the_budget_once),
		cmocka_unit_test(body_complete_makes_room_for_a_timestamp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
