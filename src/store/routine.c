/* Calls of routines, and reading their outcomes. */
#include "routine.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "shape_field.h"

struct outcome_row {
	const json_t *outcome;
};
DB_SHAPE(shape_outcome, DB_FIELD(outcome_row, outcome));

void routine_begin(void *ctx, enum query query, const struct snowflake *interaction,
	const struct member_seen *member, struct db_call *out)
{
	db_call_begin_change(ctx, query, &member->id, out);
	members_bind(out, member);
	db_set_id(out, "interaction_id", interaction);
}

/* Where the refusal of OUTCOME stands; 0 when it was done; FORMAT's count for anything else. */
static unsigned find_refusal(const json_t *outcome, const struct outcome_format *format)
{
	const char *refusal = json_string_value(json_object_get(outcome, "refusal"));
	const json_t *done = json_object_get(outcome, "done");
	if (json_is_true(done))
		return refusal ? format->count : 0;
	for (unsigned i = 1; json_is_false(done) && refusal && i < format->count; i++)
		if (strcmp(format->refusals[i], refusal) == 0)
			return i;
	return format->count;
}

enum status routine_outcome_read(void *ctx, const struct db_rows *rows,
	const struct outcome_format *format, unsigned *out_refusal, void *out)
{
	static const char *const keys[] = {"done", "refusal"};
	const struct shape_others others = {keys, ARRAY_LEN(keys)};
	struct outcome_row row;
	*out_refusal = 0;
	if (db_row_read(ctx, rows, 0, &shape_outcome, &row))
		return STATUS_FAILED;
	unsigned refusal = find_refusal(row.outcome, format);
	char *why = NULL;
	const struct db_shape *shape = refusal ? format->refused : format->done;
	if (refusal >= format->count ||
		!shape_read_among(ctx, row.outcome, shape, &others, out, &why)) {
		log_error(LOG_TEXT("an outcome cannot be read"), LOG_STR("shape", shape->name),
			LOG_STR("why", why ? why : "neither done nor a refusal that is known"));
		return STATUS_FAILED;
	}
	*out_refusal = refusal;
	return STATUS_OK;
}
