/* Stepping through UTF-8, broken or not. */
#include "unit.h"

#include <string.h>

#include "besace/base/utf8.h"

static void each_length_of_sequence_is_one_character(void **state)
{
	(void)state;
	const char *text = "aé€😀";
	assert_int_equal(utf8_next(&text), 'a');
	assert_int_equal(utf8_next(&text), 0xE9);
	assert_int_equal(utf8_next(&text), 0x20AC);
	assert_int_equal(utf8_next(&text), 0x1F600);
	assert_int_equal(utf8_next(&text), 0);
	assert_int_equal(utf8_next(&text), 0);
	assert_int_equal(*text, '\0');
}

static void valid_is_what_needs_no_replacement(void **state)
{
	(void)state;
	static const char good[] = "a\0é€😀\xEF\xBF\xBD\xF4\x8F\xBF\xBF";
	assert_true(utf8_is_valid(good, sizeof(good)));
	assert_true(utf8_is_valid("", 0));
	static const char *const bad[] = {"\x80", "é\xC0\x80", "\xC3", "\xE2\x82", "\xED\xA0\x80",
		"\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
	assert_false(utf8_is_valid("€", 2)); /* the rest is there but not ours */
}

/* Each is followed by an "x", which must still be found. */
static void what_starts_nothing_valid_is_a_replacement(void **state)
{
	(void)state;
	static const char *const broken[] = {"\x80", "\xBF", "\xC0", "\xC1", "\xC3", "\xE2\x82",
		"\xE2", "\xF0\x9F\x98", "\xF5", "\xFF", "\xE0\x80\x80", "\xE0\x9F\xBF",
		"\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80"};
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		char whole[8];
		memcpy(whole, broken[i], strlen(broken[i]) + 1);
		memcpy(whole + strlen(broken[i]), "x", 2);
		const char *text = whole;
		uint32_t point = utf8_next(&text);
		assert_int_equal(point, 0xFFFD);
		while (point == 0xFFFD)
			point = utf8_next(&text);
		assert_int_equal(point, 'x');
		assert_int_equal(*text, '\0');
	}
}

static void length_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_length(""), 0);
	assert_int_equal(utf8_length("épée 🗡"), 6);
	assert_int_equal(utf8_length("\xFF\xFF"), 2);
}

static void a_prefix_never_breaks_a_character(void **state)
{
	(void)state;
	assert_int_equal(utf8_prefix("épée", 0), 0);
	assert_int_equal(utf8_prefix("épée", 1), 2);
	assert_int_equal(utf8_prefix("épée", 3), 5);
	assert_int_equal(utf8_prefix("épée", 4), 6);
	assert_int_equal(utf8_prefix("épée", 99), 6);
	assert_int_equal(utf8_prefix("😀😀", 1), 4);
}

static const struct CMUnitTest tests[] = {
	UNIT(each_length_of_sequence_is_one_character),
	UNIT(valid_is_what_needs_no_replacement),
	UNIT(what_starts_nothing_valid_is_a_replacement),
	UNIT(length_counts_characters),
	UNIT(a_prefix_never_breaks_a_character),
};

UNIT_MAIN(tests)
