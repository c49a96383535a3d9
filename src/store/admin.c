/* Calls of administrators. */
#include "besace/store/admin.h"

#include "routine.h"

void admin_call(void *ctx, const struct snowflake *interaction, const struct admin_order *order,
	struct db_call *out)
{
	static const char *const acts[] = {
		[ADMIN_ADD] = "add", [ADMIN_REMOVE] = "remove", [ADMIN_SET] = "set"};
	routine_call(ctx, QUERY_ADMIN_ACT, interaction, order->actor, out);
	out->params[4] = order->target->id.text;
	out->params[5] = order->target->username;
	out->params[6] = acts[order->act];
	out->params[7] = order->what;
	out->params[8] = call_number(ctx, order->amount);
	out->params[9] = order->reason;
	out->params[10] = order->channel;
	out->params[11] = order->locale;
}

enum status admin_read(const struct db_rows *rows, struct admin_outcome *out)
{
	static const char *const refusals[] = {[ADMIN_SHORT] = "short", [ADMIN_FULL] = "full"};
	json_t *outcome = routine_outcome(rows);
	unsigned result;
	enum status status = routine_refusal(outcome, refusals, ARRAY_LEN(refusals), &result);
	*out = (struct admin_outcome){.result = result,
		.before = json_integer_value(json_object_get(outcome, "before")),
		.now = json_integer_value(json_object_get(outcome, "now")),
		.audit = json_integer_value(json_object_get(outcome, "audit"))};
	json_decref(outcome);
	return status;
}
