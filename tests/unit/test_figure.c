/* The numbers of other bots, however they are written. */
#include "unit.h"

#include "besace/movers/figure.h"

static void figure_parse_takes_whole_numbers_in_any_writing(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {{"0", 0}, {"007", 7}, {"+5", 5}, {"-5", -5}, {"12.0", 12}, {"1.25e3", 1250},
		{"1E0", 1}, {"2147483647", INT32_MAX}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t value = 99;
		assert_int_equal(figure_parse(cases[i].text, false, &value), REFUSAL_NONE);
		assert_int_equal(value, cases[i].value);
	}
}

static void figure_parse_refuses_what_is_no_figure(void **state)
{
	static const struct {
		const char *text;
		enum refusal refusal;
	} cases[] = {{"", REFUSAL_NOT_INTEGER}, {"-", REFUSAL_NOT_INTEGER},
		{"1,5", REFUSAL_NOT_INTEGER}, {"1.", REFUSAL_NOT_INTEGER},
		{".5", REFUSAL_NOT_INTEGER}, {"1e", REFUSAL_NOT_INTEGER},
		{"0x10", REFUSAL_NOT_INTEGER}, {"1 2", REFUSAL_NOT_INTEGER},
		{"1.5", REFUSAL_NOT_INTEGER}, {"2147483648", REFUSAL_TOO_LARGE},
		{"-2147483648", REFUSAL_TOO_LARGE}, {"1e999", REFUSAL_TOO_LARGE},
		{"NaN", REFUSAL_NAN}, {"-inf", REFUSAL_NAN}, {"Infinity", REFUSAL_NAN}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t value;
		assert_int_equal(figure_parse(cases[i].text, false, &value), cases[i].refusal);
	}
}

static void figure_parse_cuts_a_fraction_when_told_to(void **state)
{
	int64_t value;
	(void)state;
	assert_int_equal(figure_parse("12.9", true, &value), REFUSAL_NONE);
	assert_int_equal(value, 12);
}

static void every_refusal_and_figure_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSAL_COUNT; i++)
		assert_non_null(refusal_text((enum refusal)i));
	for (int i = 0; i < FIGURE_COUNT; i++)
		assert_non_null(figure_name((enum figure)i));
}

static const struct CMUnitTest tests[] = {
	UNIT(figure_parse_takes_whole_numbers_in_any_writing),
	UNIT(figure_parse_refuses_what_is_no_figure),
	UNIT(figure_parse_cuts_a_fraction_when_told_to),
	UNIT(every_refusal_and_figure_has_its_words),
};

UNIT_MAIN(tests)
