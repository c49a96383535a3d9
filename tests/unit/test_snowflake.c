/* Discord's ids: what is one, and when it was made. */
#include "unit.h"

#include "besace/base/snowflake.h"

static void ids_are_one_to_twenty_digits_below_two_to_the_sixty_four(void **state)
{
	(void)state;
	static const char *const good[] = {
		"1", "80351110224678912", "18446744073709551615", "9999999999999999999"};
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct snowflake id;
		assert_true(snowflake_parse(good[i], &id));
		assert_string_equal(id.text, good[i]);
	}
}

static void everything_else_is_refused_and_leaves_the_result_alone(void **state)
{
	(void)state;
	static const char *const bad[] = {NULL, "", "0", "01", "-1", "+1", " 1", "1 ", "1.0", "1e3",
		"0x1", "18446744073709551616", "99999999999999999999", "184467440737095516150",
		"one", "1\n", "１"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct snowflake id = {"unchanged"};
		assert_false(snowflake_parse(bad[i], &id));
		assert_string_equal(id.text, "unchanged");
	}
}

static void an_id_tells_when_it_was_made(void **state)
{
	(void)state;
	struct snowflake id;
	assert_true(snowflake_parse("175928847299117063", &id)); /* Discord's own example */
	assert_int_equal(snowflake_time_ms(&id), 1462015105796);
	assert_true(snowflake_parse("18446744073709551615", &id));
	assert_int_equal(snowflake_time_ms(&id), 1420070400000 + (INT64_C(1) << 42) - 1);
}

static void equal_ids_are_equal(void **state)
{
	(void)state;
	struct snowflake a = {"12"}, b = {"12"}, c = {"123"};
	assert_true(snowflake_equal(&a, &b));
	assert_false(snowflake_equal(&a, &c));
}

static const struct CMUnitTest tests[] = {
	UNIT(ids_are_one_to_twenty_digits_below_two_to_the_sixty_four),
	UNIT(everything_else_is_refused_and_leaves_the_result_alone),
	UNIT(an_id_tells_when_it_was_made),
	UNIT(equal_ids_are_equal),
};

UNIT_MAIN(tests)
