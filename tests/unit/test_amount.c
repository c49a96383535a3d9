/* Amounts that are typed, and amounts that are suggested. */
#include "support/games.h"

#include "besace/domain/amount.h"

#define BALANCE 12345

static int64_t read_of(const char *text, int64_t balance, int32_t max)
{
	int32_t amount = -77;
	switch (amount_parse(text, balance, max, &amount)) {
	case AMOUNT_READ:
		return amount;
	case AMOUNT_NONE:
		assert_int_equal(amount, -77);
		return -1;
	case AMOUNT_TOO_LARGE:
		assert_int_equal(amount, -77);
		return -2;
	}
	return -3;
}

static int64_t read_amount(const char *text)
{
	return read_of(text, BALANCE, AMOUNT_MAX);
}

static void numbers_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int32_t amount;
	} rows[] = {
		{"0", 0},
		{"1", 1},
		{"25", 25},
		{"10000", 10000},
		{"2147483647", INT32_MAX},
		{"10 000", 10000},
		{"1 234 567", 1234567},
		{"2 147 483 647", INT32_MAX},
		{" 25 ", 25},
		{"   25", 25},
		{"100 000", 100000},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(read_amount(rows[i].text), rows[i].amount);
}

static void groups_are_parted_by_any_usual_space(void **state)
{
	(void)state;
	static const char *const texts[] = {"10 000", "10\u00A0000", "10\u202F000", "10\u2009000",
		"10\u2007000", "\u00A010\u202F000\u202F", "\u202F10000"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(read_amount(texts[i]), 10000);
}

static void thousands_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int32_t amount;
	} rows[] = {
		{"1k", 1000},
		{"10k", 10000},
		{"10K", 10000},
		{"10 k", 10000},
		{"10\u00A0k", 10000},
		{"1,5k", 1500},
		{"1.5k", 1500},
		{"1,5 k", 1500},
		{"1,25k", 1250},
		{"1.05K", 1050},
		{"0,5k", 500},
		{"0.01k", 10},
		{"0k", 0},
		{"1,50k", 1500},
		{"1 000k", 1000000},
		{"10 000 k", 10000000},
		{"2147483k", 2147483000},
		{"2147483,64k", 2147483640},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(read_amount(rows[i].text), rows[i].amount);
}

static void words_name_parts_of_the_balance(void **state)
{
	(void)state;
	static const char *const all[] = {
		"tout", "Tout", "TOUT", "all", "ALL", " tout ", "\u00A0all"};
	static const char *const half[] = {"moitié", "Moitié", "MOITIÉ", "moitie", "MOITIE", "half",
		"Half", " moitié ", "moitie\u0301", "MOITIE\u0301"};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_int_equal(read_amount(all[i]), BALANCE);
	for (size_t i = 0; i < ARRAY_LEN(half); i++)
		assert_int_equal(read_amount(half[i]), BALANCE / 2);
}

static void words_stay_within_what_may_be_staked(void **state)
{
	(void)state;
	assert_int_equal(read_of("tout", 80, 500), 80);
	assert_int_equal(read_of("tout", 500, 500), 500);
	assert_int_equal(read_of("tout", 501, 500), 500);
	assert_int_equal(read_of("moitié", 900, 500), 450);
	assert_int_equal(read_of("moitié", 5000, 500), 500);
	assert_int_equal(read_of("moitié", 81, 500), 40);
	assert_int_equal(read_of("moitié", 1, 500), 0);
	assert_int_equal(read_of("tout", 0, 500), 0);
	assert_int_equal(read_of("tout", INT32_MAX, AMOUNT_MAX), INT32_MAX);
}

/* A number is what it says: whoever types 600 does not mean 500. */
static void numbers_are_not_cut_to_what_may_be_staked(void **state)
{
	(void)state;
	assert_int_equal(read_of("600", 1000, 500), 600);
	assert_int_equal(read_of("600", 10, 500), 600);
}

