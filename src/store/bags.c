/* Calls about bags. */
#include "besace/store/bags.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

static const char *number(void *ctx, int64_t value)
{
	return must(talloc_asprintf(ctx, "%" PRId64, value));
}

void bags_view_call(void *ctx, const struct sighting *who, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_BAG_VIEW,
		.params = {who->id.text, who->username, number(ctx, who->seen_ms)}};
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
	*out = (struct db_call){.query = query,
		.params = {interaction->text, who->id.text, who->username,
			number(ctx, who->seen_ms), use < 0 ? NULL : number(ctx, use)},
		.changes = true,
		.member = who->id};
}

void bags_open_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	int32_t use, int32_t reward, struct db_call *out)
{
	start_press(ctx, QUERY_BAG_OPEN, interaction, who, use, out);
	out->params[5] = number(ctx, reward);
}

void bags_activate_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	int32_t use, enum item item, struct db_call *out)
{
	start_press(ctx, QUERY_BAG_ACTIVATE, interaction, who, use, out);
	out->params[5] = item_type(item);
	out->params[6] = number(ctx, item_multiplier(item));
	out->params[7] = number(ctx, MULTIPLIER_GAMES);
}

static int32_t get_number(const json_t *object, const char *key)
{
	return (int32_t)json_integer_value(json_object_get(object, key));
}

static void read_bag(const json_t *object, struct bag *out)
{
	for (int item = 0; item < ITEM_COUNT; item++)
		out->quantity[item] = get_number(object, item_type((enum item)item));
	const json_t *uses = json_object_get(object, "uses");
	for (int item = 0; item < ITEM_COUNT; item++)
		out->uses[item] = get_number(uses, item_type((enum item)item));
	out->multiplier = get_number(object, "multiplier");
	out->games_left = get_number(object, "games_left");
}

static enum status read_refusal(const char *refusal, struct bag_press *out)
{
	static const char *const names[] = {[PRESS_NONE_LEFT] = "none_left",
		[PRESS_USED] = "used",
		[PRESS_ALREADY_ACTIVE] = "already_active",
		[PRESS_PURSE_FULL] = "purse_full"};
	for (size_t i = PRESS_NONE_LEFT; refusal && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], refusal) == 0) {
			out->outcome = i;
			return STATUS_OK;
		}
	return STATUS_FAILED;
}

enum status bags_press_read(const struct db_rows *rows, struct bag_press *out)
{
	*out = (struct bag_press){.outcome = PRESS_DONE};
	json_t *row = db_rows_count(rows) > 0 ? json_loads(db_text(rows, 0, 0), 0, NULL) : NULL;
	if (!row)
		return STATUS_FAILED;
	enum status status = STATUS_OK;
	if (!json_is_true(json_object_get(row, "done")))
		status = read_refusal(json_string_value(json_object_get(row, "refusal")), out);
	out->reward = get_number(row, "reward");
	out->balance = get_number(row, "balance");
	read_bag(json_object_get(row, "bag"), &out->bag);
	json_decref(row);
	return status;
}
