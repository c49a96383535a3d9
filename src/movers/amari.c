/*
 * Amari: pages of its leaderboard.
 *
 *	{"data": [{"id": "…", "username": "lou", "level": 7, "exp": "1234", "weeklyExp": 10}]}
 */
#include "json_source.h"

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	struct entry *entry = entry_begin(importing, record->line);
	entry_id(entry, json_value_text(record->value, "id"));
	entry_name(entry, json_value_text(record->value, "username"));
	entry_figure(entry, FIGURE_XP, json_value_text(record->value, "exp"));
	entry_figure(entry, FIGURE_LEVEL, json_value_text(record->value, "level"));
	entry->bot = json_value_is_true(record->value, "bot");
	return entry_end(entry);
}

static enum status read_amari(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {{"data[]"}, {NULL}};
	static const struct json_source source = {places, 1, "data", got_record};
	return json_source_read(importing, input, &source);
}

const struct mover mover_amari = {.name = "amari",
	.description = "pages of its leaderboard's JSON",
	.first_page = 1,
	.token_header = "Authorization: ",
	.read = read_amari};
