/* Calls about what is kept of a member. */
#include "besace/store/my_data.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "routine.h"

struct my_data_row {
	const char *file;
	bool is_whole;
};
DB_SHAPE(shape_my_data, DB_FIELD_OR_NULL(my_data_row, file), DB_FIELD(my_data_row, is_whole));

void my_data_call(void *ctx, const struct member_seen *member, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_MY_DATA, &member->id, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_id(out, "member_id", &member->id);
}

enum status my_data_read(void *ctx, const struct db_rows *rows, struct my_data *out)
{
	struct my_data_row row;
	*out = (struct my_data){0};
	if (db_row_read(ctx, rows, 0, &shape_my_data, &row))
		return STATUS_FAILED;
	out->file = row.file ? must(talloc_strdup(ctx, row.file)) : NULL;
	out->is_whole = row.is_whole;
	return STATUS_OK;
}

struct leave_view_row {
	const json_t *state;
};
DB_SHAPE(shape_leave_view, DB_FIELD_OR_NULL(leave_view_row, state));

#define FIELD(member) DB_FIELD(leave_view, member)
DB_SHAPE(json_leave_view, FIELD(balance), FIELD(level), FIELD(xp), FIELD(items), FIELD(is_open),
	FIELD(until_s));
#undef FIELD

void leave_view_call(void *ctx, const struct member_seen *member, struct db_call *out)
{
	db_call_begin(ctx, QUERY_LEAVE_VIEW, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_id(out, "member_id", &member->id);
}

enum status leave_view_read(
	void *ctx, const struct db_rows *rows, struct leave_view *out, bool *out_known)
{
	struct leave_view_row row;
	char *why;
	*out = (struct leave_view){0};
	if (db_row_read(ctx, rows, 0, &shape_leave_view, &row))
		return STATUS_FAILED;
	*out_known = row.state != NULL;
	if (!row.state || json_shape_read(ctx, row.state, &json_leave_view, out, &why))
		return STATUS_OK;
	log_error(LOG_TEXT("what a routine returned cannot be read"), LOG_STR("why", why));
	return STATUS_FAILED;
}

DB_SHAPE(json_left, DB_FIELD(left, until_s));

void leave_call(void *ctx, const struct snowflake *interaction, const struct member_seen *member,
	struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_LEAVE, &member->id, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_id(out, "member_id", &member->id);
	db_set_id(out, "interaction_id", interaction);
}

enum status leave_read(void *ctx, const struct db_rows *rows, struct left *out)
{
	static const char *const refusals[] = {[LEAVE_UNKNOWN] = "unknown", [LEAVE_OPEN] = "open"};
	const struct outcome_format format = {.done = &json_left,
		.refused = &json_left,
		.refusals = refusals,
		.count = ARRAY_LEN(refusals)};
	unsigned refusal;
	*out = (struct left){0};
	if (routine_outcome_read(ctx, rows, &format, &refusal, out))
		return STATUS_FAILED;
	out->result = (enum leave_result)refusal;
	return STATUS_OK;
}
