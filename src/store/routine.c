/* Calls of routines, and reading their outcomes. */
#include "routine.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

void routine_call(void *ctx, enum query query, const struct snowflake *interaction,
	const struct sighting *who, struct db_call *out)
{
	*out = (struct db_call){.query = query,
		.params = {interaction->text, who->id.text, who->username,
			call_number(ctx, who->seen_ms)},
		.changes = true,
		.member = who->id};
}

json_t *routine_outcome(const struct db_rows *rows)
{
	return db_rows_count(rows) > 0 ? json_loads(db_text(rows, 0, 0), 0, NULL) : NULL;
}

enum status routine_refusal(
	const json_t *outcome, const char *const *refusals, unsigned count, unsigned *out)
{
	const char *refusal = json_string_value(json_object_get(outcome, "refusal"));
	*out = 0;
	if (json_is_true(json_object_get(outcome, "done")))
		return STATUS_OK;
	for (unsigned i = 1; refusal && i < count; i++)
		if (strcmp(refusals[i], refusal) == 0) {
			*out = i;
			return STATUS_OK;
		}
	return STATUS_FAILED;
}

int32_t routine_number(const json_t *outcome, const char *key)
{
	return (int32_t)json_integer_value(json_object_get(outcome, key));
}

char *routine_json(void *ctx, json_t *json)
{
	char *text = must(json_dumps(json, JSON_COMPACT));
	char *owned = must(talloc_strdup(ctx, text));
	free(text);
	json_decref(json);
	return owned;
}
