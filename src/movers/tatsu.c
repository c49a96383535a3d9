/*
 * Tatsu: the rankings of its API.
 *
 *	{"guild_id": "…", "rankings": [{"rank": 1, "score": 1234, "user_id": "…"}]}
 */
#include "json_source.h"

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	struct entry *entry = entry_begin(importing, record->line);
	entry_id(entry, json_value_text(record->value, "user_id"));
	entry_figure(entry, FIGURE_XP, json_value_text(record->value, "score"));
	return entry_end(entry);
}

static enum status read_tatsu(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {{"rankings[]"}, {NULL}};
	static const struct json_source source = {places, 1, "rankings", got_record};
	return json_source_read(importing, input, &source);
}

const struct mover mover_tatsu = {.name = "tatsu",
	.description = "the rankings of its API",
	.token_header = "Authorization: ",
	.read = read_tatsu};
