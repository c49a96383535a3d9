/* The readers of files: records at their places, whatever the chunks and lines. */
#include "unit.h"

#include <string.h>
#include <talloc.h>

#include "movers/csv_records.h"
#include "movers/json_records.h"

/* What came, a line a record. */
static char *seen;

static enum status got_json(void *arg, const struct json_record *record)
{
	const struct json_value *value = record->value;
	const char *id = value ? json_value_text(value, "id") : "too large";
	const char *own = value ? json_value_scalar(value) : NULL;
	(void)arg;
	seen = talloc_asprintf_append(seen, "%zu:%llu:%s:%s\n", record->place,
		(unsigned long long)record->line, value && value->key ? value->key : "-",
		own  ? own
		: id ? id
		     : "?");
	return STATUS_OK;
}

static enum status read_json(void *ctx, const char *text, unsigned *out_places, char **out_why)
{
	static const struct json_path places[] = {{"users[]"}, {"map{}"}, {"whole"}, {NULL}};
	const struct json_reading reading = {places, got_json, NULL};
	struct input input;
	seen = talloc_strdup(ctx, "");
	input_of_bytes("file", text, strlen(text), &input);
	return json_records_read(ctx, &input, &reading, out_places, out_why);
}

static void json_records_stand_at_their_places_and_lines(void **state)
{
	unsigned places;
	char *why;
	assert_int_equal(
		read_json(*state,
			"{\"other\": [{\"id\": 9}],\n\"users\": [{\"id\": \"1\"},\n5, null],\n"
			"\"map\": {\"k\": {\"id\": 2}, \"l\": \"x\"}, \"whole\": {\"id\": 3}}",
			&places, &why),
		STATUS_OK);
	assert_string_equal(seen, "0:2:-:1\n0:3:-:5\n0:3:-:?\n1:4:k:2\n1:4:l:x\n2:4:whole:3\n");
	assert_int_equal(places, 7);
}

static void json_records_read_documents_one_after_the_other(void **state)
{
	unsigned places;
	char *why;
	assert_int_equal(read_json(*state, "{\"users\":[{\"id\":1}]}\n{\"users\":[{\"id\":2}]}\n",
				 &places, &why),
		STATUS_OK);
	assert_string_equal(seen, "0:1:-:1\n0:2:-:2\n");
}

static void json_records_take_nan_for_a_text(void **state)
{
	unsigned places;
	char *why;
	assert_int_equal(read_json(*state,
				 "{\"users\":[{\"id\":NaN},{\"id\":-Infinity},{\"id\":\"NaN \\\" "
				 "NaN\"},{\"id\":-5}]}",
				 &places, &why),
		STATUS_OK);
	assert_string_equal(seen, "0:1:-:N\n0:1:-:-Infini\n0:1:-:NaN \" NaN\n0:1:-:-5\n");
}

/* The word NaN begins at every offset around the end of a chunk. */
static void json_records_find_nan_across_chunks(void **state)
{
	for (size_t pad = INPUT_CHUNK - 30; pad < INPUT_CHUNK + 10; pad++) {
		void *ctx = talloc_new(*state);
		char *spaces = talloc_array(ctx, char, (unsigned)pad + 1), *why;
		unsigned places;
		memset(spaces, ' ', pad);
		spaces[pad] = '\0';
		const char *text = talloc_asprintf(
			ctx, "{%s\"users\":[{\"id\":-Infinity},{\"id\":7}]}", spaces);
		assert_int_equal(read_json(ctx, text, &places, &why), STATUS_OK);
		assert_string_equal(seen, "0:1:-:-Infini\n0:1:-:7\n");
		talloc_free(ctx);
	}
}

static void json_records_refuse_what_is_not_json(void **state)
{
	static const char *const texts[] = {
		"{\"users\":[1,]}", "{\"users\":[1", "[", "nul", "{\"users\":[\"\xff\"]}", "{} x"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		unsigned places;
		char *why = NULL;
		assert_int_equal(read_json(*state, texts[i], &places, &why), STATUS_INVALID);
		assert_non_null(strstr(why, "line 1"));
	}
}

