/*
 * Lurkr: the file of its dashboard, or pages of its API.
 *
 *	{"levels": [{"userId": "…", "xp": 1234, "level": 7, "messageCount": 60, "tag": "lou",
 *		"user": {"username": "lou"}}],
 *	 "roleRewards": [{"level": 5, "roles": [{"id": "…"}]}],
 *	 "multipliers": [{"type": "channel", "multiplier": 2, "targets": ["…"]}],
 *	 "xpGainInterval": 60000, "xpPerMessageMin": 15, "xpPerMessageMax": 25}
 */
#include "json_source.h"

#include <string.h>

enum { LEVELS, REWARDS, MULTIPLIERS, INTERVAL, MIN_XP, MAX_XP };

static enum status read_member(struct importing *importing, const struct json_record *record)
{
	const struct json_value *member = record->value, *user = json_value_get(member, "user");
	struct entry *entry = entry_begin(importing, record->line);
	const char *name = json_value_text(user, "username");
	entry_id(entry, json_value_text(member, "userId"));
	entry_name(entry, name ? name : json_value_text(member, "tag"));
	entry_figure(entry, FIGURE_XP, json_value_text(member, "xp"));
	entry_figure(entry, FIGURE_LEVEL, json_value_text(member, "level"));
	entry_figure(entry, FIGURE_MESSAGES, json_value_text(member, "messageCount"));
	entry->bot = json_value_is_true(member, "bot") || json_value_is_true(user, "bot");
	return entry_end(entry);
}

/* An id, as such or in an object. */
static const char *id_of(const struct json_value *value)
{
	return value->kind == JSON_KIND_OBJECT ? json_value_text(value, "id")
					       : json_value_scalar(value);
}

static void read_reward(struct importing *importing, const struct json_value *reward)
{
	const struct json_value *roles = json_value_get(reward, "roles");
	const char *level = json_value_text(reward, "level");
	for (const struct json_value *role = roles ? roles->first : NULL; role; role = role->next)
		importing_reward(importing, level, id_of(role), false);
}

static void read_multiplier(struct importing *importing, const struct json_value *multiplier)
{
	const char *type = json_value_text(multiplier, "type");
	const char *factor = json_value_text(multiplier, "multiplier");
	const struct json_value *targets = json_value_get(multiplier, "targets");
	for (const struct json_value *target = targets ? targets->first : NULL; target;
		target = target->next)
		importing_zone(importing, id_of(target), type && strcmp(type, "role") == 0, factor);
	if (!targets || !targets->first)
		importing_setting(importing, NULL, NULL, "a multiplier of the whole server");
}

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	static const struct found_range ranges[] = {
		[INTERVAL] = {"message_cooldown_s", "seconds between messages that earn", 5, 3600,
			1000},
		[MIN_XP] = {"message_min", "XP of a message, from", 0, 1000, 1},
		[MAX_XP] = {"message_max", "XP of a message, up to", 0, 1000, 1},
	};
	if (record->place == LEVELS)
		return read_member(importing, record);
	if (record->place == REWARDS)
		read_reward(importing, record->value);
	else if (record->place == MULTIPLIERS)
		read_multiplier(importing, record->value);
	else
		importing_number(
			importing, &ranges[record->place], json_value_scalar(record->value));
	return STATUS_OK;
}

static enum status read_lurkr(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {{"levels[]"}, {"roleRewards[]"},
		{"multipliers[]"}, {"xpGainInterval"}, {"xpPerMessageMin"}, {"xpPerMessageMax"},
		{NULL}};
	static const struct json_source source = {places, 1U << LEVELS, "levels", got_record};
	return json_source_read(importing, input, &source);
}

const struct mover mover_lurkr = {.name = "lurkr",
	.description = "the file of its dashboard, or pages of its API",
	.first_page = 1,
	.token_header = "X-API-Key: ",
	.read = read_lurkr};
