/* What messages, reactions and levels are worth. */
#include "unit.h"

#include "besace/domain/earning.h"
#include "besace/domain/level.h"
#include "support/xp_cases.h"

static void message_xp_is_spread_over_its_range(void **state)
{
	(void)state;
	static const struct {
		int32_t min, max;
	} ranges[] = {{1, 3}, {0, 0}, {5, 5}, {0, 1000}, {7, 8}};
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		int32_t min = ranges[i].min, max = ranges[i].max;
		uint32_t width = (uint32_t)(max - min + 1);
		assert_int_equal(message_xp(min, max, 0), min);
		assert_int_equal(message_xp(min, max, XP_DRAWS - 1), max);
		/* Each value has the draws that are its share, but for one. */
		for (uint32_t step = 0; step < width; step++) {
			uint64_t first = ((uint64_t)step * XP_DRAWS + width - 1) / width;
			assert_int_equal(
				message_xp(min, max, (uint32_t)first), min + (int32_t)step);
			if (step > 0)
				assert_int_equal(message_xp(min, max, (uint32_t)first - 1),
					min + (int32_t)step - 1);
		}
	}
}

static void xp_scale_cases(void **state)
{
	(void)state;
#define XP_CASE(base, role, place, rate, xp) {base, role, place, rate, xp},
	static const int32_t rows[][5] = {XP_CASES(XP_CASE)};
#undef XP_CASE
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			xp_scale(rows[i][0], rows[i][1], rows[i][2], rows[i][3]), rows[i][4]);
}

/* For all factors in steps: never nothing, never above x20, never less for more. */
static void xp_scale_keeps_its_bounds(void **state)
{
	(void)state;
	static const int32_t bases[] = {1, 2, 3, 25, 77, 1000};
	for (size_t i = 0; i < ARRAY_LEN(bases); i++)
		for (int role = 10; role <= 1000; role += 33)
			for (int place = 10; place <= 1000; place += 33) {
				int32_t before = 0, base = bases[i];
				for (int rate = 10; rate <= 1000; rate += 30) {
					int32_t xp = xp_scale(base, role, place, rate);
					assert_in_range(xp, before > 1 ? before : 1, base * 20);
					assert_true(xp >= base / 100);
					assert_int_equal(xp, xp_scale(base, place, role, rate));
					before = xp;
				}
			}
}

static void message_is_paid_after_the_cooldown(void **state)
{
	(void)state;
	assert_true(message_is_paid(-1, 0, 60000));
	assert_false(message_is_paid(1000, 60999, 60000));
	assert_true(message_is_paid(1000, 61000, 60000));
	assert_true(message_is_paid(1000, 6000, 5000));
	/* an older one */
	assert_false(message_is_paid(100000, 99999, 60000));
	assert_false(message_is_paid(100000, 0, 5000));
}

static void levels_bring_lc(void **state)
{
	(void)state;
	static const struct {
		int level, lc;
	} rows[] = {{2, 25}, {3, 50}, {4, 75}, {5, 0}, {6, 100}, {7, 125}, {9, 175}, {10, 0},
		{11, 200}, {6553, 131050}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(level_reward(rows[i].level).lc, rows[i].lc);
}

static void every_fifth_level_brings_items(void **state)
{
	(void)state;
	static const struct {
		int level;
		bool jackpot, x2, x3;
	} rows[] = {{4, false, false, false}, {5, true, false, false}, {10, true, true, false},
		{15, true, false, false}, {20, true, false, true}, {30, true, true, false},
		{40, true, false, true}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct level_reward reward = level_reward(rows[i].level);
		assert_int_equal(reward.items[ITEM_JACKPOT], rows[i].jackpot);
		assert_int_equal(reward.items[ITEM_X2], rows[i].x2);
		assert_int_equal(reward.items[ITEM_X3], rows[i].x3);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(message_xp_is_spread_over_its_range),
	UNIT(xp_scale_cases),
	UNIT(xp_scale_keeps_its_bounds),
	UNIT(message_is_paid_after_the_cooldown),
	UNIT(levels_bring_lc),
	UNIT(every_fifth_level_brings_items),
};

UNIT_MAIN(tests)
