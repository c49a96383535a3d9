/* Calls about imports that the panel asks for. */
#include "besace/store/panel_imports.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "routine.h"

struct panel_import_view_row {
	const json_t *state;
};
DB_SHAPE(shape_panel_import_view, DB_FIELD_OR_NULL(panel_import_view_row, state));

struct panel_import_json {
	const char *state, *source, *filename, *why, *actor;
	struct snowflake upload;
	const json_t *plan;
	int64_t done, total, number, changed_s;
};
#define FIELD(member) DB_FIELD(panel_import_json, member)
DB_SHAPE(json_panel_import, FIELD(state), FIELD(upload), FIELD(source), FIELD(filename),
	FIELD(actor), DB_FIELD_OR_NULL(panel_import_json, plan), FIELD(done), FIELD(total),
	FIELD(number), FIELD(why), FIELD(changed_s));
#undef FIELD

#define FIELD(member) DB_FIELD(panel_import_plan, member)
DB_SHAPE(json_panel_import_plan, FIELD(rows), FIELD(members), FIELD(created), FIELD(changed),
	FIELD(xp), FIELD(balance), FIELD(refused_count), FIELD(refused), FIELD(was_done),
	FIELD(erased));
#undef FIELD

void panel_import_view_call(void *ctx, const struct snowflake *guild, struct db_call *out)
{
	db_call_begin(ctx, QUERY_PANEL_IMPORT_VIEW, out);
	db_set_id(out, "guild_id", guild);
}

static enum panel_import_state state_of(const char *name)
{
	static const char *const names[] = {[PANEL_IMPORT_FETCHING] = "fetching",
		[PANEL_IMPORT_PLANNING] = "planning",
		[PANEL_IMPORT_PLANNED] = "planned",
		[PANEL_IMPORT_RUNNING] = "importing",
		[PANEL_IMPORT_IMPORTED] = "imported",
		[PANEL_IMPORT_FAILED] = "failed",
		[PANEL_IMPORT_CANCELLED] = "cancelled"};
	for (unsigned i = PANEL_IMPORT_FETCHING; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum panel_import_state)i;
	return PANEL_IMPORT_NONE;
}

enum status panel_import_view_read(void *ctx, const struct db_rows *rows, struct panel_import *out)
{
	struct panel_import_view_row row;
	struct panel_import_json in = {0};
	char *why = NULL;
	*out = (struct panel_import){0};
	if (db_row_read(ctx, rows, 0, &shape_panel_import_view, &row))
		return STATUS_FAILED;
	if (!row.state)
		return STATUS_OK;
	if (!json_shape_read(ctx, row.state, &json_panel_import, &in, &why) ||
		(in.plan && !json_shape_read(
				    ctx, in.plan, &json_panel_import_plan, &out->plan, &why))) {
		log_error(LOG_TEXT("an import of the panel cannot be read"), LOG_STR("why", why));
		return STATUS_FAILED;
	}
	out->state = state_of(in.state);
	out->upload = in.upload;
	out->actor = in.actor;
	out->source = in.source;
	out->filename = in.filename;
	out->why = in.why;
	out->has_plan = in.plan != NULL;
	out->done = in.done;
	out->total = in.total;
	out->number = in.number;
	out->changed_s = in.changed_s;
	return out->state == PANEL_IMPORT_NONE ? STATUS_FAILED : STATUS_OK;
}

void panel_import_start_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const struct panel_import_file *file, struct db_call *out)
{
	routine_begin(ctx, QUERY_PANEL_IMPORT_START, interaction, member, out);
	db_set_text(out, "source", file->source);
	db_set_text(out, "filename", file->filename);
	db_set_text(out, "url", file->url);
}

void panel_import_answer_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const struct snowflake *upload, bool yes,
	struct db_call *out)
{
	routine_begin(ctx, QUERY_PANEL_IMPORT_ANSWER, interaction, member, out);
	db_set_id(out, "upload_id", upload);
	db_set_bool(out, "yes", yes);
}

const struct db_shape json_panel_import_done = {"json_panel_import_done", NULL, 0};

enum status panel_import_outcome_read(
	void *ctx, const struct db_rows *rows, enum panel_import_result *out)
{
	static const char *const refusals[] = {
		[PANEL_IMPORT_REFUSED_RUNNING] = "running", [PANEL_IMPORT_REFUSED_GONE] = "gone"};
	const struct outcome_format format = {.done = &json_panel_import_done,
		.refused = &json_panel_import_done,
		.refusals = refusals,
		.count = ARRAY_LEN(refusals)};
	unsigned refusal;
	char nothing;
	if (routine_outcome_read(ctx, rows, &format, &refusal, &nothing))
		return STATUS_FAILED;
	*out = (enum panel_import_result)refusal;
	return STATUS_OK;
}

struct panel_imports_due_row {
	bool due;
};
DB_SHAPE(shape_panel_imports_due, DB_FIELD(panel_imports_due_row, due));

void panel_imports_due_call(void *ctx, struct db_call *out)
{
	db_call_begin(ctx, QUERY_PANEL_IMPORTS_DUE, out);
}

enum status panel_imports_due_read(const struct db_rows *rows, bool *out)
{
	struct panel_imports_due_row row;
	enum status status = db_row_read(NULL, rows, 0, &shape_panel_imports_due, &row);
	*out = !status && row.due;
	return status;
}