static void json_records_leave_out_what_is_too_large(void **state)
{
	char *text = talloc_strdup(*state, "{\"users\":[{\"id\":["), *why;
	unsigned places;
	for (int i = 0; i < 9000; i++)
		text = talloc_strdup_append_buffer(text, "1,");
	text = talloc_strdup_append_buffer(text, "1]},{\"id\":2}]}");
	assert_int_equal(read_json(*state, text, &places, &why), STATUS_OK);
	assert_string_equal(seen, "0:1:-:too large\n0:1:-:2\n");
}

static void json_records_refuse_a_text_without_an_end(void **state)
{
	unsigned length = 200u * INPUT_CHUNK;
	char *text = talloc_array(*state, char, length + 1), *why;
	unsigned places;
	memset(text, 'x', length);
	memcpy(text, "[\"", 2);
	text[length] = '\0';
	assert_int_equal(read_json(*state, text, &places, &why), STATUS_INVALID);
	assert_non_null(strstr(why, "too long"));
}

static enum status got_csv(void *arg, const struct csv_record *record)
{
	(void)arg;
	seen = talloc_asprintf_append(
		seen, "%llu%s", (unsigned long long)record->line, record->broken ? " broken" : "");
	for (size_t i = 0; i < record->count; i++)
		seen = talloc_asprintf_append(seen, "|%s", record->fields[i]);
	seen = talloc_strdup_append(seen, "\n");
	return STATUS_OK;
}

static enum status read_csv(void *ctx, const char *text, char **out_why)
{
	struct input input;
	seen = talloc_strdup(ctx, "");
	input_of_bytes("file", text, strlen(text), &input);
	return csv_records_read(ctx, &input, got_csv, NULL, out_why);
}

static void csv_records_know_quotes_lines_and_separators(void **state)
{
	static const struct {
		const char *text, *records;
	} cases[] = {
		{"a,b\n1,2\n", "1|a|b\n2|1|2\n"},
		{"a;b\r\n1;2,5\r\n", "1|a|b\n2|1|2,5\n"},
		{"a\tb\r1\t2", "1|a|b\n2|1|2\n"},
		{"\xef\xbb\xbf"
		 "a,b\n",
			"1|a|b\n"},
		{"\"a,\"\"x\", b \n\n\"1\n2\" z,3", "1|a,\"x|b\n3|1\n2|3\n"},
		{"a,b\n,\n1\n", "1|a|b\n2||\n3|1\n"},
		{"\"x;y\",b\n", "1|x;y|b\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *why;
		assert_int_equal(read_csv(*state, cases[i].text, &why), STATUS_OK);
		assert_string_equal(seen, cases[i].records);
	}
}

static void csv_records_refuse_a_quote_without_an_end(void **state)
{
	char *why;
	assert_int_equal(read_csv(*state, "a,b\n1,\"2\n", &why), STATUS_INVALID);
	assert_non_null(strstr(why, "line 2"));
}

static void csv_records_break_at_what_is_too_long(void **state)
{
	char *text = talloc_array(*state, char, 70001), *why;
	memset(text, 'x', 70000);
	text[70000] = '\0';
	assert_int_equal(read_csv(*state, talloc_asprintf(*state, "a,b\n1,%s\n2,3\n", text), &why),
		STATUS_OK);
	assert_string_equal(seen, "1|a|b\n2 broken\n3|2|3\n");
}

static const struct CMUnitTest tests[] = {
	UNIT(json_records_stand_at_their_places_and_lines),
	UNIT(json_records_read_documents_one_after_the_other),
	UNIT(json_records_take_nan_for_a_text),
	UNIT(json_records_find_nan_across_chunks),
	UNIT(json_records_refuse_what_is_not_json),
	UNIT(json_records_leave_out_what_is_too_large),
	UNIT(json_records_refuse_a_text_without_an_end),
	UNIT(csv_records_know_quotes_lines_and_separators),
	UNIT(csv_records_refuse_a_quote_without_an_end),
	UNIT(csv_records_break_at_what_is_too_long),
};

UNIT_MAIN(tests)
