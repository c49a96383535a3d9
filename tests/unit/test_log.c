/* The log: what a line looks like, whatever a text holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "besace/runtime/log.h"

/* What one warning about WHY writes to standard error, in the form AS_JSON, without its time. */
static const char *warned(bool as_json, const char *why, char *buffer, size_t size)
{
	int ends[2], kept = dup(STDERR_FILENO);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_setup(LOG_LEVEL_INFO, as_json);
	log_warn(LOG_TEXT("lost"), LOG_STR("why", why), LOG_INT("count", 3));
	dup2(kept, STDERR_FILENO);
	close(ends[1]);
	close(kept);
	ssize_t length = read(ends[0], buffer, size - 1);
	close(ends[0]);
	assert_true(length > 0);
	buffer[length] = '\0';
	return buffer;
}

static void assert_text(const char *why, const char *expected)
{
	char buffer[512];
	const char *line = warned(false, why, buffer, sizeof(buffer));
	const char *level = strstr(line, " warn ");
	assert_non_null(level);
	assert_string_equal(level, expected);
}

static void log_text_quotes_its_values(void **state)
{
	(void)state;
	assert_text("the disk is full", " warn  lost why=\"the disk is full\" count=3\n");
}

static void log_text_escapes_quotes_and_line_breaks(void **state)
{
	(void)state;
	assert_text("a\" level=error\n\\b\r\x1b[31m\x7f",
		" warn  lost why=\"a\\\" level=error\\n\\\\b\\x0d\\x1b[31m\\x7f\" count=3\n");
}

static void log_text_keeps_letters_beyond_ascii(void **state)
{
	(void)state;
	assert_text("d\xc3\xa9j\xc3\xa0", " warn  lost why=\"d\xc3\xa9j\xc3\xa0\" count=3\n");
}

static void log_json_is_one_object_a_line(void **state)
{
	(void)state;
	char buffer[512];
	json_t *line = json_loads(warned(true, "a\"\nb", buffer, sizeof(buffer)), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(line, "why")), "a\"\nb");
	assert_int_equal(json_integer_value(json_object_get(line, "count")), 3);
	assert_ptr_equal(strchr(buffer, '\n'), buffer + strlen(buffer) - 1);
	json_decref(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_text_quotes_its_values),
		cmocka_unit_test(log_text_escapes_quotes_and_line_breaks),
		cmocka_unit_test(log_text_keeps_letters_beyond_ascii),
		cmocka_unit_test(log_json_is_one_object_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
