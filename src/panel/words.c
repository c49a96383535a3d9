/* Says settings in words. */
#include "words.h"

#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/unit.h"
#include "besace/base/utf8.h"
#include "besace/discord/markdown.h"
#include "besace/play/face.h"
#include "table.h"

#define LABEL(NAME, ...) [SETTING_##NAME] = TEXT_SETTING_##NAME,
static const enum text labels[SETTING_COUNT] = {SETTINGS(LABEL, LABEL, LABEL, LABEL, LABEL, LABEL)};
#undef LABEL
#define LABEL(NAME, ...) [GAME_SETTING_##NAME] = TEXT_GAME_SETTING_##NAME,
static const enum text game_labels[GAME_SETTING_COUNT] = {GAME_SETTINGS(LABEL, LABEL, LABEL)};
#undef LABEL

/* Rewards of the first page, and characters of a text that stands among other settings. */
#define REWARDS_SHOWN 10
#define TEXT_SHOWN 100

const char *setting_label(enum language language, enum setting_id setting)
{
	return text_get(language, labels[setting]);
}

const char *game_setting_label(enum language language, enum game_setting setting)
{
	return text_get(language, game_labels[setting]);
}

char *channel_mention(void *ctx, const struct snowflake *id)
{
	return must(talloc_asprintf(ctx, "<#%s>", id->text));
}

char *role_mention(void *ctx, const struct snowflake *id)
{
	return must(talloc_asprintf(ctx, "<@&%s>", id->text));
}

static char *game_name(const struct words *words, enum game game)
{
	const struct game_face *face = game_face(game);
	return must(talloc_asprintf(
		words->ctx, "%s %s", face->emoji, text_get(words->language, face->title)));
}

static char *zone_place(const struct words *words, const struct zone *zone)
{
	return zone->is_role ? role_mention(words->ctx, &zone->id)
			     : channel_mention(words->ctx, &zone->id);
}

char *key_label(const struct words *words, const char *key)
{
	struct setting_key id;
	if (!setting_key_parse(key, &id))
		return must(talloc_strdup(words->ctx, key));
	switch (id.type) {
	case KEY_SETTING:
		break;
	case KEY_GAME:
		return text_fill(words->ctx, words->language, TEXT_SETTING_GAME_LABEL, "game",
			game_name(words, id.game), "setting",
			game_setting_label(words->language, id.game_setting), NULL);
	case KEY_ZONE:
		return text_fill(words->ctx, words->language, TEXT_SETTING_ZONE, "place",
			zone_place(words, &(struct zone){.id = id.id, .is_role = id.is_role}),
			NULL);
	case KEY_REWARD:
		return text_fill(words->ctx, words->language, TEXT_SETTING_REWARD, "role",
			role_mention(words->ctx, &id.id), NULL);
	}
	return must(talloc_strdup(words->ctx, setting_label(words->language, id.setting)));
}

/* ---- Values */

/* What "none" means of SETTING. */
static enum text none_text(enum setting_id setting)
{
	switch ((int)setting) {
	case SETTING_DAY_XP_MAX:
	case SETTING_TRANSFER_DAY_MAX:
	case SETTING_LOSS_DAY_MAX:
		return TEXT_VALUE_NO_LIMIT;
	case SETTING_VOICE_COUNT_MAX:
		return TEXT_VALUE_ALL;
	case SETTING_RATE_UNTIL:
		return TEXT_VALUE_NO_END;
	case SETTING_ANNOUNCE_TEXT:
		return TEXT_VALUE_PLAIN;
	case SETTING_ACCESS_ROLES:
		return TEXT_VALUE_NOBODY;
	default:
		return TEXT_VALUE_NONE;
	}
}

const char *choice_label(enum language language, enum setting_id setting, int64_t number)
{
	static const enum text places[] = {
		TEXT_VALUE_DEFAULT, TEXT_VALUE_NOWHERE, TEXT_VALUE_HERE, TEXT_VALUE_CHANNEL};
	static const enum text languages[] = {TEXT_VALUE_AUTO, TEXT_VALUE_FR, TEXT_VALUE_EN};
	static const enum text pages[] = {TEXT_VALUE_UNLISTED, TEXT_VALUE_OFF, TEXT_VALUE_LISTED};
	static const enum text themes[] = {
		TEXT_VALUE_COGNAC, TEXT_VALUE_FORET, TEXT_VALUE_NUIT, TEXT_VALUE_SABLE};
	const enum text *choices = setting == SETTING_ANNOUNCE_PLACE    ? places
				   : setting == SETTING_LANGUAGE        ? languages
				   : setting == SETTING_PAGE_VISIBILITY ? pages
									: themes;
	return text_get(language, choices[number]);
}

