/* Verifiable draws: the formula against figures computed by another program, and its evenness. */
#include "support/games.h"

#include <sodium.h>

/* The bytes 0, 1, 2, … 31. */
static struct fair_seed counting_seed(void)
{
	struct fair_seed seed;
	for (unsigned i = 0; i < FAIR_SEED_BYTES; i++)
		seed.bytes[i] = (unsigned char)i;
	return seed;
}

#define COUNTING_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define COUNTING_HASH "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"

static const char *const lou[] = {"lou"};

/* The draws of game COUNTER of the counting seed and "lou". */
static struct fair_draws lous_draws(uint64_t nonce)
{
	struct fair_seed seed = counting_seed();
	struct fair_draws draws;
	fair_draws_start(&draws, &seed, lou, 1, nonce);
	return draws;
}

/* The words are seen through the numbers below 2^32 − 1, which skip only the last word. */
static void assert_words(struct fair_draws *draws, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(draws_below(&draws->draws, UINT32_MAX), words[i]);
}

/* The figures in this file were computed with Python's hmac and hashlib. */
static void the_words_are_those_of_the_formula(void **state)
{
	(void)state;
	static const uint32_t words[] = {0x8217576f, 0x0ddc5996, 0x628d3fed, 0x5f537297, 0x96428607,
		0x9bfd3424, 0x45c7d4d3, 0xb9fa6ac3, 0x05afb7d3, 0x1978ecab};
	struct fair_draws draws = lous_draws(1);
	assert_words(&draws, words, ARRAY_LEN(words));
}

static void two_members_and_the_highest_counter_go_into_the_words(void **state)
{
	(void)state;
	static const uint32_t words[] = {0xd5fb3295, 0x8f40f0e0, 0x789c9f8b, 0x0bba9ea9, 0xfb688e56,
		0x4114ad24, 0x04ddda9e, 0x8b182c36, 0x650aeb49};
	static const char *const members[] = {"lou", "max_2-B"};
	struct fair_seed seed = counting_seed();
	struct fair_draws draws;
	fair_draws_start(&draws, &seed, members, 2, UINT64_MAX);
	assert_words(&draws, words, ARRAY_LEN(words));
}

static void the_seed_goes_into_the_words(void **state)
{
	(void)state;
	static const uint32_t words[] = {0xa7405c6d, 0x59ff6f9f};
	static const char *const members[] = {"0"};
	struct fair_seed seed;
	memset(seed.bytes, 0xff, sizeof(seed.bytes));
	struct fair_draws draws;
	fair_draws_start(&draws, &seed, members, 1, 0);
	assert_words(&draws, words, ARRAY_LEN(words));
	assert_string_equal(fair_commit(&seed).text,
		"af9613760f72635fbdb44a5a0a63c39f12af30f950a6ee5c971be188e89c4051");
}

static void numbers_are_those_of_the_formula(void **state)
{
	(void)state;
	static const struct {
		uint32_t bound, numbers[8];
	} rows[] = {
		{2, {1, 1, 1, 1, 0, 1, 1, 0}},
		{3, {1, 1, 1, 2, 0, 1, 2, 0}},
		{37, {33, 8, 16, 27, 2, 11, 4, 15}},
		{52, {37, 3, 15, 33, 10, 7, 39, 50}},
		{100, {53, 59, 23, 25, 82, 63, 47, 26}},
		{1000000007, {283921753, 546740445, 862196623, 964252304, 281618575, 349127156,
				     205407626, 202150305}},
		/* Almost every second word is skipped. */
		{0x80000001, {283921753, 862196623, 1281618582, 1349127163, 1427266670, 666707240,
				     1330041065, 2072634027}},
		{3u << 30, {283921753, 2546740459, 862196623, 1281618582, 1349127163, 3205407647,
				   3202150326, 1427266670}},
		{UINT32_MAX, {283921753, 2546740459, 862196623, 3964252325, 1281618582, 1349127163,
				     3205407647, 3202150326}},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fair_draws draws = lous_draws(7);
		for (size_t j = 0; j < 8; j++)
			assert_int_equal(
				draws_below(&draws.draws, rows[i].bound), rows[i].numbers[j]);
	}
}

