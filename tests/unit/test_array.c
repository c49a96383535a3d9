/* Arrays as PostgreSQL reads them. */
#include "unit.h"

#include <string.h>

#include "store/array.h"

static void texts_are_quoted(void **state)
{
	const char *texts[] = {
		"lou", "", "a,b", "{x}", "NULL", NULL, "q\"u\\o'te", "\u00E9 \U0001F3B2"};
	assert_string_equal(array_of_texts(*state, texts, ARRAY_LEN(texts)),
		"{\"lou\",\"\",\"a,b\",\"{x}\",\"NULL\",NULL,\"q\\\"u\\\\o'te\",\"\u00E9 "
		"\U0001F3B2\"}");
}

static void none_is_an_empty_array(void **state)
{
	assert_string_equal(array_of_texts(*state, NULL, 0), "{}");
	assert_string_equal(array_of_numbers(*state, NULL, 0), "{}");
}

static void numbers_are_whole(void **state)
{
	const int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN};
	assert_string_equal(array_of_numbers(*state, numbers, ARRAY_LEN(numbers)),
		"{0,-1,9223372036854775807,-9223372036854775808}");
}

static void the_longest_numbers_fit(void **state)
{
	int64_t numbers[100];
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		numbers[i] = INT64_MIN;
	const char *array = array_of_numbers(*state, numbers, ARRAY_LEN(numbers));
	assert_int_equal(strlen(array), 100 * 21 + 1);
}

static const struct CMUnitTest tests[] = {
	UNIT(texts_are_quoted),
	UNIT(none_is_an_empty_array),
	UNIT(numbers_are_whole),
	UNIT(the_longest_numbers_fit),
};

UNIT_MAIN(tests)
