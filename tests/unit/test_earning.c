/* What messages, reactions and levels are worth. */
#include "unit.h"

#include "besace/domain/earning.h"
#include "besace/domain/level.h"

static uint32_t next_draw, asked_bound;

static uint32_t draw(uint32_t bound)
{
	asked_bound = bound;
	return next_draw;
}

static void messages_bring_one_to_three(void **state)
{
	(void)state;
	for (next_draw = 0; next_draw < 3; next_draw++)
		assert_int_equal(message_xp(draw), 1 + next_draw);
	assert_int_equal(asked_bound, 3);
}

static void a_message_is_paid_once_a_minute(void **state)
{
	(void)state;
	assert_true(message_is_paid(-1, 0));
	assert_false(message_is_paid(1000, 60999));
	assert_true(message_is_paid(1000, 61000));
}

static void an_older_message_is_not_paid(void **state)
{
	(void)state;
	assert_false(message_is_paid(100000, 99999));
	assert_false(message_is_paid(100000, 0));
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
	UNIT(messages_bring_one_to_three),
	UNIT(a_message_is_paid_once_a_minute),
	UNIT(an_older_message_is_not_paid),
	UNIT(levels_bring_lc),
	UNIT(every_fifth_level_brings_items),
};

UNIT_MAIN(tests)