static void below_one_takes_no_word(void **state)
{
	(void)state;
	struct fair_draws draws = lous_draws(7);
	assert_int_equal(draws_below(&draws.draws, 1), 0);
	assert_int_equal(draws_below(&draws.draws, 0), 0);
	assert_int_equal(draws_below(&draws.draws, 37), 33);
}

/* What numbers below BOUND are made of the words: these, then those of block 0. */
static uint32_t below_of_words(uint32_t bound, const uint32_t words[8])
{
	struct fair_draws draws = lous_draws(7);
	memcpy(draws.words, words, sizeof(draws.words));
	draws.words_left = 8;
	return draws_below(&draws.draws, bound);
}

static void words_of_the_last_part_are_skipped(void **state)
{
	(void)state;
	static const uint32_t bounds[] = {
		3, 7, 37, 52, 100, 641, 65537, 1000000007, 0x7fffffff, 0x80000001, 3u << 30};
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		uint32_t rest = (UINT32_MAX % bounds[i] + 1) % bounds[i]; /* 2^32 mod bound */
		uint32_t first_skipped = (uint32_t)-rest;
		if (rest == 0)
			continue;
		const uint32_t skip[8] = {first_skipped, UINT32_MAX, first_skipped, UINT32_MAX, 1};
		assert_int_equal(below_of_words(bounds[i], skip), 1);
		const uint32_t last[8] = {first_skipped - 1};
		assert_int_equal(below_of_words(bounds[i], last), bounds[i] - 1);
	}
}

static void powers_of_two_skip_nothing(void **state)
{
	(void)state;
	const uint32_t words[8] = {UINT32_MAX};
	for (uint32_t bound = 2; bound; bound <<= 1)
		assert_int_equal(below_of_words(bound, words), bound - 1);
}

#define DRAWS 1000000

/* Chi-squared of a million numbers below BOUND, in BINS of the same size. */
static double unevenness(uint32_t bound, uint32_t bins)
{
	uint64_t seen[37] = {0}, chances[37];
	struct fair_draws draws = seeded_draws();
	assert_int_equal(bound % bins, 0);
	assert_true(bins <= ARRAY_LEN(seen));
	for (uint32_t i = 0; i < bins; i++)
		chances[i] = 1;
	for (int i = 0; i < DRAWS; i++) {
		uint32_t number = draws_below(&draws.draws, bound);
		assert_true(number < bound);
		seen[number / (bound / bins)]++;
	}
	return chi_squared(seen, chances, bins, bins, DRAWS);
}

static void numbers_below_awkward_bounds_are_even(void **state)
{
	(void)state;
	/* A bare modulo would make the first numbers of the last three twice as likely. */
	static const struct {
		uint32_t bound, bins;
	} rows[] = {
		{2, 2}, {3, 3}, {37, 37}, {100, 25}, {3u << 30, 3}, {5u << 29, 5}, {7u << 29, 7}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_true(unevenness(rows[i].bound, rows[i].bins) <
			    chi_squared_max((int)rows[i].bins - 1));
}

static void counters_members_and_their_order_give_other_words(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {{"a", "b"}, {"b", "a"}, {"ab", "c"}, {"a", "bc"}};
	struct fair_seed seed = counting_seed();
	uint32_t first[2 * ARRAY_LEN(pairs)];
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		struct fair_draws draws;
		fair_draws_start(&draws, &seed, pairs[i / 2], 2, i % 2 == 0 ? 1 : 11);
		first[i] = draws_below(&draws.draws, UINT32_MAX);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(first[i], first[j]);
	}
}

static void the_commitment_is_the_seeds_hash(void **state)
{
	(void)state;
	struct fair_seed seed = counting_seed();
	assert_string_equal(fair_seed_show(&seed).text, COUNTING_HEX);
	assert_string_equal(fair_commit(&seed).text, COUNTING_HASH);
	assert_true(fair_matches(&seed, COUNTING_HASH));
	assert_true(fair_matches(
		&seed, "630DCD2966C4336691125448BBB25B4FF412A49C732DB2C8ABC1B8581BD710DD"));
}

