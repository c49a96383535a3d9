/* Deadlines on the clock that never jumps. */
#include "unit.h"

#include <errno.h>

#include "besace/runtime/clock.h"

static int64_t ms_of(struct timespec at)
{
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void a_deadline_is_so_far_ahead(void **state)
{
	(void)state;
	static const int64_t table[] = {0, 1, 999, 1000, 1001, 86400000};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int64_t before = clock_mono_ms();
		struct timespec at = clock_deadline(table[i]);
		assert_in_range(ms_of(at), before + table[i], clock_mono_ms() + table[i]);
		assert_in_range(at.tv_nsec, 0, 999999999);
	}
}

static void a_wait_ends_by_its_deadline_and_not_before(void **state)
{
	(void)state;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t never;
	clock_cond_init(&never);
	struct timespec until = clock_deadline(20);
	pthread_mutex_lock(&lock);
	int answer = 0;
	while (answer == 0) /* it may wake for nothing */
		answer = pthread_cond_timedwait(&never, &lock, &until);
	pthread_mutex_unlock(&lock);
	assert_int_equal(answer, ETIMEDOUT);
	assert_true(clock_mono_ms() >= ms_of(until));
	pthread_cond_destroy(&never);
}

static const struct CMUnitTest tests[] = {
	UNIT(a_deadline_is_so_far_ahead),
	UNIT(a_wait_ends_by_its_deadline_and_not_before),
};

UNIT_MAIN(tests)
