/* What /readyz says of changes: most of the last 30 s failed, or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "besace/base/compiler.h"
#include "besace/jobs/changes.h"

/* Each test begins when what the one before has counted is long past. */
static int64_t begin_ms(void)
{
	static int64_t begin = 1000000;
	begin += 100000;
	return begin;
}

static void count(unsigned succeeded, unsigned failed, int64_t now_ms)
{
	while (succeeded-- > 0)
		changes_count(true, now_ms);
	while (failed-- > 0)
		changes_count(false, now_ms);
}

static void changes_mostly_fail_needs_a_majority(void **state)
{
	(void)state;
	int64_t now = begin_ms();
	assert_false(changes_mostly_fail(now));
	count(5, 5, now);
	assert_false(changes_mostly_fail(now));
	count(0, 1, now);
	assert_true(changes_mostly_fail(now));
}

static void changes_mostly_fail_is_not_about_one_or_two(void **state)
{
	(void)state;
	int64_t now = begin_ms();
	count(0, 2, now);
	assert_false(changes_mostly_fail(now));
	count(0, 1, now);
	assert_true(changes_mostly_fail(now));
}

static void changes_mostly_fail_forgets_after_thirty_seconds(void **state)
{
	(void)state;
	int64_t now = begin_ms();
	count(0, 3, now);
	assert_true(changes_mostly_fail(now + 29999));
	assert_false(changes_mostly_fail(now + 30000));
}

static void changes_mostly_fail_adds_seconds_up(void **state)
{
	(void)state;
	int64_t now = begin_ms();
	for (int second = 0; second < 100; second++)
		count(1, 2, now + 1000 * second);
	assert_true(changes_mostly_fail(now + 99000));
	count(100, 0, now + 99500);
	assert_false(changes_mostly_fail(now + 99999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_mostly_fail_needs_a_majority),
		cmocka_unit_test(changes_mostly_fail_is_not_about_one_or_two),
		cmocka_unit_test(changes_mostly_fail_forgets_after_thirty_seconds),
		cmocka_unit_test(changes_mostly_fail_adds_seconds_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
