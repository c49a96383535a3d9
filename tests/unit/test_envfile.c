/* Files of settings read as systemd reads them. */
#include <string.h>

#include "besace/runtime/envfile.h"
#include "unit.h"

static char told[1024];

static void note(void *arg, const char *name, const char *value)
{
	(void)arg;
	size_t used = strlen(told);
	snprintf(told + used, sizeof(told) - used, "%s=[%s] ", name, value);
}

static const char *read_text(const char *text)
{
	told[0] = '\0';
	envfile_read(text, note, NULL);
	return told;
}

static void lines_are_names_and_values(void **state)
{
	(void)state;
	assert_string_equal(read_text(""), "");
	assert_string_equal(read_text("A=1\nB=2"), "A=[1] B=[2] ");
	assert_string_equal(read_text("\n  A = x y \t\r\nB=\nC= \n"), "A=[x y] B=[] C=[] ");
	assert_string_equal(read_text("A=b=c#d;e\n"), "A=[b=c#d;e] ");
	assert_string_equal(read_text("A=1\nA=2\n"), "A=[1] A=[2] ");
}

static void what_says_nothing_is_passed_over(void **state)
{
	(void)state;
	assert_string_equal(read_text("# A=1\n;B=2\n  # C=3\nword\nD=4\nword"), "D=[4] ");
	assert_string_equal(read_text("# goes on \\\nA=1\n"), "A=[1] ");
}

static void quotes_keep_what_they_hold(void **state)
{
	(void)state;
	assert_string_equal(read_text("A=' x \\y\"$ '\n"), "A=[ x \\y\"$ ] ");
	assert_string_equal(
		read_text("A=\" x 'y' \\\"\\$\\`\\\\\\n \"\n"), "A=[ x 'y' \"$`\\\\n ] ");
	assert_string_equal(read_text("A=\"one\ntwo\"\nB=2\n"), "A=[one\ntwo] B=[2] ");
	assert_string_equal(read_text("A=\"one \\\ntwo\"\n"), "A=[one two] ");
	assert_string_equal(read_text("A='1' \"2\"3\n"), "A=[123] ");
}

static void a_backslash_takes_what_follows(void **state)
{
	(void)state;
	assert_string_equal(read_text("A=x\\ \nB=2\n"), "A=[x ] B=[2] ");
	assert_string_equal(read_text("A=one\\\ntwo\n"), "A=[onetwo] ");
	assert_string_equal(read_text("A=\\\\x\\"), "A=[\\x] ");
}

static void an_end_in_the_middle_ends_the_value(void **state)
{
	(void)state;
	assert_string_equal(read_text("A='x"), "A=[x] ");
	assert_string_equal(read_text("A=\"x\\"), "A=[x\\] ");
	assert_string_equal(read_text("A="), "A=[] ");
	assert_string_equal(read_text("A"), "");
	assert_string_equal(read_text("=x\n"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_names_and_values),
		cmocka_unit_test(what_says_nothing_is_passed_over),
		cmocka_unit_test(quotes_keep_what_they_hold),
		cmocka_unit_test(a_backslash_takes_what_follows),
		cmocka_unit_test(an_end_in_the_middle_ends_the_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
