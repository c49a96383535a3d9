/* Objects that cross the border: strict in both directions. */
#include "unit.h"

#include <string.h>

#include "besace/store/queries.h"
#include "besace/store/shape.h"
#include "besace/store/sql_files.h"

struct sample {
	int32_t number;
	int64_t wide;
	bool yes;
	const char *text, *perhaps, *maybe;
	struct snowflake id;
	const json_t *json;
};
static DB_SHAPE(shape_sample, DB_FIELD(sample, number), DB_FIELD(sample, wide),
	DB_FIELD(sample, yes), DB_FIELD(sample, text), DB_FIELD_OR_NULL(sample, perhaps),
	DB_FIELD_OPTIONAL(sample, maybe), DB_FIELD(sample, id), DB_FIELD(sample, json));

#define WHOLE                                                                                      \
	"{\"number\":-5,\"wide\":5000000000,\"yes\":true,\"text\":\"t\",\"perhaps\":null,"         \
	"\"id\":\"3\",\"json\":[1]}"

static bool reads(void *ctx, const json_t *object, struct sample *out, char **out_why)
{
	return json_shape_read(ctx, object, &shape_sample, out, out_why);
}

static json_t *whole(void)
{
	return json_loads(WHOLE, 0, NULL);
}

static void json_shape_read_fills_the_struct(void **state)
{
	struct sample out;
	char *why = NULL;
	json_t *object = whole();
	assert_true(reads(*state, object, &out, &why));
	assert_int_equal(out.number, -5);
	assert_int_equal(out.wide, INT64_C(5000000000));
	assert_true(out.yes);
	assert_string_equal(out.text, "t");
	assert_null(out.perhaps);
	assert_null(out.maybe);
	assert_string_equal(out.id.text, "3");
	assert_int_equal(json_array_size(out.json), 1);
	json_decref(object);
}

static void json_shape_write_is_read_back(void **state)
{
	struct sample in, out;
	char *why = NULL;
	json_t *object = whole();
	assert_true(reads(*state, object, &in, &why));
	json_incref((json_t *)in.json);
	json_t *written = json_shape_write(&shape_sample, &in);
	assert_true(json_equal(object, written));
	assert_true(reads(*state, written, &out, &why));
	json_decref(object);
	json_decref(written);
}

static void refuses(void *ctx, json_t *object, const char *expected)
{
	struct sample out;
	char *why = NULL;
	assert_false(reads(ctx, object, &out, &why));
	if (!strstr(why, expected))
		fail_msg("\"%s\" does not say \"%s\"", why, expected);
	json_decref(object);
}

static void json_shape_read_refuses_an_unknown_key(void **state)
{
	json_t *object = whole();
	json_object_set_new(object, "numbre", json_integer(1));
	refuses(*state, object, "shape_sample: \"numbre\" is unknown");
}

static void json_shape_read_refuses_what_is_no_object(void **state)
{
	refuses(*state, json_array(), "shape_sample: not an object");
	refuses(*state, NULL, "shape_sample: not an object");
}

static void json_shape_read_refuses_another_type(void **state)
{
	static const char *const keys[] = {
		"number", "wide", "yes", "text", "perhaps", "maybe", "id"};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *object = whole();
		json_object_set_new(object, keys[i], json_object());
		refuses(*state, object, keys[i]);
	}
	json_t *object = whole();
	json_object_set_new(object, "number", json_integer(INT64_C(2147483648)));
	refuses(*state, object, "\"number\" is not an integer");
}

static void json_shape_read_null_is_only_where_it_may_be(void **state)
{
	static const char *const keys[] = {"number", "wide", "yes", "text", "id"};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *object = whole();
		json_object_set_new(object, keys[i], json_null());
		refuses(*state, object, keys[i]);
	}
}

/* ---- All the shapes of the service */

#define DECLARE(shape) extern const struct db_shape shape;
#define POINTER(shape) &(shape),
JSON_SHAPES(DECLARE)
static const struct db_shape *const all[] = {JSON_SHAPES(POINTER)};

/* A value of FIELD's type. */
static json_t *value_of(const struct db_field *field)
{
	switch (field->type) {
	case DB_TEXT:
		return json_string("t");
	case DB_INTEGER:
	case DB_BIGINT:
		return json_integer(1);
	case DB_BOOLEAN:
		return json_true();
	case DB_SNOWFLAKE:
		return json_string("3");
	default:
		return json_object();
	}
}

static json_t *object_of(const struct db_shape *shape)
{
	json_t *object = json_object();
	for (size_t i = 0; i < shape->count; i++)
		json_object_set_new(object, shape->fields[i].name, value_of(&shape->fields[i]));
	return object;
}

static bool is_read(void *ctx, const struct db_shape *shape, const json_t *object)
{
	char room[4096], *why;
	for (size_t i = 0; i < shape->count; i++)
		assert_true(shape->fields[i].offset + sizeof(struct snowflake) < sizeof(room));
	return json_shape_read(ctx, object, shape, room, &why);
}

