/* JSON objects as structs, both ways. */
#include "besace/store/shape.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "shape_field.h"

const struct db_shape shape_none = {.name = "shape_none"};

const char *db_type_name(enum db_type type)
{
	static const char *const names[] = {[DB_TEXT] = "a text",
		[DB_INTEGER] = "an integer",
		[DB_BIGINT] = "a bigint",
		[DB_BOOLEAN] = "a boolean",
		[DB_SNOWFLAKE] = "a snowflake",
		[DB_JSON] = "JSON",
		[DB_TEXTS] = "an array of texts",
		[DB_INTEGERS] = "an array of integers",
		[DB_BIGINTS] = "an array of bigints",
		[DB_BOOLEANS] = "an array of booleans"};
	return names[type];
}

void shape_field_clear(const struct db_field *field, void *member)
{
	switch (field->type) {
	case DB_INTEGER:
		*(int32_t *)member = 0;
		break;
	case DB_BIGINT:
		*(int64_t *)member = 0;
		break;
	case DB_BOOLEAN:
		*(bool *)member = false;
		break;
	case DB_SNOWFLAKE:
		*(struct snowflake *)member = (struct snowflake){{0}};
		break;
	default:
		*(const void **)member = NULL;
	}
}

static bool read_integer(const json_t *value, int64_t min, int64_t max, int64_t *out)
{
	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= min && *out <= max;
}

/* Writes VALUE, which is not null, to MEMBER. False when it is of another type. */
static bool read_value(const json_t *value, const struct db_field *field, void *member)
{
	int64_t number;
	switch (field->type) {
	case DB_TEXT:
		*(const char **)member = json_string_value(value);
		return json_is_string(value);
	case DB_INTEGER:
		if (!read_integer(value, INT32_MIN, INT32_MAX, &number))
			return false;
		*(int32_t *)member = (int32_t)number;
		return true;
	case DB_BIGINT:
		return read_integer(value, INT64_MIN, INT64_MAX, member);
	case DB_BOOLEAN:
		*(bool *)member = json_is_true(value);
		return json_is_boolean(value);
	case DB_SNOWFLAKE:
		return snowflake_parse(json_string_value(value), member);
	case DB_JSON:
		*(const json_t **)member = value;
		return true;
	default:
		return false;
	}
}

/* Reads one key. *out_found says whether it is there. False after a fault, which *out_why names. */
static bool read_key(void *ctx, const json_t *object, const struct db_shape *shape,
	const struct db_field *field, void *member, char **out_why)
{
	const json_t *value = json_object_get(object, field->name);
	shape_field_clear(field, member);
	if (!value && field->presence == DB_OPTIONAL)
		return true;
	if (json_is_null(value) && field->presence != DB_REQUIRED)
		return true;
	if (value && read_value(value, field, member))
		return true;
	*out_why = must(talloc_asprintf(ctx, "%s: \"%s\" is %s%s", shape->name, field->name,
		value ? "not " : "missing", value ? db_type_name(field->type) : ""));
	return false;
}

static bool has_field(const struct db_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->count; i++)
		if (strcmp(shape->fields[i].name, name) == 0)
			return true;
	return false;
}

/* The first key of OBJECT that SHAPE does not have, nor is among the COUNT of OTHERS; or NULL. */
static const char *unknown_key(
	const json_t *object, const struct db_shape *shape, const char *const *others, size_t count)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)object, key, value) {
		bool known = has_field(shape, key);
		for (size_t i = 0; i < count && !known; i++)
			known = strcmp(others[i], key) == 0;
		if (!known)
			return key;
	}
	return NULL;
}

/* Whether OBJECT is one, without keys but those of SHAPE and OTHERS. */
static bool is_known(void *ctx, const json_t *object, const struct db_shape *shape,
	const struct shape_others *others, char **out_why)
{
	const char *key = NULL;
	if (!json_is_object(object))
		*out_why = must(talloc_asprintf(ctx, "%s: not an object", shape->name));
	else if ((key = unknown_key(object, shape, others->names, others->count)))
		*out_why = must(talloc_asprintf(ctx, "%s: \"%s\" is unknown", shape->name, key));
	return json_is_object(object) && !key;
}

bool shape_read_among(void *ctx, const json_t *object, const struct db_shape *shape,
	const struct shape_others *others, void *out, char **out_why)
{
	if (!is_known(ctx, object, shape, others, out_why))
		return false;
	for (size_t i = 0; i < shape->count; i++) {
		const struct db_field *field = &shape->fields[i];
		if (!read_key(ctx, object, shape, field, (char *)out + field->offset, out_why))
			return false;
	}
	return true;
}

bool json_shape_read(
	void *ctx, const json_t *object, const struct db_shape *shape, void *out, char **out_why)
{
	return shape_read_among(ctx, object, shape, &(struct shape_others){0}, out, out_why);
}

bool json_shape_check(void *ctx, const json_t *object, const struct db_shape *shape, char **out_why)
{
	if (!is_known(ctx, object, shape, &(struct shape_others){0}, out_why))
		return false;
	for (size_t i = 0; i < shape->count; i++) {
		union {
			int64_t number;
			struct snowflake id;
			const void *borrowed;
		} value;
		if (!read_key(ctx, object, shape, &shape->fields[i], &value, out_why))
			return false;
	}
	return true;
}

static json_t *text_or_null(const char *text)
{
	return text ? must(json_string(text)) : json_null();
}

static json_t *write_value(const struct db_field *field, const void *member)
{
	switch (field->type) {
	case DB_TEXT:
		return text_or_null(*(const char *const *)member);
	case DB_INTEGER:
		return must(json_integer(*(const int32_t *)member));
	case DB_BIGINT:
		return must(json_integer(*(const int64_t *)member));
	case DB_BOOLEAN:
		return json_boolean(*(const bool *)member);
	case DB_SNOWFLAKE: {
		const char *id = ((const struct snowflake *)member)->text;
		return text_or_null(*id ? id : NULL);
	}
	default: {
		json_t *json = *(json_t *const *)member;
		return json ? json : json_null();
	}
	}
}

json_t *json_shape_write(const struct db_shape *shape, const void *in)
{
	json_t *object = must(json_object());
	for (size_t i = 0; i < shape->count; i++) {
		const struct db_field *field = &shape->fields[i];
		json_t *value = write_value(field, (const char *)in + field->offset);
		if (!json_is_null(value) || field->presence != DB_OPTIONAL)
			json_object_set_new_nocheck(object, field->name, value);
	}
	return object;
}
