/* Calls about edits of messages. */
#include "besace/store/match_edits.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/wording.h"

struct match_edit_row {
	const char *guild_id, *match_id, *outcome, *language, *application_id, *token;
	const char *channel_id, *message_id, *leased_until;
};
DB_SHAPE(shape_match_edit, DB_FIELD(match_edit_row, guild_id), DB_FIELD(match_edit_row, match_id),
	DB_FIELD(match_edit_row, outcome), DB_FIELD(match_edit_row, language),
	DB_FIELD_OR_NULL(match_edit_row, application_id), DB_FIELD_OR_NULL(match_edit_row, token),
	DB_FIELD_OR_NULL(match_edit_row, channel_id), DB_FIELD_OR_NULL(match_edit_row, message_id),
	DB_FIELD(match_edit_row, leased_until));

void match_edits_take_call(void *ctx, int max, int lease_s, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_MATCH_EDITS_TAKE, NULL, out);
	db_set_integer(out, "max", max);
	db_set_integer(out, "lease_s", lease_s);
}

/* On CTX; NULL for NULL. */
static const char *copy(void *ctx, const char *text)
{
	return text ? must(talloc_strdup(ctx, text)) : NULL;
}

bool match_edits_take_read(void *ctx, const struct db_rows *rows, int row, struct match_edit *out)
{
	struct match_edit_row read;
	struct wording wording;
	if (row >= db_rows_count(rows) || db_row_read(ctx, rows, row, &shape_match_edit, &read) ||
		wording_read(ctx, rows, row, &wording))
		return false;
	*out = (struct match_edit){
		.guild_id = copy(ctx, read.guild_id),
		.match_id = copy(ctx, read.match_id),
		.outcome = copy(ctx, read.outcome),
		.language = wording.language ? wording.language : copy(ctx, read.language),
		.unit = unit_of(ctx, wording.currency, wording.symbol),
		.application_id = copy(ctx, read.application_id),
		.token = copy(ctx, read.token),
		.channel_id = copy(ctx, read.channel_id),
		.message_id = copy(ctx, read.message_id),
		.leased_until = copy(ctx, read.leased_until),
	};
	return true;
}

void match_edits_end_call(void *ctx, const struct match_edit *edit, bool made, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_MATCH_EDITS_END, NULL, out);
	db_set_text(out, "guild_id", edit->guild_id);
	db_set_text(out, "match_id", edit->match_id);
	db_set_bool(out, "is_made", made);
	db_set_text(out, "leased_until", edit->leased_until);
}