static bool is_percent(const struct setting *setting)
{
	const char *tail = "_percent";
	size_t length = strlen(setting->key);
	return length > strlen(tail) && strcmp(setting->key + length - strlen(tail), tail) == 0;
}

static char *factor_words(const struct words *words, int64_t percent)
{
	char *factor = percent % 100 == 0 ? text_number(words->ctx, words->language, percent / 100)
		       : percent % 10 == 0
			       ? text_decimal(words->ctx, words->language, percent / 10, 1)
			       : text_decimal(words->ctx, words->language, percent, 2);
	return text_fill(words->ctx, words->language, TEXT_VALUE_FACTOR, "factor", factor, NULL);
}

static char *number_words(
	const struct words *words, const struct setting *setting, const struct setting_value *value)
{
	if (setting->type == SETTING_IS_SWITCH)
		return must(talloc_strdup(words->ctx,
			text_get(words->language, value->number ? TEXT_VALUE_YES : TEXT_VALUE_NO)));
	return is_percent(setting) ? factor_words(words, value->number)
				   : text_number(words->ctx, words->language, value->number);
}

static char *ids_words(const struct words *words, const struct setting_value *value, bool are_roles)
{
	char *list = must(talloc_strdup(words->ctx, ""));
	for (size_t i = 0; i < value->id_count; i++)
		list = must(talloc_asprintf_append(list, "%s<%s%s>", i ? " " : "",
			are_roles ? "@&" : "#", value->ids[i].text));
	return list;
}

static char *until_words(const struct words *words, int64_t until_ms)
{
	return text_fill(words->ctx, words->language, TEXT_VALUE_UNTIL, "time",
		must(talloc_asprintf(words->ctx, "<t:%" PRId64 ":f>", until_ms / 1000)), NULL);
}

/* The operator's channel, where there is one in this guild. */
static char *default_place_words(const struct words *words)
{
	if (!words->state->announce_channel)
		return must(
			talloc_strdup(words->ctx, text_get(words->language, TEXT_VALUE_NOWHERE)));
	char *channel = must(talloc_asprintf(words->ctx, "<#%s>", words->state->announce_channel));
	return text_fill(
		words->ctx, words->language, TEXT_VALUE_DEFAULT_CHANNEL, "channel", channel, NULL);
}

static bool is_none(const struct setting *setting, const struct setting_value *value)
{
	switch (setting->type) {
	case SETTING_IS_TEXT:
		return !value->text;
	case SETTING_IS_ID:
	case SETTING_IS_IDS:
		return value->id_count == 0;
	case SETTING_IS_SWITCH:
	case SETTING_IS_NUMBER:
	case SETTING_IS_CHOICE:
		break;
	}
	return value->number == SETTING_NONE;
}

/* Whether SETTING is counted in the guild's currency. */
static bool is_amount(enum setting_id setting)
{
	return setting == SETTING_START_BALANCE || setting == SETTING_GIFT_AMOUNT ||
	       setting == SETTING_TRANSFER_DAY_MAX || setting == SETTING_LOSS_DAY_MAX;
}

/* Which levels are announced. */
static char *every_words(const struct words *words, int64_t every)
{
	if (every == 1)
		return must(talloc_strdup(
			words->ctx, text_get(words->language, TEXT_VALUE_EVERY_LEVEL)));
	return text_fill(words->ctx, words->language, TEXT_VALUE_ONE_LEVEL_IN, "count",
		text_number(words->ctx, words->language, every), NULL);
}

char *setting_words(
	const struct words *words, enum setting_id id, const struct setting_value *value)
{
	const struct setting *setting = setting_get(id);
	if (is_none(setting, value))
		return must(talloc_strdup(words->ctx, text_get(words->language, none_text(id))));
	if (id == SETTING_RATE_UNTIL)
		return until_words(words, value->number);
	if (id == SETTING_ANNOUNCE_PLACE && value->number == 0)
		return default_place_words(words);
	if (id == SETTING_ANNOUNCE_EVERY)
		return every_words(words, value->number);
	if (is_amount(id))
		return text_fill(words->ctx, words->language, TEXT_VALUE_AMOUNT, "amount",
			text_number(words->ctx, words->language, value->number), NULL);
	switch (setting->type) {
	case SETTING_IS_SWITCH:
	case SETTING_IS_NUMBER:
		break;
	case SETTING_IS_CHOICE:
		return must(talloc_strdup(
			words->ctx, choice_label(words->language, id, value->number)));
	case SETTING_IS_TEXT:
		return markdown_escape(words->ctx, value->text, "?");
	case SETTING_IS_ID:
	case SETTING_IS_IDS:
		return ids_words(words, value, id == SETTING_ACCESS_ROLES);
	}
	return number_words(words, setting, value);
}

