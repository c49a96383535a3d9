/* Reads level-ups from JSON. */
#include "level_json.h"

#include "besace/store/queries.h"

struct level_up_json {
	struct snowflake user;
	int32_t old, level, lc;
	const json_t *items;
};
DB_SHAPE(json_level_up, DB_FIELD(level_up_json, user), DB_FIELD(level_up_json, old),
	DB_FIELD(level_up_json, level), DB_FIELD(level_up_json, lc),
	DB_FIELD(level_up_json, items));

struct level_items_json {
	int32_t jackpot, multiplier_x2, multiplier_x3;
};
DB_SHAPE(json_level_items, DB_FIELD_OPTIONAL(level_items_json, jackpot),
	DB_FIELD_OPTIONAL(level_items_json, multiplier_x2),
	DB_FIELD_OPTIONAL(level_items_json, multiplier_x3));

bool level_items_read(void *ctx, const json_t *object, int32_t out[ITEM_COUNT], char **out_why)
{
	struct level_items_json in;
	if (!json_shape_read(ctx, object, &json_level_items, &in, out_why))
		return false;
	out[ITEM_JACKPOT] = in.jackpot;
	out[ITEM_X2] = in.multiplier_x2;
	out[ITEM_X3] = in.multiplier_x3;
	return true;
}

bool level_up_read(void *ctx, const json_t *object, struct level_gain *out, char **out_why)
{
	struct level_up_json in;
	*out = (struct level_gain){0};
	if (!object)
		return true;
	if (!json_shape_read(ctx, object, &json_level_up, &in, out_why))
		return false;
	out->level = in.level;
	out->lc = in.lc;
	return level_items_read(ctx, in.items, out->items, out_why);
}