static void anything_else_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", " ", "\u00A0", "k", ",5k", ".5k", "1,k", "1,5",
		"1.5", "1,500", "1.500", "1,500k", "1,234,567", "1 5k0", "10 00", "10 0000",
		"1000 000", "1  000", "1 000 00", "10  k", "1k k", "1kk", "1m", "1M", "1kg", "-5",
		"+5", "--", "1-2", "1e3", "0x10", "1_000", "1'000", "10%", "5 LC", "5lc", "007",
		"00", "0 500", "01k", "tou", "toute", "tout tout", "to ut", "tout1", "1tout",
		"-tout", "moiti", "moitíe", "demi", "half of it", "\u0301", "1\u0301", "tout\u0301",
		"\uFF15", "\u0665", "\u00BD", "5\u200B", "5\t", "5\n", "\n5", "5\x01", "\xff",
		"5\xff", "\xC3", "<@5>", "'; --"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (read_amount(texts[i]) != -1)
			fail_msg("\"%s\" is read as %lld", texts[i],
				(long long)read_amount(texts[i]));
}

static void numbers_that_no_balance_holds_are_too_large(void **state)
{
	(void)state;
	static const char *const texts[] = {"2147483648", "2 147 483 648", "4294967296",
		"4294967301", "9999999999", "2147484k", "2147483,65k", "2147483648k",
		"18446744073709551617",
		"99999999999999999999999999999999999999999999999999999999999999",
		"9999999999999999999999999999999999999999k"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(read_amount(texts[i]), -2);
}

static void long_texts_are_refused(void **state)
{
	char *text = talloc_zero_size(*state, 5000);
	memset(text, ' ', 4000);
	text[3999] = '5';
	assert_int_equal(read_amount(text), -1);
	memset(text, '1', 4000);
	assert_int_equal(read_amount(text), -1);
	/* AMOUNT_TEXT_MAX bytes are read, one more is not. */
	memset(text, 0, 5000);
	memset(text, ' ', 63);
	text[63] = '5';
	assert_int_equal(read_amount(text), 5);
	memset(text, ' ', 64);
	text[64] = '5';
	assert_int_equal(read_amount(text), -1);
}

/* AMOUNT in groups of three with SPACE between them. */
static char *in_groups(void *ctx, uint32_t amount, const char *space)
{
	if (amount < 1000)
		return talloc_asprintf(ctx, "%u", amount);
	return talloc_asprintf(
		ctx, "%s%s%03u", in_groups(ctx, amount / 1000, space), space, amount % 1000);
}

static void amounts_written_in_groups_are_read_back(void **state)
{
	static const char *const spaces[] = {"", " ", "\u00A0", "\u202F"};
	struct fair_draws draws = seeded_draws();
	for (int i = 0; i < 20000; i++) {
		uint32_t bound = UINT32_C(1) << (1 + draws_below(&draws.draws, 31));
		uint32_t amount = draws_below(&draws.draws, bound);
		const char *space = spaces[draws_below(&draws.draws, ARRAY_LEN(spaces))];
		assert_int_equal(read_amount(in_groups(*state, amount, space)), amount);
	}
}

static void assert_suggests(const char *typed, int64_t balance, int32_t min, int32_t max,
	const struct suggestion *expected, size_t count)
{
	struct suggestion seen[SUGGESTIONS_MAX];
	assert_int_equal(amount_suggest(typed, balance, min, max, seen), count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(seen[i].kind, expected[i].kind);
		assert_int_equal(seen[i].amount, expected[i].amount);
	}
}

#define SUGGESTS(typed, balance, min, max, ...)                                                    \
	assert_suggests(typed, balance, min, max, (const struct suggestion[]){__VA_ARGS__},        \
		sizeof((const struct suggestion[]){__VA_ARGS__}) / sizeof(struct suggestion))

/* clang-format off */
#define ROUND_STAKES                                                                               \
	{SUGGEST_ROUND, 10}, {SUGGEST_ROUND, 50},                                                  \
	{                                                                                          \
		SUGGEST_ROUND, 100                                                                 \
	}
/* clang-format on */

static void round_stakes_half_and_all_are_suggested(void **state)
{
	(void)state;
	SUGGESTS(NULL, 400, 10, 500, ROUND_STAKES, {SUGGEST_HALF, 200}, {SUGGEST_ALL, 400});
	SUGGESTS("", 500, 5, 500, ROUND_STAKES, {SUGGEST_HALF, 250}, {SUGGEST_ALL, 500});
}

static void suggestions_stay_within_the_limits(void **state)
{
	(void)state;
	SUGGESTS(NULL, 600, 10, 500, ROUND_STAKES, {SUGGEST_HALF, 300}, {SUGGEST_MAX, 500});
	SUGGESTS(NULL, 4000, 10, 500, ROUND_STAKES, {SUGGEST_MAX, 500});
	SUGGESTS(NULL, INT32_MAX, 10, 500, ROUND_STAKES, {SUGGEST_MAX, 500});
	SUGGESTS(NULL, 60, 10, 500, {SUGGEST_ROUND, 10}, {SUGGEST_ROUND, 50}, {SUGGEST_HALF, 30},
		{SUGGEST_ALL, 60});
	SUGGESTS(NULL, 15, 10, 500, {SUGGEST_ROUND, 10}, {SUGGEST_ALL, 15});
}

/* Where a guild's stakes begin above the round ones, or a balance ends below them. */
static void the_lowest_stake_is_suggested_where_no_round_one_is_lower(void **state)
{
	(void)state;
	SUGGESTS(NULL, 900, 200, 500, {SUGGEST_MIN, 200}, {SUGGEST_HALF, 450}, {SUGGEST_MAX, 500});
	SUGGESTS(NULL, 900, 20, 500, {SUGGEST_MIN, 20}, {SUGGEST_ROUND, 50}, {SUGGEST_ROUND, 100},
		{SUGGEST_HALF, 450}, {SUGGEST_MAX, 500});
	SUGGESTS(NULL, 8, 5, 250, {SUGGEST_MIN, 5}, {SUGGEST_ALL, 8});
}

static void no_amount_is_suggested_twice(void **state)
{
	(void)state;
	SUGGESTS(NULL, 100, 10, 500, {SUGGEST_ROUND, 10}, {SUGGEST_HALF, 50}, {SUGGEST_ALL, 100});
	SUGGESTS(NULL, 10, 10, 500, {SUGGEST_ALL, 10});
	SUGGESTS(NULL, 1000, 10, 500, ROUND_STAKES, {SUGGEST_HALF, 500});
	SUGGESTS("10", 15, 10, 500, {SUGGEST_TYPED, 10}, {SUGGEST_ALL, 15});
}

static void what_is_typed_comes_first(void **state)
{
	(void)state;
	SUGGESTS("0,15k", 400, 10, 500, {SUGGEST_TYPED, 150}, ROUND_STAKES, {SUGGEST_HALF, 200},
		{SUGGEST_ALL, 400});
	SUGGESTS("moitié", 400, 10, 500, {SUGGEST_TYPED, 200}, ROUND_STAKES, {SUGGEST_ALL, 400});
}

static void what_is_typed_but_cannot_be_staked_is_left_out(void **state)
{
	(void)state;
	static const char *const texts[] = {"9", "0", "401", "501", "9999999999", "x", "-1"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		SUGGESTS(texts[i], 400, 10, 500, ROUND_STAKES, {SUGGEST_HALF, 200},
			{SUGGEST_ALL, 400});
}

static void who_cannot_play_gets_no_suggestion(void **state)
{
	(void)state;
	struct suggestion seen[SUGGESTIONS_MAX];
	assert_int_equal(amount_suggest(NULL, 9, 10, 500, seen), 0);
	assert_int_equal(amount_suggest("5", 9, 10, 500, seen), 0);
	assert_int_equal(amount_suggest("tout", 0, 10, 500, seen), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT(numbers_are_read),
	UNIT(groups_are_parted_by_any_usual_space),
	UNIT(thousands_are_read),
	UNIT(words_name_parts_of_the_balance),
	UNIT(words_stay_within_what_may_be_staked),
	UNIT(numbers_are_not_cut_to_what_may_be_staked),
	UNIT(anything_else_is_refused),
	UNIT(numbers_that_no_balance_holds_are_too_large),
	UNIT(long_texts_are_refused),
	UNIT(amounts_written_in_groups_are_read_back),
	UNIT(round_stakes_half_and_all_are_suggested),
	UNIT(suggestions_stay_within_the_limits),
	UNIT(the_lowest_stake_is_suggested_where_no_round_one_is_lower),
	UNIT(no_amount_is_suggested_twice),
	UNIT(what_is_typed_comes_first),
	UNIT(what_is_typed_but_cannot_be_staked_is_left_out),
	UNIT(who_cannot_play_gets_no_suggestion),
};

UNIT_MAIN(tests)