static void other_commitments_do_not_match(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "63", COUNTING_HEX, COUNTING_HASH "0",
		"730dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"};
	struct fair_seed seed = counting_seed();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(fair_matches(&seed, texts[i]));
}

static void seeds_are_read_back(void **state)
{
	(void)state;
	struct fair_seed seed, read;
	for (int i = 0; i < 100; i++) {
		fair_seed_make(&seed);
		assert_true(fair_seed_read(fair_seed_show(&seed).text, &read));
		assert_memory_equal(&seed, &read, sizeof(seed));
	}
}

static void other_texts_are_no_seeds(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "00", COUNTING_HEX "0", COUNTING_HEX " ",
		"x00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"0001020304050607 08090a0b0c0d0e0f1011121314151617 8191a1b1c1d1e1f"};
	struct fair_seed seed = counting_seed(), before = seed;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_false(fair_seed_read(texts[i], &seed));
		assert_memory_equal(&seed, &before, sizeof(seed));
	}
}

static void new_seeds_differ(void **state)
{
	(void)state;
	struct fair_seed a, b;
	fair_seed_make(&a);
	fair_seed_make(&b);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

static void member_seeds_are_short_plain_texts(void **state)
{
	(void)state;
	static const char *const good[] = {
		"0", "lou", "A-Z_a-z09", "0123456789abcdef0123456789ABCDEF"};
	static const char *const bad[] = {"", " ", "a b", "a:b", "a+b", "é", "a\n", "a.b",
		"0123456789abcdef0123456789ABCDEFx"};
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(fair_member_seed_valid(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(fair_member_seed_valid(bad[i]));
}

static void a_first_member_seed_is_valid_and_another_each_time(void **state)
{
	(void)state;
	struct fair_draws draws = seeded_draws();
	struct fair_member_seed a = fair_member_seed_make(&draws.draws);
	struct fair_member_seed b = fair_member_seed_make(&draws.draws);
	assert_true(fair_member_seed_valid(a.text));
	assert_int_equal(strlen(a.text), 16);
	assert_string_not_equal(a.text, b.text);
}

static void the_seed_is_wiped_at_the_end(void **state)
{
	(void)state;
	struct fair_draws draws = lous_draws(1);
	draws_below(&draws.draws, 37);
	fair_draws_end(&draws);
	assert_true(sodium_is_zero((const unsigned char *)&draws, sizeof(draws)));
}

static uint32_t asked;

static uint32_t answer_three(uint32_t bound)
{
	asked = bound;
	return 3;
}

static void plain_draws_ask_their_function(void **state)
{
	(void)state;
	struct plain_draws plain = draws_plain(answer_three);
	assert_int_equal(draws_below(&plain.draws, 37), 3);
	assert_int_equal(asked, 37);
	assert_int_equal(draws_below(&plain.draws, 1), 0);
	assert_int_equal(asked, 37);
}

static const struct CMUnitTest tests[] = {
	UNIT(the_words_are_those_of_the_formula),
	UNIT(two_members_and_the_highest_counter_go_into_the_words),
	UNIT(the_seed_goes_into_the_words),
	UNIT(numbers_are_those_of_the_formula),
	UNIT(below_one_takes_no_word),
	UNIT(words_of_the_last_part_are_skipped),
	UNIT(powers_of_two_skip_nothing),
	UNIT(numbers_below_awkward_bounds_are_even),
	UNIT(counters_members_and_their_order_give_other_words),
	UNIT(the_commitment_is_the_seeds_hash),
	UNIT(other_commitments_do_not_match),
	UNIT(seeds_are_read_back),
	UNIT(other_texts_are_no_seeds),
	UNIT(new_seeds_differ),
	UNIT(member_seeds_are_short_plain_texts),
	UNIT(a_first_member_seed_is_valid_and_another_each_time),
	UNIT(the_seed_is_wiped_at_the_end),
	UNIT(plain_draws_ask_their_function),
};

UNIT_MAIN(tests)
