/* The machine: reels, lines, payments, the jackpot, odds. */
#include "support/games.h"

#include "besace/domain/slots.h"

static const struct {
	enum symbol symbol;
	const char *emoji;
	uint32_t first, last; /* numbers that fall on it */
	int pays; /* three alike */
} table[] = {
	{SYMBOL_CHERRY, "🍒", 0, 29, 2},
	{SYMBOL_LEMON, "🍋", 30, 54, 3},
	{SYMBOL_ORANGE, "🍊", 55, 74, 5},
	{SYMBOL_GRAPES, "🍇", 75, 89, 10},
	{SYMBOL_STAR, "⭐", 90, 94, 20},
	{SYMBOL_DIAMOND, "💎", 95, 97, 50},
	{SYMBOL_SEVEN, "7️⃣", 98, 99, 100},
};

static struct reels pull(uint32_t a, uint32_t b, uint32_t c)
{
	const struct fixed_draw rows[] = {{100, a}, {100, b}, {100, c}};
	struct fixed_draws draws = FIXED(rows);
	struct reels reels = slots_pull(&draws.draws);
	assert_int_equal(draws.taken, 3);
	return reels;
}

static void every_number_falls_on_its_symbol(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		for (uint32_t number = table[i].first; number <= table[i].last; number++)
			assert_int_equal(pull(number, 0, 0).at[0], table[i].symbol);
}

static void reels_fall_from_left_to_right(void **state)
{
	(void)state;
	struct reels reels = pull(0, 40, 99);
	assert_int_equal(reels.at[0], SYMBOL_CHERRY);
	assert_int_equal(reels.at[1], SYMBOL_LEMON);
	assert_int_equal(reels.at[2], SYMBOL_SEVEN);
}

static void symbols_are_shown_as_emoji(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_string_equal(symbol_emoji(table[i].symbol), table[i].emoji);
}

/* What the rules say that A, B, C pay of STAKE. */
static int32_t rule(int a, int b, int c, int32_t stake)
{
	if (a == b && b == c)
		return table[a].pays * stake;
	return a == b || b == c || a == c ? stake * 3 / 2 : 0;
}

static void every_line_is_paid(void **state)
{
	(void)state;
	for (int i = 0; i < 7 * 7 * 7; i++) {
		int a = i / 49, b = i / 7 % 7, c = i % 7;
		struct reels reels = {{(enum symbol)a, (enum symbol)b, (enum symbol)c}};
		for (int32_t stake = 5; stake <= 250; stake += 35)
			assert_int_equal(slots_credit(&reels, stake), rule(a, b, c, stake));
		assert_int_equal(slots_jackpot(&reels), a == 6 && b == 6 && c == 6);
	}
}

static void two_alike_pay_one_and_a_half_floored(void **state)
{
	(void)state;
	struct reels reels = {{SYMBOL_SEVEN, SYMBOL_CHERRY, SYMBOL_SEVEN}};
	assert_int_equal(slots_credit(&reels, 5), 7);
	assert_int_equal(slots_credit(&reels, 6), 9);
	assert_int_equal(slots_credit(&reels, 249), 373);
}

static void reels_are_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < 7 * 7 * 7; i++) {
		struct reels read, reels = {{(enum symbol)(i / 49), (enum symbol)(i / 7 % 7),
					   (enum symbol)(i % 7)}};
		assert_true(slots_parse(slots_format(&reels).text, &read));
		assert_memory_equal(&read, &reels, sizeof(read));
	}
	struct reels cherries_and_seven = {{SYMBOL_CHERRY, SYMBOL_CHERRY, SYMBOL_SEVEN}};
	assert_string_equal(slots_format(&cherries_and_seven).text, "006");
}

static void other_texts_are_no_reels(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "0", "00", "0000", "007", "-00", "00 ", "a00", "00/"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct reels reels = {{SYMBOL_STAR}}, before = reels;
		assert_false(slots_parse(texts[i], &reels));
		assert_memory_equal(&reels, &before, sizeof(reels));
	}
}

