/* Calls of administrators. */
#include "besace/store/admin.h"

#include <jansson.h>
#include <string.h>

void admin_call(void *ctx, const struct snowflake *interaction, const struct admin_order *order,
	struct db_call *out)
{
	static const char *const acts[] = {
		[ADMIN_ADD] = "add", [ADMIN_REMOVE] = "remove", [ADMIN_SET] = "set"};
	const struct sighting *actor = order->actor, *target = order->target;
	*out = (struct db_call){.query = QUERY_ADMIN_ACT,
		.params = {interaction->text, actor->id.text, actor->username,
			call_number(ctx, actor->seen_ms), target->id.text, target->username,
			acts[order->act], order->what, call_number(ctx, order->amount),
			order->reason, order->channel, order->locale},
		.changes = true,
		.member = actor->id};
}

enum status admin_read(const struct db_rows *rows, struct admin_outcome *out)
{
	*out = (struct admin_outcome){.result = ADMIN_DONE};
	json_t *row = db_rows_count(rows) > 0 ? json_loads(db_text(rows, 0, 0), 0, NULL) : NULL;
	const char *refusal = json_string_value(json_object_get(row, "refusal"));
	enum status status = STATUS_OK;
	if (refusal && strcmp(refusal, "short") == 0)
		out->result = ADMIN_SHORT;
	else if (refusal && strcmp(refusal, "full") == 0)
		out->result = ADMIN_FULL;
	else if (!json_is_true(json_object_get(row, "done")))
		status = STATUS_FAILED;
	out->before = json_integer_value(json_object_get(row, "before"));
	out->now = json_integer_value(json_object_get(row, "now"));
	out->audit = json_integer_value(json_object_get(row, "audit"));
	json_decref(row);
	return status;
}
