/* The rows of the panel. */
#include "table.h"

#include <string.h>

#include "besace/base/compiler.h"

#define FIELDS(...)                                                                                \
	.fields = {__VA_ARGS__},                                                                   \
	.field_count = sizeof((enum setting_id[]){__VA_ARGS__}) / sizeof(enum setting_id)
/* clang-format off */
#define FORM(WORD, TEXT_OF, TOGGLE, ...)                                                           \
	{                                                                                          \
		.word = (WORD), .text = (TEXT_OF), .action = SECTION_FORM, .toggle = (TOGGLE),     \
		FIELDS(__VA_ARGS__)                                                                \
	}
#define SWITCH(WORD, TEXT_OF, FIELD)                                                               \
	{                                                                                          \
		.word = (WORD), .text = (TEXT_OF), .action = SECTION_SWITCH,                       \
		.toggle = SETTING_COUNT, FIELDS(FIELD)                                             \
	}
/* clang-format on */
#define NO_TOGGLE SETTING_COUNT

static const struct panel_section xp[] = {
	SWITCH("levels", TEXT_SECTION_LEVELS, SETTING_LEVELS),
	FORM("message", TEXT_SECTION_MESSAGE, SETTING_MESSAGE, SETTING_MESSAGE_MIN,
		SETTING_MESSAGE_MAX, SETTING_MESSAGE_COOLDOWN),
	FORM("reaction", TEXT_SECTION_REACTION, SETTING_REACTION, SETTING_REACTION_XP,
		SETTING_REACTION_XP_MAX),
	FORM("voice", TEXT_SECTION_VOICE, SETTING_VOICE, SETTING_VOICE_FIRST, SETTING_VOICE_FURTHER,
		SETTING_VOICE_COUNT_MAX, SETTING_VOICE_MEMBERS_MIN, SETTING_VOICE_MUTED),
	FORM("hour", TEXT_SECTION_HOUR, NO_TOGGLE, SETTING_VOICE_HOUR),
	FORM("game", TEXT_SECTION_GAME, SETTING_GAME, SETTING_GAME_WIN, SETTING_GAME_LOSS,
		SETTING_GAME_PUSH),
	FORM("cap", TEXT_SECTION_CAP, NO_TOGGLE, SETTING_DAY_XP_MAX),
	FORM("rate", TEXT_SECTION_RATE, NO_TOGGLE, SETTING_RATE, SETTING_RATE_UNTIL),
};

/* What stands below the lists of their pages. */
static const struct panel_section rewards[] = {
	FORM("reward_options", TEXT_REWARDS_INTRO, NO_TOGGLE, SETTING_REWARD_KEEP,
		SETTING_REWARD_RETURN),
};

static const struct panel_section announcements[] = {
	FORM("place", TEXT_SECTION_PLACE, NO_TOGGLE, SETTING_ANNOUNCE_PLACE,
		SETTING_ANNOUNCE_CHANNEL),
	FORM("filters", TEXT_SECTION_FILTERS, NO_TOGGLE, SETTING_ANNOUNCE_FROM_LEVEL,
		SETTING_ANNOUNCE_EVERY, SETTING_ANNOUNCE_ROLE_ONLY),
	FORM("text", TEXT_SECTION_TEXT, NO_TOGGLE, SETTING_ANNOUNCE_TEXT),
	SWITCH("ping", TEXT_SECTION_PING, SETTING_ANNOUNCE_PING),
};

static const struct panel_section money[] = {
	FORM("currency", TEXT_SECTION_CURRENCY, NO_TOGGLE, SETTING_CURRENCY_NAME,
		SETTING_CURRENCY_SYMBOL),
	FORM("start", TEXT_SECTION_START, NO_TOGGLE, SETTING_START_BALANCE),
	FORM("gift", TEXT_SECTION_GIFT, NO_TOGGLE, SETTING_GIFT_AMOUNT, SETTING_GIFT_MIDNIGHT),
	FORM("transfer", TEXT_SECTION_TRANSFER, SETTING_TRANSFER, SETTING_TRANSFER_DAY_MAX),
	FORM("level_reward", TEXT_SECTION_LEVEL_REWARD, NO_TOGGLE, SETTING_LEVEL_REWARD,
		SETTING_LEVEL_REWARD_ITEMS),
};

/* Before it stand the games. */
static const struct panel_section games[] = {
	FORM("loss", TEXT_SECTION_LOSS, NO_TOGGLE, SETTING_LOSS_DAY_MAX),
};

static const struct panel_section misc[] = {
	FORM("language", TEXT_SECTION_LANGUAGE, NO_TOGGLE, SETTING_LANGUAGE),
	SWITCH("others", TEXT_SECTION_OTHERS, SETTING_SHOW_OTHERS),
	FORM("page", TEXT_SECTION_PAGE, NO_TOGGLE, SETTING_PAGE_VISIBILITY, SETTING_PAGE_NAME),
	FORM("theme", TEXT_SECTION_THEME, NO_TOGGLE, SETTING_THEME),
	FORM("zone", TEXT_SECTION_ZONE, NO_TOGGLE, SETTING_TIME_ZONE),
};

const enum game_setting game_fields[SECTION_FIELDS_MAX] = {GAME_SETTING_ENABLED,
	GAME_SETTING_STAKE_MIN, GAME_SETTING_STAKE_MAX, GAME_SETTING_PAUSE, GAME_SETTING_CHANNELS};

#define PAGE(NAME, rows)                                                                           \
	[SETTINGS_##NAME] = {TEXT_PAGE_##NAME, TEXT_HOME_##NAME, rows, ARRAY_LEN(rows)}
#define BARE_PAGE(NAME) [SETTINGS_##NAME] = {TEXT_PAGE_##NAME, TEXT_HOME_##NAME, NULL, 0}
static const struct panel_page pages[SETTINGS_PAGE_COUNT] = {PAGE(XP, xp), BARE_PAGE(ZONES),
	PAGE(REWARDS, rewards), PAGE(ANNOUNCEMENTS, announcements), PAGE(MONEY, money),
	PAGE(GAMES, games), PAGE(MISC, misc), BARE_PAGE(ACCESS)};

const struct panel_page *panel_page(enum settings_page page)
{
	return &pages[page];
}

const struct panel_section *panel_section(const char *word, enum settings_page *out_page)
{
	for (int page = 0; page < SETTINGS_PAGE_COUNT; page++)
		for (size_t i = 0; i < pages[page].section_count; i++)
			if (strcmp(pages[page].sections[i].word, word) == 0) {
				*out_page = (enum settings_page)page;
				return &pages[page].sections[i];
			}
	return NULL;
}
