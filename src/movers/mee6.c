/*
 * MEE6: pages of its leaderboard, https://mee6.xyz/api/plugins/levels/leaderboard/ID?page=N
 *
 *	{"players": [{"id": "…", "username": "lou", "level": 7, "xp": 1234, "message_count": 60,
 *		"detailed_xp": [5, 685, 1234]}],
 *	 "role_rewards": [{"rank": 5, "role": {"id": "…"}}], "xp_per_message": [15, 25]}
 *
 * `xp` is the total, as is the last of detailed_xp. Level 0 is its first.
 */
#include "json_source.h"

#include <string.h>

enum { PLAYERS, REWARDS, RATE };

static enum status read_player(struct importing *importing, const struct json_record *record)
{
	const struct json_value *player = record->value;
	struct entry *entry = entry_begin(importing, record->line);
	const struct json_value *last = json_value_get(player, "detailed_xp");
	last = last ? last->first : NULL;
	while (last && last->next)
		last = last->next;
	const char *xp = json_value_text(player, "xp");
	entry_id(entry, json_value_text(player, "id"));
	entry_name(entry, json_value_text(player, "username"));
	entry_figure(entry, FIGURE_XP, xp ? xp : json_value_scalar(last));
	entry_figure(entry, FIGURE_LEVEL, json_value_text(player, "level"));
	entry_figure(entry, FIGURE_MESSAGES, json_value_text(player, "message_count"));
	entry->bot = json_value_is_true(player, "bot");
	return entry_end(entry);
}

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	const struct json_value *value = record->value;
	if (record->place == PLAYERS)
		return read_player(importing, record);
	if (record->place == REWARDS) {
		const char *role = json_value_text(json_value_get(value, "role"), "id");
		importing_reward(importing, json_value_text(value, "rank"),
			role ? role : json_value_text(value, "role_id"), false);
		return STATUS_OK;
	}
	static const struct found_range min = {"message_min", "XP of a message, from", 0, 1000, 1};
	static const struct found_range max = {"message_max", "XP of a message, up to", 0, 1000, 1};
	const struct json_value *first = value->kind == JSON_KIND_LIST ? value->first : NULL;
	importing_number(importing, &min, json_value_scalar(first));
	importing_number(importing, &max, json_value_scalar(first ? first->next : NULL));
	return STATUS_OK;
}

static enum status read_mee6(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {
		{"players[]"}, {"role_rewards[]"}, {"xp_per_message"}, {NULL}};
	static const struct json_source source = {places, 1U << PLAYERS, "players", got_record};
	return json_source_read(importing, input, &source);
}

const struct mover mover_mee6 = {.name = "mee6",
	.description = "pages of its leaderboard's JSON; several files are several pages",
	.token_header = "Authorization: ",
	.read = read_mee6};
