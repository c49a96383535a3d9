/*
 * LevelUp, a cog of Red: the backup of one server.
 *
 *	{"users": {"ID": {"xp": 1234.5, "level": 7, "messages": 60, "voice": 3600.2, "stars": 2}},
 *	 "levelroles": {"5": ROLE}, "ignoredchannels": [ID], "rolebonus": {…}, "channelbonus": {…}}
 *
 * It keeps XP and seconds with a fraction, which is cut off.
 */
#include "json_source.h"

enum { USERS, ROLES, IGNORED, ROLE_BONUS, CHANNEL_BONUS };

static enum status read_user(struct importing *importing, const struct json_record *record)
{
	const struct json_value *user = record->value;
	struct entry *entry = entry_begin(importing, record->line);
	entry_id(entry, user->key);
	entry_name(entry, json_value_text(user, "username"));
	entry_figure_cut(entry, FIGURE_XP, json_value_text(user, "xp"));
	entry_figure_cut(entry, FIGURE_LEVEL, json_value_text(user, "level"));
	entry_figure_cut(entry, FIGURE_MESSAGES, json_value_text(user, "messages"));
	entry_figure_cut(entry, FIGURE_VOICE, json_value_text(user, "voice"));
	entry->bot = json_value_is_true(user, "bot");
	return entry_end(entry);
}

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	const struct json_value *value = record->value;
	switch (record->place) {
	case USERS:
		return read_user(importing, record);
	case ROLES:
		importing_reward(importing, value->key, json_value_scalar(value), false);
		break;
	case IGNORED:
		importing_zone(importing, json_value_scalar(value), false, "0");
		break;
	default:
		/* More XP a message, in figures of its own: no factor. */
		if (value->first)
			importing_setting(importing, NULL, NULL,
				record->place == ROLE_BONUS ? "a bonus of XP for roles"
							    : "a bonus of XP for channels");
	}
	return STATUS_OK;
}

static enum status read_levelup(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {{"users{}"}, {"levelroles{}"},
		{"ignoredchannels[]"}, {"rolebonus{}"}, {"channelbonus{}"}, {NULL}};
	static const struct json_source source = {places, 1U << USERS, "users", got_record};
	return json_source_read(importing, input, &source);
}

const struct mover mover_levelup = {.name = "levelup",
	.description = "LevelUp of Red: the backup of one server",
	.read = read_levelup};