char *setting_words_brief(
	const struct words *words, enum setting_id id, const struct setting_value *value)
{
	struct setting_value brief = *value;
	if (setting_get(id)->type == SETTING_IS_TEXT && value->text &&
		utf8_length(value->text) > TEXT_SHOWN)
		brief.text = must(talloc_asprintf(words->ctx, "%.*s…",
			(int)utf8_prefix(value->text, TEXT_SHOWN), value->text));
	return setting_words(words, id, &brief);
}

char *game_setting_words(const struct words *words, enum game game, enum game_setting id,
	const struct setting_value *value)
{
	const struct setting *setting = game_setting_get(id);
	(void)game;
	if (id == GAME_SETTING_CHANNELS)
		return value->id_count ? ids_words(words, value, false)
				       : must(talloc_strdup(words->ctx,
						 text_get(words->language, TEXT_VALUE_EVERYWHERE)));
	return number_words(words, setting, value);
}

char *zone_words(const struct words *words, const struct zone *zone)
{
	static const enum text effects[] = {[ZONE_NONE] = TEXT_ZONE_NONE_WORD,
		[ZONE_ONLY] = TEXT_ZONE_ONLY_WORD,
		[ZONE_FACTOR] = TEXT_ZONE_FACTOR_WORD};
	const char *effect = text_get(words->language, effects[zone->effect]);
	if (zone->effect != ZONE_FACTOR)
		return must(talloc_strdup(words->ctx, effect));
	return text_fill(words->ctx, words->language, TEXT_ZONE_VALUE, "effect", effect, "factor",
		factor_words(words, zone->percent), NULL);
}

static char *reward_words(const struct words *words, const struct role_reward *reward)
{
	return text_fill(words->ctx, words->language, TEXT_REWARD_VALUE, "level",
		text_number(words->ctx, words->language, reward->level), "mode",
		text_get(words->language, reward->mode == REWARD_SINGLE ? TEXT_REWARD_SINGLE_WORD
									: TEXT_REWARD_STACK_WORD),
		NULL);
}

char *key_words(const struct words *words, const char *key, const json_t *json)
{
	struct setting_key id;
	struct setting_value value, initial;
	struct zone zone = {0};
	struct role_reward reward = {0};
	char *none = must(talloc_strdup(words->ctx, text_get(words->language, TEXT_VALUE_NONE)));
	if (!setting_key_parse(key, &id))
		return none;
	switch (id.type) {
	case KEY_SETTING:
		initial = setting_default(setting_get(id.setting));
		return setting_value_read(json, setting_get(id.setting), &initial, &value)
			       ? setting_words_brief(words, id.setting, &value)
			       : none;
	case KEY_GAME:
		initial = game_setting_default(id.game, id.game_setting);
		return setting_value_read(json, game_setting_get(id.game_setting), &initial, &value)
			       ? game_setting_words(words, id.game, id.game_setting, &value)
			       : none;
	case KEY_ZONE:
		return !json_is_null(json) && zone_read(json, &zone) ? zone_words(words, &zone)
								     : none;
	case KEY_REWARD:
		return !json_is_null(json) && role_reward_read(json, &reward)
			       ? reward_words(words, &reward)
			       : none;
	}
	return none;
}

/* ---- Placeholders */

static char *counted(const struct words *words, size_t count, enum text one, enum text many)
{
	return text_fill(words->ctx, words->language,
		text_plural(words->language, (int64_t)count, one, many), "count",
		text_number(words->ctx, words->language, (int64_t)count), NULL);
}

static char *mark(void *ctx, char *words, bool changed)
{
	return changed && *words ? must(talloc_asprintf(ctx, "**%s**", words)) : words;
}

