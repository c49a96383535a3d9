/* Calls about bags. */
#include "besace/store/bags.h"

#include <inttypes.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "routine.h"

struct bag_view_row {
	const char *item;
	int32_t quantity, uses;
	const json_t *active;
	int32_t xp;
};
DB_SHAPE(shape_bag_view, DB_FIELD_OR_NULL(bag_view_row, item),
	DB_FIELD_OR_NULL(bag_view_row, quantity), DB_FIELD_OR_NULL(bag_view_row, uses),
	DB_FIELD_OR_NULL(bag_view_row, active), DB_FIELD(bag_view_row, xp));

void bags_view_call(void *ctx, const struct member_seen *member, struct db_call *out)
{
	db_call_begin(ctx, QUERY_BAG_VIEW, out);
	members_bind(out, member);
}

bool bags_view_read(void *ctx, const struct db_rows *rows, struct bag *out, int32_t *out_xp)
{
	struct bag_view_row row;
	enum item item;
	int count = db_rows_count(rows);
	*out = (struct bag){0};
	for (int i = 0; i < count; i++) {
		if (db_row_read(ctx, rows, i, &shape_bag_view, &row))
			return false;
		if (row.item && !item_parse(row.item, &item))
			return false;
		if (row.item) {
			out->quantity[item] = row.quantity;
			out->uses[item] = row.uses;
		}
		out->multiplier = (int32_t)json_integer_value(json_array_get(row.active, 0));
		out->games_left = (int32_t)json_integer_value(json_array_get(row.active, 1));
		*out_xp = row.xp;
	}
	return count > 0;
}

/* Begins a press. USE: the use that the button stands for, -1: whichever is next. */
static void press_begin(void *ctx, enum query query, const struct snowflake *interaction,
	const struct member_seen *member, int32_t use, struct db_call *out)
{
	routine_begin(ctx, query, interaction, member, out);
	if (use < 0)
		db_set_null(out, "use");
	else
		db_set_integer(out, "use", use);
}

void bags_open_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t use, int32_t reward, struct db_call *out)
{
	press_begin(ctx, QUERY_BAG_OPEN, interaction, member, use, out);
	db_set_integer(out, "reward", reward);
}

void bags_open_all_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t use, const int32_t *rewards, size_t count,
	struct db_call *out)
{
	char *list = must(talloc_strdup(ctx, "{"));
	for (size_t i = 0; i < count; i++)
		list = must(talloc_asprintf_append_buffer(
			list, "%s%" PRId32, i ? "," : "", rewards[i]));
	list = must(talloc_strdup_append_buffer(list, "}"));
	press_begin(ctx, QUERY_BAG_OPEN_ALL, interaction, member, use, out);
	db_set_text(out, "rewards", list);
}

void bags_activate_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t use, enum item item, struct db_call *out)
{
	press_begin(ctx, QUERY_BAG_ACTIVATE, interaction, member, use, out);
	db_set_text(out, "item", item_type(item));
	db_set_integer(out, "multiplier", item_multiplier(item));
	db_set_integer(out, "games", MULTIPLIER_GAMES);
}

/* ---- What a press did */

/* What besace_bag_state returns. */
struct bag_json {
	const json_t *items, *uses, *active;
};
DB_SHAPE(json_bag, DB_FIELD(bag_json, items), DB_FIELD(bag_json, uses),
	DB_FIELD_OR_NULL(bag_json, active));

/* Of a type that was never there, nothing stands there. */
struct bag_counts_json {
	int32_t jackpot, multiplier_x2, multiplier_x3;
};
DB_SHAPE(json_bag_counts, DB_FIELD_OPTIONAL(bag_counts_json, jackpot),
	DB_FIELD_OPTIONAL(bag_counts_json, multiplier_x2),
	DB_FIELD_OPTIONAL(bag_counts_json, multiplier_x3));

struct bag_active_json {
	int32_t value, games_left;
};
DB_SHAPE(json_bag_active, DB_FIELD(bag_active_json, value), DB_FIELD(bag_active_json, games_left));

struct bag_outcome {
	int32_t reward, balance, opened;
	const json_t *bag;
};
DB_SHAPE(json_bag_opened, DB_FIELD(bag_outcome, reward), DB_FIELD(bag_outcome, balance),
	DB_FIELD_OPTIONAL(bag_outcome, opened), DB_FIELD(bag_outcome, bag));
DB_SHAPE(json_bag_activated, DB_FIELD(bag_outcome, bag));
DB_SHAPE(json_bag_refused, DB_FIELD(bag_outcome, bag));

static bool read_bag(void *ctx, const json_t *object, struct bag *out, char **out_why)
{
	struct bag_json bag;
	struct bag_counts_json items, uses;
	struct bag_active_json active = {0};
	if (!json_shape_read(ctx, object, &json_bag, &bag, out_why) ||
		!json_shape_read(ctx, bag.items, &json_bag_counts, &items, out_why) ||
		!json_shape_read(ctx, bag.uses, &json_bag_counts, &uses, out_why) ||
		(bag.active &&
			!json_shape_read(ctx, bag.active, &json_bag_active, &active, out_why)))
		return false;
	*out = (struct bag){
		.quantity = {[ITEM_JACKPOT] = items.jackpot,
			[ITEM_X2] = items.multiplier_x2,
			[ITEM_X3] = items.multiplier_x3},
		.uses = {[ITEM_JACKPOT] = uses.jackpot,
			[ITEM_X2] = uses.multiplier_x2,
			[ITEM_X3] = uses.multiplier_x3},
		.multiplier = active.value,
		.games_left = active.games_left,
	};
	return true;
}

enum status bags_press_read(
	void *ctx, const struct db_rows *rows, enum item item, struct bag_press *out)
{
	static const char *const refusals[] = {[PRESS_NONE_LEFT] = "none_left",
		[PRESS_USED] = "used",
		[PRESS_ALREADY_ACTIVE] = "already_active",
		[PRESS_BALANCE_FULL] = "balance_full"};
	const struct outcome_format format = {
		item == ITEM_JACKPOT ? &json_bag_opened : &json_bag_activated, &json_bag_refused,
		refusals, ARRAY_LEN(refusals)};
	struct bag_outcome outcome = {0};
	unsigned refusal;
	char *why;
	if (routine_outcome_read(ctx, rows, &format, &refusal, &outcome))
		return STATUS_FAILED;
	*out = (struct bag_press){.outcome = refusal,
		.reward = outcome.reward,
		.balance = outcome.balance,
		.opened = outcome.opened};
	if (read_bag(ctx, outcome.bag, &out->bag, &why))
		return STATUS_OK;
	log_error(LOG_TEXT("an outcome cannot be read"), LOG_STR("why", why));
	return STATUS_FAILED;
}
