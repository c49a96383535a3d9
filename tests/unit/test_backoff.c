/* Delays between attempts. */
#include "unit.h"

#include "besace/runtime/backoff.h"

static void delays_double_up_to_the_cap_and_are_between_half_and_whole(void **state)
{
	(void)state;
	static const int64_t wholes[] = {50, 100, 200, 400, 600, 600, 600};
	for (int round = 0; round < 200; round++) {
		struct backoff backoff = {50, 600, 0};
		for (size_t i = 0; i < ARRAY_LEN(wholes); i++)
			assert_in_range(backoff_next_ms(&backoff), wholes[i] / 2, wholes[i]);
	}
}

static void many_clients_do_not_wait_equally_long(void **state)
{
	(void)state;
	struct backoff first = {1000, 1000, 0};
	int64_t delay = backoff_next_ms(&first);
	for (int i = 0; i < 100; i++) {
		struct backoff other = {1000, 1000, 0};
		if (backoff_next_ms(&other) != delay)
			return;
	}
	fail_msg("a hundred delays were all %ld ms", (long)delay);
}

static void it_never_overflows(void **state)
{
	(void)state;
	struct backoff backoff = {500, 30000, 4000000000};
	assert_in_range(backoff_next_ms(&backoff), 15000, 30000);
}

static void reset_begins_anew(void **state)
{
	(void)state;
	struct backoff backoff = {50, 600, 0};
	for (int i = 0; i < 9; i++)
		backoff_next_ms(&backoff);
	backoff_reset(&backoff);
	assert_int_equal(backoff.tries, 0);
	assert_in_range(backoff_next_ms(&backoff), 25, 50);
}

static const struct CMUnitTest tests[] = {
	UNIT(delays_double_up_to_the_cap_and_are_between_half_and_whole),
	UNIT(many_clients_do_not_wait_equally_long),
	UNIT(it_never_overflows),
	UNIT(reset_begins_anew),
};

UNIT_MAIN(tests)
