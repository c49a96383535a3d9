/* Levels: where they start, and the way to the next. */
#include "unit.h"

#include "besace/domain/level.h"

static void levels_start_at_fifty_times_l_times_l_minus_one(void **state)
{
	(void)state;
	assert_int_equal(level_start(1), 0);
	assert_int_equal(level_start(2), 100);
	assert_int_equal(level_start(3), 300);
	assert_int_equal(level_start(5), 1000);
	assert_int_equal(level_start(6), 1500);
}

static void one_xp_below_a_start_is_the_level_before(void **state)
{
	(void)state;
	for (int64_t level = 2; level_start(level) <= XP_MAX; level++) {
		assert_int_equal(level_progress(level_start(level)).level, level);
		assert_int_equal(level_progress(level_start(level) - 1).level, level - 1);
	}
}

static void the_most_xp_has_a_level(void **state)
{
	(void)state;
	struct progress top = level_progress(XP_MAX);
	assert_true(level_start(top.level) <= XP_MAX);
	assert_true(level_start(top.level + 1) > XP_MAX);
}

static void twelve_hundred_and_fifty_xp_are_half_of_level_five(void **state)
{
	(void)state;
	struct progress progress = level_progress(1250);
	assert_int_equal(progress.level, 5);
	assert_int_equal(progress.into, 250);
	assert_int_equal(progress.need, 500);
	assert_int_equal(progress.percent, 50);
	assert_int_equal(progress.filled, 10);
}

static void percent_is_rounded_down_and_never_a_hundred(void **state)
{
	(void)state;
	assert_int_equal(level_progress(99).percent, 99);
	assert_int_equal(level_progress(100).percent, 0);
	assert_int_equal(level_progress(299).percent, 99); /* 199 of 200: 99.5 */
	assert_int_equal(level_progress(299).filled, 19);
	assert_int_equal(level_progress(0).filled, 0);
	for (int64_t xp = 0; xp < 20000; xp++) {
		struct progress progress = level_progress(xp);
		assert_in_range(progress.percent, 0, 99);
		assert_int_equal(progress.filled, progress.percent / 5);
		assert_true(progress.into < progress.need);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(levels_start_at_fifty_times_l_times_l_minus_one),
	UNIT(one_xp_below_a_start_is_the_level_before),
	UNIT(the_most_xp_has_a_level),
	UNIT(twelve_hundred_and_fifty_xp_are_half_of_level_five),
	UNIT(percent_is_rounded_down_and_never_a_hundred),
};

UNIT_MAIN(tests)