static void json_shapes_each_key_is_needed_and_no_other(void **state)
{
	for (size_t s = 0; s < ARRAY_LEN(all); s++) {
		json_t *object = object_of(all[s]);
		assert_int_equal(json_object_size(object), all[s]->count);
		assert_true(is_read(*state, all[s], object));
		json_object_set_new(object, "unknown key", json_null());
		assert_false(is_read(*state, all[s], object));
		json_object_del(object, "unknown key");
		for (size_t i = 0; i < all[s]->count; i++) {
			const struct db_field *field = &all[s]->fields[i];
			json_object_del(object, field->name);
			assert_int_equal(
				is_read(*state, all[s], object), field->presence == DB_OPTIONAL);
			json_object_set_new(object, field->name, value_of(field));
		}
		json_decref(object);
	}
}

/* ---- What is written, against what the routines take */

JSON_WRITTEN(DECLARE)
static const struct db_shape *const written[] = {JSON_WRITTEN(POINTER)};

static const struct db_shape *written_find(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(written); i++)
		if (strlen(written[i]->name) == length &&
			strncmp(written[i]->name, name, length) == 0)
			return written[i];
	return NULL;
}

/* The key KEY, of which LENGTH bytes count, of SHAPE; NULL when it has none. */
static const struct db_field *key_find(const struct db_shape *shape, const char *key, size_t length)
{
	for (size_t i = 0; i < shape->count; i++)
		if (strlen(shape->fields[i].name) == length &&
			strncmp(shape->fields[i].name, key, length) == 0)
			return &shape->fields[i];
	return NULL;
}

/* Holds the list '{a,b}' that begins next in *AT to SHAPE, and goes behind it. Returns how many
 * keys it has. */
static size_t list_is_of(const struct db_shape *shape, const char **at, bool optional)
{
	size_t count = 0;
	const char *key = strstr(*at, "'{") + 2, *end = strstr(key, "}'");
	while (key < end) {
		size_t length = strcspn(key, ",}");
		const struct db_field *field = key_find(shape, key, length);
		if (!field || (field->presence == DB_OPTIONAL) != optional)
			fail_msg(
				"%s: \"%.*s\" is not as SQL has it", shape->name, (int)length, key);
		key += length + 1;
		count++;
	}
	*at = end;
	return count;
}

/* Every call of besace_json_keys names a shape and has its keys, and every shape is asked for. */
static void json_written_has_the_keys_that_the_routines_take(void **state)
{
	(void)state;
	static const char call[] = "besace_json_keys(";
	bool asked[ARRAY_LEN(written)] = {false};
	for (const struct sql_file *file = sql_files; file->path; file++)
		for (const char *at = file->text; (at = strstr(at, call));) {
			const char *name = at + strlen(call);
			name += strspn(name, "\n\t");
			at = name;
			if (*name++ != '\'') /* its definition */
				continue;
			size_t length = strcspn(name, "'");
			const struct db_shape *shape = written_find(name, length);
			if (!shape)
				fail_msg("%s: %.*s is no shape of JSON_WRITTEN", file->path,
					(int)length, name);
			at = name + length + 1;
			size_t count = list_is_of(shape, &at, false);
			count += list_is_of(shape, &at, true);
			assert_int_equal(count, shape->count);
			for (size_t i = 0; i < ARRAY_LEN(written); i++)
				asked[i] = asked[i] || written[i] == shape;
		}
	for (size_t i = 0; i < ARRAY_LEN(written); i++)
		if (!asked[i])
			fail_msg("%s: no routine asks for its keys", written[i]->name);
}

static void json_shape_check_is_as_strict_as_reading(void **state)
{
	for (size_t s = 0; s < ARRAY_LEN(written); s++) {
		json_t *object = object_of(written[s]);
		char *why;
		assert_true(json_shape_check(*state, object, written[s], &why));
		json_object_set_new(object, "unknown key", json_null());
		assert_false(json_shape_check(*state, object, written[s], &why));
		json_object_del(object, "unknown key");
		for (size_t i = 0; i < written[s]->count; i++) {
			const struct db_field *field = &written[s]->fields[i];
			json_object_del(object, field->name);
			assert_int_equal(json_shape_check(*state, object, written[s], &why),
				field->presence == DB_OPTIONAL);
			json_object_set_new(object, field->name, value_of(field));
		}
		json_decref(object);
	}
}

static const struct CMUnitTest tests[] = {
	UNIT(json_shape_read_fills_the_struct),
	UNIT(json_shape_write_is_read_back),
	UNIT(json_shape_read_refuses_an_unknown_key),
	UNIT(json_shape_read_refuses_what_is_no_object),
	UNIT(json_shape_read_refuses_another_type),
	UNIT(json_shape_read_null_is_only_where_it_may_be),
	UNIT(json_shapes_each_key_is_needed_and_no_other),
	UNIT(json_written_has_the_keys_that_the_routines_take),
	UNIT(json_shape_check_is_as_strict_as_reading),
};

UNIT_MAIN(tests)