static void the_odds_shown_are_those_of_the_rules(void **state)
{
	(void)state;
	struct odds odds;
	slots_odds(&odds);
	assert_int_equal(odds.total, 1000000);
	assert_int_equal(odds.count, 9);
	uint64_t pairs = 0;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint64_t share = table[i].last - table[i].first + 1;
		assert_int_equal(odds.rows[i].what, table[i].symbol);
		assert_int_equal(odds.rows[i].ways, share * share * share);
		assert_int_equal(odds.rows[i].halves, 2 * table[i].pays);
		pairs += 3 * share * share * (100 - share);
	}
	assert_int_equal(odds.rows[7].what, SLOTS_PAIR);
	assert_int_equal(odds.rows[7].ways, pairs);
	assert_int_equal(odds.rows[7].halves, 3);
	assert_int_equal(odds.rows[8].what, SLOTS_NOTHING);
	assert_int_equal(odds.rows[8].halves, 0);
}

#define DRAWS 1000000

static void a_million_pulls_have_the_promised_symbols(void **state)
{
	(void)state;
	static const uint64_t shares[] = {30, 25, 20, 15, 5, 3, 2};
	uint64_t seen[SLOTS_REELS][SYMBOL_COUNT] = {0};
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < DRAWS; i++) {
		struct reels reels = slots_pull(&draws.draws);
		for (int reel = 0; reel < SLOTS_REELS; reel++)
			seen[reel][reels.at[reel]]++;
	}
	for (int reel = 0; reel < SLOTS_REELS; reel++)
		assert_true(chi_squared(seen[reel], shares, SYMBOL_COUNT, 100, DRAWS) <
			    chi_squared_max(SYMBOL_COUNT - 1));
}

static void a_million_pulls_have_the_promised_payments(void **state)
{
	(void)state;
	/* 2, 3, 5, 10, 20, 50, 100 times, once and a half, nothing; of a million. */
	static const uint64_t chances[] = {27000, 15625, 8000, 3375, 125, 27, 8, 493920, 451920};
	static const int32_t credits[] = {4, 6, 10, 20, 40, 100, 200, 3, 0};
	uint64_t seen[ARRAY_LEN(credits)] = {0};
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < DRAWS; i++) {
		struct reels reels = slots_pull(&draws.draws);
		int32_t credit = slots_credit(&reels, 2);
		size_t row = 0;
		while (row < ARRAY_LEN(credits) && credits[row] != credit)
			row++;
		assert_true(row < ARRAY_LEN(credits));
		seen[row]++;
		assert_int_equal(slots_jackpot(&reels), row == 6);
	}
	assert_true(chi_squared(seen, chances, ARRAY_LEN(credits), DRAWS, DRAWS) <
		    chi_squared_max(ARRAY_LEN(credits) - 1));
}

/* The published formula, computed by another program: seed 00 01 … 1f, "lou", game 3. */
static void a_stranger_finds_the_same_reels(void **state)
{
	(void)state;
	static const char *const members[] = {"lou"};
	struct fair_seed seed;
	struct fair_draws draws;
	assert_true(fair_seed_read(
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", &seed));
	fair_draws_start(&draws, &seed, members, 1, 3);
	struct reels reels = slots_pull(&draws.draws); /* 55, 78, 62 */
	assert_string_equal(slots_format(&reels).text, "232");
}

static const struct CMUnitTest tests[] = {
	UNIT(every_number_falls_on_its_symbol),
	UNIT(reels_fall_from_left_to_right),
	UNIT(symbols_are_shown_as_emoji),
	UNIT(every_line_is_paid),
	UNIT(two_alike_pay_one_and_a_half_floored),
	UNIT(reels_are_read_back),
	UNIT(other_texts_are_no_reels),
	UNIT(the_odds_shown_are_those_of_the_rules),
	UNIT(a_million_pulls_have_the_promised_symbols),
	UNIT(a_million_pulls_have_the_promised_payments),
	UNIT(a_stranger_finds_the_same_reels),
};

UNIT_MAIN(tests)
