/*
 * Polaris: what its dashboard exports, in any of its forms.
 *
 *	{"settings": {"gain": {"min": 1, "max": 3, "time": 60},
 *		"rewards": [{"id": "…", "level": 5, "keep": true}],
 *		"multipliers": {"roles": [{"id": "…", "boost": 2}], "channels": [{"id": "…",
 *"boost": 0}]}}, "users": {"ID": {"xp": 1234, "hidden": true}}}
 *
 * `xp` stands in place of `users` in others, or the map alone, or [{"id": "…", "xp": 1234}], or the
 * pages of its leaderboard; CSV with the header ID,Total XP; and a text of lines "id - xp".
 */
#include "json_source.h"
#include "table_source.h"

#include <ctype.h>
#include <string.h>

enum { SETTINGS, USERS, XP, LIST, BOARD, BARE };

static enum status read_member(struct importing *importing, const struct json_record *record)
{
	const struct json_value *member = record->value;
	struct entry *entry = entry_begin(importing, record->line);
	bool in_map = record->place == USERS || record->place == XP || record->place == BARE;
	const char *xp = json_value_scalar(member);
	entry_id(entry, in_map ? member->key : json_value_text(member, "id"));
	entry_name(entry, json_value_text(member, "username"));
	entry_figure(entry, FIGURE_XP, xp ? xp : json_value_text(member, "xp"));
	entry->hidden = json_value_is_true(member, "hidden");
	entry->left = json_value_is_true(member, "missing");
	entry->bot = json_value_is_true(member, "bot");
	return entry_end(entry);
}

static void read_zones(struct importing *importing, const struct json_value *list, bool is_role)
{
	for (const struct json_value *zone = list ? list->first : NULL; zone; zone = zone->next)
		importing_zone(importing, json_value_text(zone, "id"), is_role,
			json_value_text(zone, "boost"));
}

static void read_settings(struct importing *importing, const struct json_value *settings)
{
	static const struct found_range min = {"message_min", "XP of a message, from", 0, 1000, 1},
					max = {"message_max", "XP of a message, up to", 0, 1000, 1},
					time = {"message_cooldown_s",
						"seconds between messages that earn", 5, 3600, 1};
	const struct json_value *gain = json_value_get(settings, "gain");
	const struct json_value *rewards = json_value_get(settings, "rewards");
	const struct json_value *multipliers = json_value_get(settings, "multipliers");
	importing_number(importing, &min, json_value_text(gain, "min"));
	importing_number(importing, &max, json_value_text(gain, "max"));
	importing_number(importing, &time, json_value_text(gain, "time"));
	for (const struct json_value *reward = rewards ? rewards->first : NULL; reward;
		reward = reward->next)
		importing_reward(importing, json_value_text(reward, "level"),
			json_value_text(reward, "id"), !json_value_is_true(reward, "keep"));
	read_zones(importing, json_value_get(multipliers, "roles"), true);
	read_zones(importing, json_value_get(multipliers, "channels"), false);
}

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	const struct json_value *value = record->value;
	if (record->place == SETTINGS) {
		read_settings(importing, value);
		return STATUS_OK;
	}
	/* Beside a map of members stand things that are none. */
	if (record->place == BARE && value->kind != JSON_KIND_NUMBER &&
		!json_value_get(value, "xp"))
		return STATUS_OK;
	return read_member(importing, record);
}

static enum status read_json(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {
		{"settings"}, {"users{}"}, {"xp{}"}, {"[]"}, {"leaderboard[]"}, {"{}"}, {NULL}};
	static const struct json_source source = {places,
		1U << USERS | 1U << XP | 1U << LIST | 1U << BOARD | 1U << BARE, "users",
		got_record};
	return json_source_read(importing, input, &source);
}

static enum status read_table(struct importing *importing, struct input *input)
{
	static const struct column_name names[] = {{"id", COLUMN_ID}, {"total xp", FIGURE_XP},
		{"xp", FIGURE_XP}, {"username", COLUMN_NAME}, {NULL, 0}};
	struct table_source source = {.importing = importing, .input = input, .names = names};
	return table_source_read(&source);
}

/* "id - xp", as a record of CSV with one field. */
static enum status got_line(void *arg, const struct csv_record *record)
{
	struct entry *entry = entry_begin(arg, record->line);
	char id[32] = "";
	const char *line = record->broken ? "" : record->fields[0], *dash = strstr(line, " - ");
	if (!dash || dash - line >= (ptrdiff_t)sizeof(id)) {
		entry_refuse(entry, REFUSAL_SHAPE, line);
		return entry_end(entry);
	}
	memcpy(id, line, (size_t)(dash - line));
	entry_id(entry, id);
	entry_figure(entry, FIGURE_XP, dash + 3);
	return entry_end(entry);
}

static enum status read_lines(struct importing *importing, struct input *input)
{
	return csv_records_read(importing->ctx, input, got_line, importing, &importing->why);
}

/* Whether the first line reads "123 - 456". */
static bool is_line_form(const char *text, size_t length)
{
	const char *end = memchr(text, '\n', length);
	size_t digits = 0, line = end ? (size_t)(end - text) : length;
	while (digits < line && isdigit((unsigned char)text[digits]))
		digits++;
	return digits > 0 && line - digits >= 3 && memcmp(text + digits, " - ", 3) == 0;
}

static enum status read_polaris(struct importing *importing, struct input *input)
{
	const char *text;
	size_t length, at = 0;
	enum status status = input_peek(importing->ctx, input, &text, &length, &importing->why);
	if (status)
		return status;
	while (at < length && isspace((unsigned char)text[at]))
		at++;
	if (at < length && strchr("{[", text[at]))
		return read_json(importing, input);
	return is_line_form(text + at, length - at) ? read_lines(importing, input)
						    : read_table(importing, input);
}

const struct mover mover_polaris = {.name = "polaris",
	.description = "what its dashboard exports: JSON, CSV or text",
	.read = read_polaris};
