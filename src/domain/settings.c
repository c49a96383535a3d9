/* The table of settings, and their keys. */
#include "besace/domain/settings.h"

#include <stdio.h>
#include <string.h>

#include "besace/base/compiler.h"
#include "besace/base/emoji.h"
#include "besace/base/utf8.h"
#include "besace/domain/template.h"

/* The first one is the default. "default": the operator's channel in its guild, else none. */
static const char *const announce_places[] = {"default", "none", "here", "channel", NULL};
static const char *const languages[] = {"auto", "fr", "en", NULL};
static const char *const page_visibilities[] = {"unlisted", "off", "listed", NULL};
static const char *const themes[] = {"cognac", "foret", "nuit", "sable", NULL};

/* clang-format off */
#define SWITCH_ROW(PREFIX, NAME, column, PAGE, initial) \
	[PREFIX##NAME] = {#column, SETTING_IS_SWITCH, SETTINGS_##PAGE, initial, NULL, 0, 1, 1, NULL},
#define NUMBER_ROW(PREFIX, NAME, column, PAGE, initial, min, max, step) \
	[PREFIX##NAME] = {#column, SETTING_IS_NUMBER, SETTINGS_##PAGE, initial, NULL, min, max, step, NULL},
#define IDS_ROW(PREFIX, NAME, column, PAGE, max) \
	[PREFIX##NAME] = {#column, SETTING_IS_IDS, SETTINGS_##PAGE, 0, NULL, 0, max, 1, NULL},

#define SWITCH(...) SWITCH_ROW(SETTING_, __VA_ARGS__)
#define NUMBER(...) NUMBER_ROW(SETTING_, __VA_ARGS__)
#define IDS(...) IDS_ROW(SETTING_, __VA_ARGS__)
#define CHOICE(NAME, column, PAGE, words) \
	[SETTING_##NAME] = {#column, SETTING_IS_CHOICE, SETTINGS_##PAGE, 0, NULL, 0, \
		ARRAY_LEN(words) - 2, 1, words},
#define TEXT(NAME, column, PAGE, initial, max) \
	[SETTING_##NAME] = {#column, SETTING_IS_TEXT, SETTINGS_##PAGE, 0, initial, 1, max, 1, NULL},
#define ID(NAME, column, PAGE) \
	[SETTING_##NAME] = {#column, SETTING_IS_ID, SETTINGS_##PAGE, 0, NULL, 0, 1, 1, NULL},
static const struct setting settings[SETTING_COUNT] = {
	SETTINGS(SWITCH, NUMBER, CHOICE, TEXT, ID, IDS)
};
#undef SWITCH
#undef NUMBER
#undef IDS

#define SWITCH(...) SWITCH_ROW(GAME_SETTING_, __VA_ARGS__)
#define NUMBER(...) NUMBER_ROW(GAME_SETTING_, __VA_ARGS__)
#define IDS(...) IDS_ROW(GAME_SETTING_, __VA_ARGS__)
static const struct setting game_settings[GAME_SETTING_COUNT] = {
	GAME_SETTINGS(SWITCH, NUMBER, IDS)
};
/* clang-format on */

static const char *const pages[] = {[SETTINGS_XP] = "xp",
	[SETTINGS_ZONES] = "zones",
	[SETTINGS_REWARDS] = "rewards",
	[SETTINGS_ANNOUNCEMENTS] = "announcements",
	[SETTINGS_MONEY] = "money",
	[SETTINGS_GAMES] = "games",
	[SETTINGS_MISC] = "misc",
	[SETTINGS_ACCESS] = "access"};

static const char *const effects[] = {
	[ZONE_NONE] = "none", [ZONE_ONLY] = "only", [ZONE_FACTOR] = "factor"};
static const char *const modes[] = {[REWARD_STACK] = "stack", [REWARD_SINGLE] = "single"};
static const char *const states[] = {
	[REWARD_ACTIVE] = "active", [REWARD_BLOCKED] = "blocked", [REWARD_GONE] = "gone"};

/* Where NAME stands among the COUNT NAMES; COUNT when it does not. */
static size_t index_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return count;
}

const char *settings_page_name(enum settings_page page)
{
	return pages[page];
}

bool settings_page_parse(const char *name, enum settings_page *out)
{
	*out = (enum settings_page)index_of(name, pages, ARRAY_LEN(pages));
	return *out < SETTINGS_PAGE_COUNT;
}

const char *zone_effect_name(enum zone_effect effect)
{
	return effects[effect];
}

bool zone_effect_parse(const char *name, enum zone_effect *out)
{
	*out = (enum zone_effect)index_of(name, effects, ARRAY_LEN(effects));
	return *out < ZONE_EFFECT_COUNT;
}

const char *reward_mode_name(enum reward_mode mode)
{
	return modes[mode];
}

bool reward_mode_parse(const char *name, enum reward_mode *out)
{
	*out = (enum reward_mode)index_of(name, modes, ARRAY_LEN(modes));
	return *out < REWARD_MODE_COUNT;
}

bool reward_state_parse(const char *name, enum reward_state *out)
{
	*out = (enum reward_state)index_of(name, states, ARRAY_LEN(states));
	return *out < REWARD_STATE_COUNT;
}

const struct setting *setting_get(enum setting_id setting)
{
	return &settings[setting];
}

const struct setting *game_setting_get(enum game_setting setting)
{
	return &game_settings[setting];
}

struct setting_value setting_default(const struct setting *setting)
{
	return (struct setting_value){.number = setting->number, .text = setting->text};
}

struct setting_value game_setting_default(enum game game, enum game_setting setting)
{
	struct setting_value value = setting_default(&game_settings[setting]);
	if (setting == GAME_SETTING_STAKE_MIN)
		value.number = game_rules(game)->stake_min;
	if (setting == GAME_SETTING_STAKE_MAX)
		value.number = game_rules(game)->stake_max;
	return value;
}

static bool is_page_name(const char *text)
{
	size_t length = strlen(text);
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length &&
	       length >= PAGE_NAME_MIN && text[0] != '-' && text[length - 1] != '-';
}

static bool text_is_valid(const struct setting *setting, const char *text)
{
	struct template_fault fault;
	size_t length = text ? utf8_length(text) : 0;
	if (!text || !utf8_is_valid(text, strlen(text)) || (int64_t)length < setting->min ||
		(int64_t)length > setting->max)
		return false;
	if (setting == &settings[SETTING_ANNOUNCE_TEXT])
		return template_check(text, &fault);
	if (setting == &settings[SETTING_CURRENCY_SYMBOL])
		return emoji_is_one(text);
	return setting != &settings[SETTING_PAGE_NAME] || is_page_name(text);
}

bool setting_is_valid(const struct setting *setting, const struct setting_value *value)
{
	switch (setting->type) {
	case SETTING_IS_SWITCH:
	case SETTING_IS_NUMBER:
	case SETTING_IS_CHOICE:
		return value->number >= setting->min && value->number <= setting->max &&
		       value->number % setting->step == 0;
	case SETTING_IS_TEXT:
		return text_is_valid(setting, value->text);
	case SETTING_IS_ID:
	case SETTING_IS_IDS:
		return value->id_count >= 1 && (int64_t)value->id_count <= setting->max;
	}
	return false;
}

/* ---- Keys */

static bool parse_setting(const char *text, struct setting_key *out)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (strcmp(settings[i].key, text) == 0) {
			*out = (struct setting_key){
				.type = KEY_SETTING, .setting = (enum setting_id)i};
			return true;
		}
	return false;
}

static bool parse_game(const char *type, const char *name, struct setting_key *out)
{
	*out = (struct setting_key){.type = KEY_GAME};
	if (!game_parse(type, &out->game))
		return false;
	for (int i = 0; i < GAME_SETTING_COUNT; i++)
		if (strcmp(game_settings[i].key, name) == 0) {
			out->game_setting = (enum game_setting)i;
			return true;
		}
	return false;
}

bool setting_key_parse(const char *text, struct setting_key *out)
{
	char area[SETTING_KEY_ROOM];
	const char *dot = strchr(text, '.');
	if (strlen(text) >= SETTING_KEY_ROOM)
		return false;
	if (!dot)
		return parse_setting(text, out);
	memcpy(area, text, (size_t)(dot - text));
	area[dot - text] = '\0';
	if (strcmp(area, "zone") != 0 && strcmp(area, "reward") != 0)
		return parse_game(area, dot + 1, out);
	*out = (struct setting_key){.type = area[0] == 'z' ? KEY_ZONE : KEY_REWARD};
	out->is_role = out->type == KEY_ZONE && dot[1] == '@';
	return snowflake_parse(dot + 1 + out->is_role, &out->id);
}

void setting_key_write(const struct setting_key *key, char out[SETTING_KEY_ROOM])
{
	switch (key->type) {
	case KEY_SETTING:
		snprintf(out, SETTING_KEY_ROOM, "%s", settings[key->setting].key);
		break;
	case KEY_GAME:
		snprintf(out, SETTING_KEY_ROOM, "%s.%s", game_rules(key->game)->type,
			game_settings[key->game_setting].key);
		break;
	case KEY_ZONE:
		snprintf(out, SETTING_KEY_ROOM, "zone.%s%s", key->is_role ? "@" : "", key->id.text);
		break;
	case KEY_REWARD:
		snprintf(out, SETTING_KEY_ROOM, "reward.%s", key->id.text);
		break;
	}
}

enum settings_page setting_key_page(const struct setting_key *key)
{
	switch (key->type) {
	case KEY_SETTING:
		return settings[key->setting].page;
	case KEY_GAME:
		return SETTINGS_GAMES;
	case KEY_ZONE:
		return SETTINGS_ZONES;
	case KEY_REWARD:
		return SETTINGS_REWARDS;
	}
	return SETTINGS_MISC;
}
