/* Calls of administrators. */
#include "besace/store/admin.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "level_json.h"
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
	/* Of besace_level_up: an array of at most one member's. */
	if (level_up_read(ctx, json_array_get(outcome.levels, 0), &out->gained, &why))
		return STATUS_OK;
	log_error(LOG_TEXT("an outcome cannot be read"), LOG_STR("why", why));
	return STATUS_FAILED;
}

/* ---- What was done */

void admin_journal_call(
	void *ctx, const struct snowflake *guild, int64_t before, int count, struct db_call *out)
{
	db_call_begin(ctx, QUERY_ADMIN_JOURNAL, out);
	db_set_id(out, "guild_id", guild);
	db_set_integer(out, "before", before);
	db_set_integer(out, "count", count);
}

#define FIELD(member) DB_FIELD(admin_entry, member)
#define FIELD_OR_NULL(member) DB_FIELD_OR_NULL(admin_entry, member)
DB_SHAPE(shape_admin_journal, FIELD(audit), FIELD_OR_NULL(actor), FIELD_OR_NULL(actor_name),
	FIELD_OR_NULL(target), FIELD_OR_NULL(target_name), FIELD(what), FIELD(amount),
	FIELD(reason), FIELD(at_s), FIELD(undone), FIELD(undoes), FIELD_OR_NULL(import));
#undef FIELD
#undef FIELD_OR_NULL

enum status admin_journal_read(
	void *ctx, const struct db_rows *rows, struct admin_entry **out, size_t *out_count)
{
	int count = db_rows_count(rows);
	*out = must(talloc_zero_array(ctx, struct admin_entry, (unsigned)count + 1));
	*out_count = (size_t)count;
	for (int i = 0; i < count; i++)
		if (db_row_read(ctx, rows, i, &shape_admin_journal, &(*out)[i]))
			return STATUS_FAILED;
	return STATUS_OK;
}

void admin_undo_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, int64_t audit, struct db_call *out)
{
	routine_begin(ctx, QUERY_ADMIN_TAKE_BACK, interaction, actor, out);
	db_set_integer(out, "audit", audit);
}

struct admin_undo_json {
	const char *username, *what;
	int64_t audit, amount, now;
};
DB_SHAPE(json_admin_undone, DB_FIELD(admin_undo_json, audit), DB_FIELD(admin_undo_json, username),
	DB_FIELD(admin_undo_json, what), DB_FIELD(admin_undo_json, amount),
	DB_FIELD(admin_undo_json, now));
DB_SHAPE(json_admin_undo_refused, DB_FIELD_OPTIONAL(admin_undo_json, what));

enum status admin_undo_read(void *ctx, const struct db_rows *rows, struct admin_undone *out)
{
	static const char *const refusals[ADMIN_UNDO_COUNT] = {[ADMIN_UNDO_UNKNOWN] = "unknown",
		[ADMIN_UNDO_UNDONE] = "undone",
		[ADMIN_UNDO_IS_UNDO] = "is_undo",
		[ADMIN_UNDO_SHORT] = "short",
		[ADMIN_UNDO_FULL] = "full"};
	const struct outcome_format format = {
		&json_admin_undone, &json_admin_undo_refused, refusals, ARRAY_LEN(refusals)};
	struct admin_undo_json in = {0};
	unsigned refusal;
	if (routine_outcome_read(ctx, rows, &format, &refusal, &in))
		return STATUS_FAILED;
	*out = (struct admin_undone){.result = refusal,
		.username = in.username,
		.what = in.what,
		.amount = in.amount,
		.now = in.now};
	return STATUS_OK;
}