static char *zones_summary(const struct words *words)
{
	size_t roles = 0;
	for (size_t i = 0; i < words->state->zone_count; i++)
		roles += words->state->zones[i].is_role;
	size_t places = words->state->zone_count - roles;
	char *both = must(talloc_asprintf(words->ctx, "%s, %s",
		counted(words, places, TEXT_HOME_PLACES_ONE, TEXT_HOME_PLACES_MANY),
		counted(words, roles, TEXT_HOME_ROLES_ONE, TEXT_HOME_ROLES_MANY)));
	return mark(words->ctx, both, words->state->zone_count > 0);
}

static char *rewards_summary(const struct words *words)
{
	const struct settings_state *state = words->state;
	char *list = must(talloc_strdup(words->ctx, ""));
	if (state->reward_count == 0)
		return must(talloc_strdup(words->ctx, text_get(words->language, TEXT_VALUE_NONE)));
	for (size_t i = 0; i < state->reward_count && i < REWARDS_SHOWN; i++)
		list = must(talloc_asprintf_append(list, "%s%d → <@&%s>", i ? " · " : "",
			state->rewards[i].level, state->rewards[i].role.text));
	list = mark(words->ctx, list, true);
	if (state->reward_count <= REWARDS_SHOWN)
		return list;
	int64_t more = (int64_t)state->reward_count - REWARDS_SHOWN;
	return must(talloc_asprintf_append(list, " %s",
		text_fill(words->ctx, words->language, TEXT_HOME_MORE, "count",
			text_number(words->ctx, words->language, more), NULL)));
}

static char *currency_summary(const struct words *words)
{
	const struct setting_value *symbol = &words->state->values[SETTING_CURRENCY_SYMBOL];
	const struct setting_value *name = &words->state->values[SETTING_CURRENCY_NAME];
	char *both = must(talloc_asprintf(words->ctx, "%s%s%s",
		setting_words(words, SETTING_CURRENCY_NAME, name), symbol->text ? " " : "",
		symbol->text ? symbol->text : ""));
	return name->changed || symbol->changed ? must(talloc_asprintf(words->ctx, "**%s**", both))
						: both;
}

static char *games_summary(const struct words *words)
{
	int open = 0;
	for (int game = 0; game < GAME_COUNT; game++)
		open += words->state->games[game][GAME_SETTING_ENABLED].number != 0;
	char *both = text_fill(words->ctx, words->language, TEXT_HOME_GAMES_OPEN, "open",
		text_number(words->ctx, words->language, open), "all",
		text_number(words->ctx, words->language, GAME_COUNT), NULL);
	return mark(words->ctx, both, open != GAME_COUNT);
}

static char *text_summary(const struct words *words)
{
	bool own = words->state->values[SETTING_ANNOUNCE_TEXT].text != NULL;
	char *text = must(talloc_strdup(
		words->ctx, text_get(words->language, own ? TEXT_VALUE_OWN : TEXT_VALUE_PLAIN)));
	return mark(words->ctx, text, own);
}

static char *channel_summary(const struct words *words)
{
	const struct setting_value *channel = &words->state->values[SETTING_ANNOUNCE_CHANNEL];
	bool counts =
		channel->id_count > 0 &&
		strcmp(setting_get(SETTING_ANNOUNCE_PLACE)
				->choices[words->state->values[SETTING_ANNOUNCE_PLACE].number],
			"channel") == 0;
	return counts ? mark(words->ctx, ids_words(words, channel, false), true)
		      : must(talloc_strdup(words->ctx, ""));
}

/* What is no setting. NULL: NAME is none of these. */
static char *summary(const struct words *words, const char *name)
{
	static const struct {
		const char *name;
		char *(*make)(const struct words *words);
	} rows[] = {{"zones", zones_summary}, {"rewards", rewards_summary},
		{"games", games_summary}, {"currency", currency_summary},
		{"announce_text_is", text_summary}, {"announce_channel_id", channel_summary}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].make(words);
	return NULL;
}

static char *game_placeholder(const struct words *words, const char *name, enum game game)
{
	if (strcmp(name, "emoji") == 0)
		return must(talloc_strdup(words->ctx, game_face(game)->emoji));
	if (strcmp(name, "name") == 0)
		return must(talloc_strdup(
			words->ctx, text_get(words->language, game_face(game)->title)));
	for (int i = 0; i < GAME_SETTING_COUNT; i++) {
		const struct setting_value *value = &words->state->games[game][i];
		if (strcmp(game_setting_get((enum game_setting)i)->key, name) == 0)
			return mark(words->ctx,
				game_setting_words(words, game, (enum game_setting)i, value),
				value->changed);
	}
	return NULL;
}

