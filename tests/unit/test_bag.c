/* Items, and what jackpots hold. */
#include "unit.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

#include "besace/domain/bag.h"

static uint32_t fixed;

static uint32_t draw_fixed(uint32_t bound)
{
	assert_int_equal(bound, 100);
	return fixed;
}

static int32_t reward_of(uint32_t drawn)
{
	fixed = drawn;
	return jackpot_draw(draw_fixed);
}

static void half_of_the_draws_hold_twenty_five(void **state)
{
	(void)state;
	assert_int_equal(reward_of(0), 25);
	assert_int_equal(reward_of(49), 25);
}

static void the_next_thirty_five_hold_fifty(void **state)
{
	(void)state;
	assert_int_equal(reward_of(50), 50);
	assert_int_equal(reward_of(84), 50);
}

static void the_last_fifteen_hold_a_hundred(void **state)
{
	(void)state;
	assert_int_equal(reward_of(85), 100);
	assert_int_equal(reward_of(99), 100);
}

/* A million uniform numbers that are the same in every run. */
#define DRAWS 1000000
static uint32_t *stream;
static size_t taken;

static uint32_t draw_from_stream(uint32_t bound)
{
	uint32_t min = -bound % bound; /* the same rejection as randombytes_uniform */
	while (stream[taken] < min)
		taken++;
	return stream[taken++] % bound;
}

static void a_million_jackpots_have_the_promised_odds(void **state)
{
	static const unsigned char seed[randombytes_SEEDBYTES] = "a seed of the besace unit tests";
	size_t size = (DRAWS + 1000) * sizeof(*stream);
	stream = talloc_size(*state, size);
	randombytes_buf_deterministic(stream, size, seed);
	taken = 0;
	double seen[3] = {0};
	for (int i = 0; i < DRAWS; i++) {
		int32_t reward = jackpot_draw(draw_from_stream);
		assert_true(reward == 25 || reward == 50 || reward == 100);
		seen[reward == 25 ? 0 : reward == 50 ? 1 : 2]++;
	}
	static const double odds[] = {0.50, 0.35, 0.15};
	double chi_squared = 0;
	for (int i = 0; i < 3; i++)
		chi_squared += pow(seen[i] - odds[i] * DRAWS, 2) / (odds[i] * DRAWS);
	/* Two degrees of freedom: larger than this once in a thousand seeds. */
	assert_true(chi_squared < 13.8);
}

static void item_names_are_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < ITEM_COUNT; i++) {
		enum item item;
		assert_true(item_parse(item_type((enum item)i), &item));
		assert_int_equal(item, i);
	}
}

static void other_names_are_no_items(void **state)
{
	(void)state;
	static const char *const names[] = {
		"", "Jackpot", "jackpot ", "multiplier", "multiplier_x4", "x2"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		enum item item = ITEM_COUNT;
		assert_false(item_parse(names[i], &item));
		assert_int_equal(item, ITEM_COUNT);
	}
}

static void the_bag_shows_jackpots_first(void **state)
{
	(void)state;
	assert_string_equal(item_type((enum item)0), "jackpot");
	assert_string_equal(item_type((enum item)1), "multiplier_x2");
	assert_string_equal(item_type((enum item)2), "multiplier_x3");
}

static void multipliers_multiply_by_what_they_say(void **state)
{
	(void)state;
	assert_int_equal(item_multiplier(ITEM_JACKPOT), 0);
	assert_int_equal(item_multiplier(ITEM_X2), 2);
	assert_int_equal(item_multiplier(ITEM_X3), 3);
}

static const struct CMUnitTest tests[] = {
	UNIT(half_of_the_draws_hold_twenty_five),
	UNIT(the_next_thirty_five_hold_fifty),
	UNIT(the_last_fifteen_hold_a_hundred),
	UNIT(a_million_jackpots_have_the_promised_odds),
	UNIT(item_names_are_read_back),
	UNIT(other_names_are_no_items),
	UNIT(the_bag_shows_jackpots_first),
	UNIT(multipliers_multiply_by_what_they_say),
};

UNIT_MAIN(tests)
