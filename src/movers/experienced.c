/*
 * Experienced, and the smallest form that others write too.
 *
 *	[{"id": "…", "xp": 1234}]
 */
#include "json_source.h"

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	struct entry *entry = entry_begin(importing, record->line);
	entry_id(entry, json_value_text(record->value, "id"));
	entry_name(entry, json_value_text(record->value, "username"));
	entry_figure(entry, FIGURE_XP, json_value_text(record->value, "xp"));
	entry->bot = json_value_is_true(record->value, "bot");
	return entry_end(entry);
}

static enum status read_experienced(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {{"[]"}, {NULL}};
	static const struct json_source source = {places, 1, "list of members", got_record};
	return json_source_read(importing, input, &source);
}

const struct mover mover_experienced = {.name = "experienced",
	.description = "its export: a list of ids and XP, which others write too",
	.read = read_experienced};
