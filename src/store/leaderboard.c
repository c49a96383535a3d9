/* Calls about leaderboards. */
#include "besace/store/leaderboard.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/store/pages.h"

void leaderboard_call(void *ctx, const struct member_seen *asker,
	const struct leaderboard_start *start, bool has_pages, struct db_call *out)
{
	static const char *const metrics[LEADERBOARD_METRICS] = {[LEADERBOARD_LC] = "lc",
		[LEADERBOARD_XP] = "xp",
		[LEADERBOARD_MESSAGES] = "messages",
		[LEADERBOARD_VOICE] = "voice"};
	static const char *const sides[] = {[LEADERBOARD_TOP] = "top",
		[LEADERBOARD_OWN] = "own",
		[LEADERBOARD_DOWN] = "down",
		[LEADERBOARD_UP] = "up",
		[LEADERBOARD_AT] = "at"};
	bool top = !*start->user.text;
	db_call_begin(ctx, QUERY_LEADERBOARD_PAGE, out);
	members_bind(out, asker);
	db_set_text(out, "metric", metrics[start->metric]);
	db_set_text(out, "side", sides[start->side]);
	if (top && start->side != LEADERBOARD_AT)
		db_set_null(out, "value");
	else
		db_set_integer(out, "value", start->value);
	db_set_text_or_null(
		out, "start_id", top ? NULL : must(talloc_strdup(ctx, start->user.text)));
	db_set_text_or_null(out, "page_token", has_pages ? page_token_make(ctx) : NULL);
}

struct leaderboard_page_row {
	const json_t *page;
};
DB_SHAPE(shape_leaderboard_page, DB_FIELD(leaderboard_page_row, page));

struct leaderboard_json {
	const json_t *rows, *around;
	bool above, below;
	int32_t value;
	int64_t rank, members, position;
	const char *address;
};
DB_SHAPE(json_leaderboard, DB_FIELD(leaderboard_json, rows), DB_FIELD(leaderboard_json, around),
	DB_FIELD(leaderboard_json, above), DB_FIELD(leaderboard_json, below),
	DB_FIELD(leaderboard_json, value), DB_FIELD(leaderboard_json, rank),
	DB_FIELD(leaderboard_json, members), DB_FIELD(leaderboard_json, position),
	DB_FIELD_OR_NULL(leaderboard_json, address));

struct leaderboard_row_json {
	const char *id, *name;
	int32_t value;
	int64_t rank;
};
DB_SHAPE(json_leaderboard_row, DB_FIELD(leaderboard_row_json, id),
	DB_FIELD(leaderboard_row_json, name), DB_FIELD(leaderboard_row_json, value),
	DB_FIELD(leaderboard_row_json, rank));

/* Where rows are read to. */
struct leaderboard_room {
	struct leaderboard_row *rows;
	size_t max, *count;
};

/* Ids that are none of Discord's are left out: a button could not carry them. */
static bool read_rows(
	void *ctx, const json_t *rows, const struct leaderboard_room *room, char **out_why)
{
	const json_t *row;
	size_t i;
	json_array_foreach (rows, i, row) {
		struct leaderboard_row_json in;
		if (!json_shape_read(ctx, row, &json_leaderboard_row, &in, out_why))
			return false;
		struct leaderboard_row *next = &room->rows[*room->count];
		if (*room->count == room->max || !snowflake_parse(in.id, &next->user))
			continue;
		next->username = must(talloc_strdup(ctx, in.name));
		next->value = in.value;
		next->rank = in.rank;
		++*room->count;
	}
	return true;
}

enum status leaderboard_read(void *ctx, const struct db_rows *rows, struct leaderboard_page *out)
{
	struct leaderboard_page_row row;
	struct leaderboard_json in;
	const struct leaderboard_room shown = {out->rows, LEADERBOARD_PAGE, &out->count};
	const struct leaderboard_room around = {
		out->around, LEADERBOARD_AROUND, &out->around_count};
	char *why;
	*out = (struct leaderboard_page){0};
	if (db_row_read(ctx, rows, 0, &shape_leaderboard_page, &row))
		return STATUS_FAILED;
	if (json_shape_read(ctx, row.page, &json_leaderboard, &in, &why) &&
		read_rows(ctx, in.rows, &shown, &why) && read_rows(ctx, in.around, &around, &why)) {
		out->above = in.above;
		out->below = in.below;
		out->own_value = in.value;
		out->own_rank = in.rank;
		out->members = in.members;
		out->position = in.position;
		out->address = in.address ? must(talloc_strdup(ctx, in.address)) : NULL;
		return STATUS_OK;
	}
	log_error(LOG_TEXT("a leaderboard cannot be read"), LOG_STR("why", why));
	return STATUS_FAILED;
}

void leaderboard_keep_own(struct leaderboard_page *page, const struct snowflake *user)
{
	struct leaderboard_row own = {0};
	for (size_t i = 0; i < page->count; i++)
		if (snowflake_equal(&page->rows[i].user, user))
			own = page->rows[i];
	for (size_t i = 0; i < page->around_count; i++)
		if (snowflake_equal(&page->around[i].user, user))
			own = page->around[i];
	page->rows[0] = own;
	page->count = *own.user.text ? 1 : 0;
	page->around_count = 0;
	page->above = page->below = false;
	page->address = NULL; /* it shows everybody */
}

int64_t leaderboard_last_position(
	const struct leaderboard_page *page, size_t count, const struct leaderboard_start *start)
{
	if (count == 0)
		return 0;
	if (!page->above)
		return (int64_t)count;
	if (start->side == LEADERBOARD_AT)
		return page->position + (int64_t)count;
	/* Whoever has another rank than the one before is the first of those who share it. */
	for (size_t i = count - 1; i > 0; i--)
		if (page->rows[i].rank != page->rows[i - 1].rank)
			return page->rows[i].rank + (int64_t)(count - 1 - i);
	int64_t min = page->rows[0].rank + (int64_t)count - 1, known = 0;
	if (start->position > 0 && start->side == LEADERBOARD_DOWN)
		known = start->position + (int64_t)count;
	else if (start->position > 0 && start->side == LEADERBOARD_UP)
		known = start->position - 1;
	return known > page->members || known < min ? min : known;
}

struct leaderboard_fold_row {
	int64_t folded;
};
DB_SHAPE(shape_leaderboard_fold, DB_FIELD(leaderboard_fold_row, folded));

void leaderboard_fold_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_LEADERBOARD_FOLD, NULL, out);
	db_set_integer(out, "max_rows", LEADERBOARD_FOLD_MAX);
}

void leaderboard_ranked_call(void *ctx, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_RANKED_FOLD, NULL, out);
	db_set_integer(out, "max_rows", LEADERBOARD_FOLD_MAX);
}

bool leaderboard_fold_read(const struct db_rows *rows)
{
	struct leaderboard_fold_row row;
	return db_row_read(NULL, rows, 0, &shape_leaderboard_fold, &row) == STATUS_OK &&
	       row.folded == LEADERBOARD_FOLD_MAX;
}
