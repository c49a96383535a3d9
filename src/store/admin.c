/* Calls of administrators. */
#include "besace/store/admin.h"

#include "besace/runtime/log.h"
#include "routine.h"

void admin_call(void *ctx, const struct snowflake *interaction, const struct admin_order *order,
	struct db_call *out)
{
	static const char *const acts[] = {
		[ADMIN_ADD] = "add", [ADMIN_REMOVE] = "remove", [ADMIN_SET] = "set"};
	routine_begin(ctx, QUERY_ADMIN_ACT, interaction, order->actor, out);
	db_set_id(out, "target_id", &order->target->id);
	db_set_text_or_null(out, "target_name", order->target->username);
	db_set_text(out, "act", acts[order->act]);
	db_set_text(out, "what", order->what);
	db_set_integer(out, "amount", order->amount);
	db_set_text(out, "reason", order->reason);
}

struct admin_json {
	int64_t audit, before, now;
	const json_t *levels;
};
DB_SHAPE(json_admin_done, DB_FIELD(admin_json, audit), DB_FIELD(admin_json, before),
	DB_FIELD(admin_json, now), DB_FIELD(admin_json, levels));
DB_SHAPE(json_admin_refused, DB_FIELD(admin_json, before));

struct level_up_json {
	struct snowflake user;
	int32_t old, level, lc;
	const json_t *items;
};
DB_SHAPE(json_level_up, DB_FIELD(level_up_json, user), DB_FIELD(level_up_json, old),
	DB_FIELD(level_up_json, level), DB_FIELD(level_up_json, lc),
	DB_FIELD(level_up_json, items));

/* What besace_level_up returns, for at most one member. */
static bool read_levels(void *ctx, const json_t *levels, struct level_gain *out, char **out_why)
{
	struct level_up_json in;
	*out = (struct level_gain){0};
	if (json_array_size(levels) == 0)
		return true;
	if (!json_shape_read(ctx, json_array_get(levels, 0), &json_level_up, &in, out_why))
		return false;
	out->level = in.level;
	out->lc = in.lc;
	for (int item = 0; item < ITEM_COUNT; item++)
		out->items[item] = routine_number(in.items, item_type((enum item)item));
	return true;
}

enum status admin_read(void *ctx, const struct db_rows *rows, struct admin_outcome *out)
{
	static const char *const refusals[] = {
		[ADMIN_SHORT] = "short", [ADMIN_FULL] = "full", [ADMIN_UNKNOWN] = "unknown"};
	const struct outcome_format format = {
		&json_admin_done, &json_admin_refused, refusals, ARRAY_LEN(refusals)};
	struct admin_json outcome = {0};
	unsigned refusal;
	char *why;
	if (routine_outcome_read(ctx, rows, &format, &refusal, &outcome))
		return STATUS_FAILED;
	*out = (struct admin_outcome){.result = refusal,
		.before = outcome.before,
		.now = outcome.now,
		.audit = outcome.audit};
	if (read_levels(ctx, outcome.levels, &out->gained, &why))
		return STATUS_OK;
	log_error(LOG_TEXT("an outcome cannot be read"), LOG_STR("why", why));
	return STATUS_FAILED;
}
