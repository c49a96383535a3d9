/* Rows of a result as structs. */
#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/store/call.h"
#include "shape_field.h"
#include "wording_column.h"

int db_rows_count(const struct db_rows *rows)
{
	return PQntuples(rows->result);
}

/* JSON that a context owns. */
struct owned_json {
	json_t *json;
};

static int release_json(struct owned_json *owned)
{
	json_decref(owned->json);
	return 0;
}

static bool read_json(void *ctx, const char *text, const json_t **out)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	*out = json;
	if (!json)
		return false;
	struct owned_json *owned = must(talloc(ctx, struct owned_json));
	owned->json = json;
	talloc_set_destructor(owned, release_json);
	return true;
}

/* PostgreSQL writes numbers plainly, and the type of the column was compared. */
static bool read_integer(const char *text, int64_t min, int64_t max, int64_t *out)
{
	errno = 0;
	*out = strtoll(text, NULL, 10);
	return errno == 0 && *out >= min && *out <= max;
}

static bool read_cell(void *ctx, const char *text, const struct db_field *field, void *member)
{
	int64_t number;
	switch (field->type) {
	case DB_TEXT:
		*(const char **)member = text;
		return true;
	case DB_INTEGER:
		if (!read_integer(text, INT32_MIN, INT32_MAX, &number))
			return false;
		*(int32_t *)member = (int32_t)number;
		return true;
	case DB_BIGINT:
		return read_integer(text, INT64_MIN, INT64_MAX, member);
	case DB_BOOLEAN:
		*(bool *)member = text[0] == 't';
		return true;
	case DB_SNOWFLAKE:
		return snowflake_parse(text, member);
	case DB_JSON:
		return read_json(ctx, text, member);
	default:
		return false; /* arrays are parameters only */
	}
}

static enum status refuse(const struct db_shape *shape, const char *name, const char *why)
{
	log_error(LOG_TEXT("a row is not what was asked for"), LOG_STR("shape", shape->name),
		LOG_STR("column", name), LOG_STR("why", why));
	return STATUS_FAILED;
}

enum status db_row_read(
	void *ctx, const struct db_rows *rows, int row, const struct db_shape *shape, void *out)
{
	const PGresult *result = rows->result;
	bool fits = (int)shape->count == PQnfields(result) || wording_is_last(result, shape->count);
	if (row < 0 || row >= PQntuples(result) || !fits)
		return refuse(shape, "", "no such row, or not of this shape");
	for (int i = 0; i < (int)shape->count; i++) {
		const struct db_field *field = &shape->fields[i];
		void *member = (char *)out + field->offset;
		if (PQgetisnull(result, row, i)) {
			if (field->presence == DB_REQUIRED)
				return refuse(shape, field->name, "NULL");
			shape_field_clear(field, member);
		} else if (!read_cell(ctx, PQgetvalue(result, row, i), field, member)) {
			return refuse(shape, field->name, "not of its type");
		}
	}
	return STATUS_OK;
}
