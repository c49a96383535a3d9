/* The column that says how a guild wants replies. */
#include "besace/store/wording.h"

#include <libpq-fe.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "wording_column.h"

struct wording_json {
	const char *language, *currency, *symbol;
	bool hides_others, no_gift, no_items, wants_members;
	const json_t *managers;
};
DB_SHAPE(json_wording, DB_FIELD_OPTIONAL(wording_json, language),
	DB_FIELD_OPTIONAL(wording_json, currency), DB_FIELD_OPTIONAL(wording_json, symbol),
	DB_FIELD_OPTIONAL(wording_json, hides_others), DB_FIELD_OPTIONAL(wording_json, no_gift),
	DB_FIELD_OPTIONAL(wording_json, no_items), DB_FIELD_OPTIONAL(wording_json, wants_members),
	DB_FIELD_OPTIONAL(wording_json, managers));

bool wording_is_last(const void *result, size_t shown)
{
	int columns = PQnfields(result);
	return columns == (int)shown + 1 && strcmp(PQfname(result, columns - 1), "wording") == 0;
}

bool db_rows_have_wording(const struct db_rows *rows)
{
	int columns = PQnfields(rows->result);
	return columns > 0 && PQntuples(rows->result) > 0 &&
	       strcmp(PQfname(rows->result, columns - 1), "wording") == 0;
}

static bool read_managers(const json_t *list, struct wording *out)
{
	size_t i;
	const json_t *id;
	if (json_array_size(list) > SETTING_IDS_MAX)
		return false;
	json_array_foreach (list, i, id)
		if (!snowflake_parse(json_string_value(id), &out->managers[out->manager_count++]))
			return false;
	return true;
}

static const char *copy(void *ctx, const char *text)
{
	return text ? must(talloc_strdup(ctx, text)) : NULL;
}

enum status wording_read(void *ctx, const struct db_rows *rows, int row, struct wording *out)
{
	*out = (struct wording){0};
	int column = PQnfields(rows->result) - 1;
	if (!db_rows_have_wording(rows) || PQgetisnull(rows->result, row, column))
		return STATUS_OK;
	struct wording_json in;
	char *why = NULL;
	json_t *json = json_loads(PQgetvalue(rows->result, row, column), 0, NULL);
	bool good = json && json_shape_read(ctx, json, &json_wording, &in, &why) &&
		    read_managers(in.managers, out);
	if (good) {
		out->language = copy(ctx, in.language);
		out->currency = copy(ctx, in.currency);
		out->symbol = copy(ctx, in.symbol);
		out->hides_others = in.hides_others;
		out->no_gift = in.no_gift;
		out->no_items = in.no_items;
		out->wants_members = in.wants_members;
	} else {
		log_error(LOG_TEXT("a wording cannot be read"),
			LOG_STR("why", why ? why : "no JSON, or no ids"));
	}
	json_decref(json);
	return good ? STATUS_OK : STATUS_FAILED;
}
