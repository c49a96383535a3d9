/* Calls about bags. */
#include "besace/store/bags.h"

#include "routine.h"

void bags_view_call(void *ctx, const struct sighting *who, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_BAG_VIEW,
		.params = {who->id.text, who->username, call_number(ctx, who->seen_ms)}};
}

bool bags_view_read(const struct db_rows *rows, struct bag *out, bool *out_found)
{
	*out = (struct bag){0};
	*out_found = db_rows_count(rows) > 0;
	if (!*out_found)
		return false;
	for (int item = 0; item < ITEM_COUNT; item++)
		out->quantity[item] = (int32_t)db_integer(rows, 0, item);
	for (int item = 0; item < ITEM_COUNT; item++)
		out->uses[item] = (int32_t)db_integer(rows, 0, ITEM_COUNT + item);
	out->multiplier = (int)db_integer(rows, 0, 2 * ITEM_COUNT);
	out->games_left = (int)db_integer(rows, 0, 2 * ITEM_COUNT + 1);
	return db_bool(rows, 0, 2 * ITEM_COUNT + 2);
}

/* The first five parameters of every press. */
static void start_press(void *ctx, enum query query, const struct snowflake *interaction,
	const struct sighting *who, int32_t use, struct db_call *out)
{
	routine_call(ctx, query, interaction, who, out);
	out->params[4] = use < 0 ? NULL : call_number(ctx, use);
}

void bags_open_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	int32_t use, int32_t reward, struct db_call *out)
{
	start_press(ctx, QUERY_BAG_OPEN, interaction, who, use, out);
	out->params[5] = call_number(ctx, reward);
}

void bags_activate_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	int32_t use, enum item item, struct db_call *out)
{
	start_press(ctx, QUERY_BAG_ACTIVATE, interaction, who, use, out);
	out->params[5] = item_type(item);
	out->params[6] = call_number(ctx, item_multiplier(item));
	out->params[7] = call_number(ctx, MULTIPLIER_GAMES);
}

static void read_bag(const json_t *object, struct bag *out)
{
	for (int item = 0; item < ITEM_COUNT; item++)
		out->quantity[item] = routine_number(object, item_type((enum item)item));
	const json_t *uses = json_object_get(object, "uses");
	for (int item = 0; item < ITEM_COUNT; item++)
		out->uses[item] = routine_number(uses, item_type((enum item)item));
	out->multiplier = routine_number(object, "multiplier");
	out->games_left = routine_number(object, "games_left");
}

enum status bags_press_read(const struct db_rows *rows, struct bag_press *out)
{
	static const char *const refusals[] = {[PRESS_NONE_LEFT] = "none_left",
		[PRESS_USED] = "used",
		[PRESS_ALREADY_ACTIVE] = "already_active",
		[PRESS_PURSE_FULL] = "purse_full"};
	json_t *outcome = routine_outcome(rows);
	unsigned result;
	enum status status = routine_refusal(outcome, refusals, ARRAY_LEN(refusals), &result);
	*out = (struct bag_press){.outcome = result,
		.reward = routine_number(outcome, "reward"),
		.balance = routine_number(outcome, "balance")};
	read_bag(json_object_get(outcome, "bag"), &out->bag);
	json_decref(outcome);
	return status;
}