static char *placeholder(const struct words *words, const char *name, enum game game)
{
	struct setting_key key;
	char *found = game < GAME_COUNT ? game_placeholder(words, name, game) : NULL;
	if (strcmp(name, "lc") == 0)
		return must(talloc_strdup(words->ctx, UNIT_MARK));
	if (!found)
		found = summary(words, name);
	if (found)
		return found;
	if (!setting_key_parse(name, &key) || key.type != KEY_SETTING)
		abort(); /* a defect of the catalogue */
	const struct setting_value *value = &words->state->values[key.setting];
	return mark(words->ctx, setting_words(words, key.setting, value), value->changed);
}

char *words_fill(const struct words *words, enum text text, enum game game)
{
	char *filled = must(talloc_strdup(words->ctx, ""));
	for (const char *at = text_get(words->language, text); *at;) {
		size_t plain = strcspn(at, "{");
		filled = must(talloc_strndup_append_buffer(filled, at, plain));
		at += plain;
		if (!*at)
			break;
		size_t length = strcspn(++at, "}");
		const char *name = must(talloc_strndup(words->ctx, at, length));
		filled = must(talloc_strdup_append_buffer(filled, placeholder(words, name, game)));
		at += length + 1;
	}
	return filled;
}

/* ---- The first page */

/* What else was changed on a page, one after the other. */
struct changed_list {
	const struct words *words;
	char *text;
	size_t *room;
	int64_t left_out;
};

static void add_changed(struct changed_list *list, const char *label, const char *value)
{
	const struct words *words = list->words;
	char *entry = text_fill(words->ctx, words->language, TEXT_HOME_CHANGED, "setting", label,
		"value", value, NULL);
	size_t length = utf8_length(entry) + strlen(" · ");
	if (list->left_out > 0 || length > *list->room) {
		list->left_out++;
		return;
	}
	*list->room -= length;
	list->text =
		must(talloc_asprintf_append(list->text, "%s%s", *list->text ? " · " : "\n", entry));
}

/* Whether the text of the first page says SETTING, by itself or in a summary. */
static bool is_said(const struct words *words, enum text home, enum setting_id setting)
{
	const char *key = setting == SETTING_ANNOUNCE_TEXT ? "announce_text_is"
			  : setting == SETTING_CURRENCY_NAME || setting == SETTING_CURRENCY_SYMBOL
				  ? "currency"
				  : setting_get(setting)->key;
	char *placeholder = must(talloc_asprintf(words->ctx, "{%s}", key));
	return strstr(text_get(words->language, home), placeholder) != NULL;
}

static void add_changed_games(struct changed_list *list)
{
	const struct words *words = list->words;
	for (int i = 0; i < GAME_COUNT * GAME_SETTING_COUNT; i++) {
		struct setting_key key = {.type = KEY_GAME,
			.game = (enum game)(i / GAME_SETTING_COUNT),
			.game_setting = (enum game_setting)(i % GAME_SETTING_COUNT)};
		const struct setting_value *value =
			&words->state->games[key.game][key.game_setting];
		char text[SETTING_KEY_ROOM];
		setting_key_write(&key, text);
		if (value->changed)
			add_changed(list, key_label(words, text),
				game_setting_words(words, key.game, key.game_setting, value));
	}
}

char *words_home(const struct words *words, enum settings_page page, size_t *room)
{
	enum text home = panel_page(page)->home;
	char *text = words_fill(words, home, GAME_COUNT);
	struct changed_list list = {
		.words = words, .text = must(talloc_strdup(words->ctx, "")), .room = room};
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting_id id = (enum setting_id)i;
		const struct setting_value *value = &words->state->values[i];
		if (setting_get(id)->page == page && value->changed && !is_said(words, home, id))
			add_changed(&list, setting_label(words->language, id),
				setting_words_brief(words, id, value));
	}
	if (page == SETTINGS_GAMES)
		add_changed_games(&list);
	text = must(talloc_strdup_append(text, list.text));
	if (list.left_out == 0)
		return text;
	return must(talloc_asprintf_append(text, "%s%s", *list.text ? " " : "\n",
		text_fill(words->ctx, words->language, TEXT_HOME_MORE, "count",
			text_number(words->ctx, words->language, list.left_out), NULL)));
}
