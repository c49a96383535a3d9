/* Calls about standings. */
#include "besace/store/standings.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

void standings_call(void *ctx, const struct sighting *asker, const struct standings_start *start,
	struct db_call *out)
{
	bool top = !*start->user.text;
	*out = (struct db_call){.query = QUERY_STANDINGS_PAGE,
		.params = {asker->id.text, asker->username, call_number(ctx, asker->seen_ms),
			start->kind == STANDING_LC ? "lc" : "xp", start->up ? "t" : "f",
			top ? NULL : call_number(ctx, start->value),
			top ? NULL : must(talloc_strdup(ctx, start->user.text))}};
}

static bool read_row(void *ctx, const json_t *row, struct standing *out)
{
	const char *name = json_string_value(json_object_get(row, "name"));
	if (!name || !snowflake_parse(json_string_value(json_object_get(row, "id")), &out->user))
		return false;
	out->username = must(talloc_strdup(ctx, name));
	out->value = (int32_t)json_integer_value(json_object_get(row, "value"));
	out->place = json_integer_value(json_object_get(row, "place"));
	return true;
}

/* Ids that are none of Discord's are left out: a button could not carry them. */
static void read_page(void *ctx, const json_t *page, struct standings_page *out)
{
	const json_t *row, *rows = json_object_get(page, "rows");
	size_t i;
	json_array_foreach (rows, i, row)
		if (out->count < STANDINGS_PAGE && read_row(ctx, row, &out->rows[out->count]))
			out->count++;
	out->above = json_is_true(json_object_get(page, "above"));
	out->below = json_is_true(json_object_get(page, "below"));
	out->own_value = (int32_t)json_integer_value(json_object_get(page, "value"));
	out->own_place = json_integer_value(json_object_get(page, "place"));
	out->members = json_integer_value(json_object_get(page, "members"));
}

bool standings_read(
	void *ctx, const struct db_rows *rows, struct standings_page *out, bool *out_found)
{
	*out = (struct standings_page){0};
	json_t *page = routine_outcome(rows);
	read_page(ctx, page, out);
	json_decref(page);
	*out_found = out->own_place > 0;
	return *out_found && db_bool(rows, 0, 1);
}

void standings_fold_call(struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_STANDINGS_FOLD,
		.params = {LITERAL(STANDINGS_FOLD_MOST)},
		.changes = true};
}

bool standings_fold_read(const struct db_rows *rows)
{
	return db_integer(rows, 0, 0) == STANDINGS_FOLD_MOST;
}
