/* Objects that cross the border: strict in both directions. */
#include "unit.h"

#include <string.h>

#include "besace/store/queries.h"
#include "besace/store/shape.h"

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

static const struct CMUnitTest tests[] = {
	UNIT(json_shape_read_fills_the_struct),
	UNIT(json_shape_write_is_read_back),
	UNIT(json_shape_read_refuses_an_unknown_key),
	UNIT(json_shape_read_refuses_what_is_no_object),
	UNIT(json_shape_read_refuses_another_type),
	UNIT(json_shape_read_null_is_only_where_it_may_be),
	UNIT(json_shapes_each_key_is_needed_and_no_other),
};

UNIT_MAIN(tests)
