/* /reglages: the settings of the server, by the panel and at the keyboard. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/panel/import_page.h"
#include "besace/panel/panel.h"

#define DAY_MS INT64_C(86400000)

static const struct option *given(const struct invocation *invocation, enum text name)
{
	return interaction_option(invocation->in, text_get(LANGUAGE_DEFAULT, name));
}

/* ---- Figures: options that are settings */

/* An option and the setting that it is. */
struct figure {
	enum text option;
	enum setting_id setting;
};

/* A factor in percents; its range was checked. */
static int percents(double factor)
{
	return (int)(factor * 100 + 0.5);
}

/* What the database calls that which a choice of /reglages calls WORD. */
static const char *database_word(const char *word)
{
	static const struct {
		const char *typed, *kept;
	} words[] = {{"sans-xp", "none"}, {"seulement", "only"}, {"facteur", "factor"},
		{"cumul", "stack"}, {"seul", "single"}, {"nulle-part", "none"}, {"ici", "here"},
		{"salon", "channel"}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].typed, word) == 0)
			return words[i].kept;
	return word;
}

/* The value of OPTION for SETTING. */
static struct setting_value read_option(const struct option *option, const struct setting *setting)
{
	struct setting_value value = {.number = option->integer, .text = option->text};
	if (option->type == OPTION_NUMBER)
		value.number = percents(option->number);
	if (option->type == OPTION_CHANNEL) {
		value.ids[0] = option->id;
		value.id_count = 1;
	}
	if (setting->type == SETTING_IS_CHOICE) {
		const char *word = database_word(option->text);
		for (value.number = 0; setting->choices[value.number]; value.number++)
			if (strcmp(setting->choices[value.number], word) == 0)
				break;
	}
	/* Where a number may be none, 0 says so. */
	if (setting->type == SETTING_IS_NUMBER && setting->number == SETTING_NONE &&
		option->type == OPTION_INTEGER && option->integer == 0)
		value.number = SETTING_NONE;
	return value;
}

static void read_figures(const struct invocation *invocation, const struct figure *figures,
	size_t count, struct panel_request *request)
{
	for (size_t i = 0; i < count; i++) {
		const struct option *option = given(invocation, figures[i].option);
		if (!option)
			continue;
		request->act = PANEL_CHANGE;
		panel_add(invocation, request,
			&(struct panel_change){
				.key = {.type = KEY_SETTING, .setting = figures[i].setting},
				.value = read_option(option, setting_get(figures[i].setting))});
	}
}

/* A request for PAGE, by a command: nothing can have changed since it was typed. */
static struct panel_request typed(enum settings_page page)
{
	return (struct panel_request){
		.act = PANEL_SHOW, .page = page, .version = SETTINGS_VERSION_NONE};
}

/* A command that is figures of one page and nothing else. */
#define FIGURES(name, PAGE, ...)                                                                   \
	static enum step ask_##name(struct invocation *invocation, struct db_call *out)            \
	{                                                                                          \
		static const struct figure figures[] = {__VA_ARGS__};                              \
		struct panel_request request = typed(PAGE);                                        \
		read_figures(invocation, figures, ARRAY_LEN(figures), &request);                   \
		return panel_ask(invocation, &request, out);                                       \
	}
FIGURES(message, SETTINGS_XP, {TEXT_CFG_MIN_NAME, SETTING_MESSAGE_MIN},
	{TEXT_CFG_MAX_NAME, SETTING_MESSAGE_MAX}, {TEXT_CFG_DELAY_NAME, SETTING_MESSAGE_COOLDOWN})
FIGURES(reaction, SETTINGS_XP, {TEXT_CFG_XP_OPTION_NAME, SETTING_REACTION_XP},
	{TEXT_CFG_CAP_OPTION_NAME, SETTING_REACTION_XP_MAX})
FIGURES(voice, SETTINGS_XP, {TEXT_CFG_FIRST_NAME, SETTING_VOICE_FIRST},
	{TEXT_CFG_FURTHER_NAME, SETTING_VOICE_FURTHER},
	{TEXT_CFG_NEEDED_NAME, SETTING_VOICE_MEMBERS_MIN},
	{TEXT_CFG_MUTED_NAME, SETTING_VOICE_MUTED}, {TEXT_CFG_HOUR_NAME, SETTING_VOICE_HOUR})
FIGURES(game_xp, SETTINGS_XP, {TEXT_CFG_WIN_NAME, SETTING_GAME_WIN},
	{TEXT_CFG_LOSS_NAME, SETTING_GAME_LOSS})
FIGURES(cap, SETTINGS_XP, {TEXT_CFG_XP_OPTION_NAME, SETTING_DAY_XP_MAX})
FIGURES(currency, SETTINGS_MONEY, {TEXT_CFG_CURRENCY_OPTION_NAME, SETTING_CURRENCY_NAME},
	{TEXT_CFG_SYMBOL_NAME, SETTING_CURRENCY_SYMBOL},
	{TEXT_CFG_START_NAME, SETTING_START_BALANCE}, {TEXT_CFG_GIFT_NAME, SETTING_GIFT_AMOUNT})
#undef FIGURES

/* A rate without days has no end, whatever the one before it had. */
static enum step ask_rate(struct invocation *invocation, struct db_call *out)
{
	static const struct figure figure = {TEXT_CFG_FACTOR_NAME, SETTING_RATE};
	struct panel_request request = typed(SETTINGS_XP);
	const struct option *days = given(invocation, TEXT_CFG_DAYS_NAME);
	read_figures(invocation, &figure, 1, &request);
	struct panel_change until = panel_number(SETTING_RATE_UNTIL,
		days ? invocation->seen_ms + days->integer * DAY_MS : SETTING_NONE);
	panel_add(invocation, &request, &until);
	return panel_ask(invocation, &request, out);
}

/* ---- Announcements */

static enum step ask_announcement(struct invocation *invocation, struct db_call *out)
{
	static const struct figure figures[] = {{TEXT_CFG_WHERE_NAME, SETTING_ANNOUNCE_PLACE},
		{TEXT_CFG_CHANNEL_NAME, SETTING_ANNOUNCE_CHANNEL},
		{TEXT_CFG_LEVEL_NAME, SETTING_ANNOUNCE_FROM_LEVEL},
		{TEXT_CFG_EVERY_NAME, SETTING_ANNOUNCE_EVERY},
		{TEXT_CFG_TEXT_NAME, SETTING_ANNOUNCE_TEXT}};
	struct panel_request request = typed(SETTINGS_ANNOUNCEMENTS);
	const struct option *channel = given(invocation, TEXT_CFG_CHANNEL_NAME);
	read_figures(invocation, figures, ARRAY_LEN(figures), &request);
	if (channel && !given(invocation, TEXT_CFG_WHERE_NAME)) {
		/* Who names a channel wants announcements there. */
		const struct option where = {.type = OPTION_STRING, .text = "channel"};
		panel_add(invocation, &request,
			&(struct panel_change){
				.key = {.type = KEY_SETTING, .setting = SETTING_ANNOUNCE_PLACE},
				.value = read_option(&where, setting_get(SETTING_ANNOUNCE_PLACE))});
	}
	if (channel && !request.refusal)
		request.refusal = panel_channel_fault(invocation, &channel->id);
	return panel_ask(invocation, &request, out);
}

/* ---- Games */

static enum step ask_game(struct invocation *invocation, struct db_call *out)
{
	static const struct {
		enum text option;
		enum game_setting setting;
	} figures[] = {{TEXT_CFG_ENABLED_NAME, GAME_SETTING_ENABLED},
		{TEXT_CFG_MIN_NAME, GAME_SETTING_STAKE_MIN},
		{TEXT_CFG_MAX_NAME, GAME_SETTING_STAKE_MAX},
		{TEXT_CFG_PAUSE_NAME, GAME_SETTING_PAUSE}};
	struct panel_request request = typed(SETTINGS_GAMES);
	enum game game;
	if (!game_parse(given(invocation, TEXT_CFG_GAME_OPTION_NAME)->text, &game))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_COMMAND);
	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		const struct option *option = given(invocation, figures[i].option);
		if (!option)
			continue;
		request.act = PANEL_CHANGE;
		panel_add(invocation, &request,
			&(struct panel_change){.key = {.type = KEY_GAME,
						       .game = game,
						       .game_setting = figures[i].setting},
				.value = {.number = option->integer}});
	}
	return panel_ask(invocation, &request, out);
}

/* ---- Zones */

/* The place or role that is named, exactly one of them. */
static struct panel_change zone_change(
	const struct invocation *invocation, struct panel_request *request)
{
	const struct option *channel = given(invocation, TEXT_CFG_CHANNEL_NAME);
	const struct option *role = given(invocation, TEXT_CFG_ROLE_NAME);
	struct panel_change change = {.key = {.type = KEY_ZONE, .is_role = role != NULL}};
	if ((channel != NULL) == (role != NULL))
		request->refusal =
			text_get(invocation_own_language(invocation), TEXT_REFUSED_ONE_OF);
	else
		change.key.id = role ? role->id : channel->id;
	return change;
}

static enum step ask_zone_add(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(SETTINGS_ZONES);
	struct panel_change change = zone_change(invocation, &request);
	const struct option *factor = given(invocation, TEXT_CFG_FACTOR_NAME);
	const char *effect = given(invocation, TEXT_CFG_EFFECT_NAME)->text;
	request.act = PANEL_CHANGE;
	if (!zone_effect_parse(database_word(effect), &change.zone.effect))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_COMMAND);
	if (change.zone.effect == ZONE_FACTOR)
		change.zone.percent = factor ? percents(factor->number) : 0;
	panel_add(invocation, &request, &change);
	return panel_ask(invocation, &request, out);
}

static enum step ask_zone_remove(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(SETTINGS_ZONES);
	struct panel_change change = zone_change(invocation, &request);
	request.act = PANEL_CHANGE;
	change.removed = true;
	panel_add(invocation, &request, &change);
	return panel_ask(invocation, &request, out);
}

static enum step ask_zone_list(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(SETTINGS_ZONES);
	return panel_ask(invocation, &request, out);
}

/* ---- Rewards */

static enum step ask_reward_add(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(SETTINGS_REWARDS);
	struct panel_change change = {
		.key = {.type = KEY_REWARD, .id = given(invocation, TEXT_CFG_ROLE_NAME)->id},
		.reward = {.level = (int)given(invocation, TEXT_CFG_LEVEL_NAME)->integer}};
	const struct option *mode = given(invocation, TEXT_CFG_MODE_NAME);
	if (mode && !reward_mode_parse(database_word(mode->text), &change.reward.mode))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_COMMAND);
	request.act = PANEL_CHANGE;
	panel_add(invocation, &request, &change);
	return panel_ask(invocation, &request, out);
}

static enum step ask_reward_remove(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(SETTINGS_REWARDS);
	struct panel_change change = {
		.key = {.type = KEY_REWARD, .id = given(invocation, TEXT_CFG_ROLE_NAME)->id},
		.removed = true};
	request.act = PANEL_CHANGE;
	panel_add(invocation, &request, &change);
	return panel_ask(invocation, &request, out);
}

static enum step ask_reward_list(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(SETTINGS_REWARDS);
	return panel_ask(invocation, &request, out);
}

static enum step ask_reward_apply(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(SETTINGS_REWARDS);
	request.act = PANEL_APPLY;
	return panel_ask(invocation, &request, out);
}

/* ---- The others */

static enum step ask_panel(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(PANEL_HOME);
	return panel_ask(invocation, &request, out);
}

static enum step ask_check(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(PANEL_HOME);
	request.act = PANEL_CHECK;
	return panel_ask(invocation, &request, out);
}

static enum step ask_history(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(PANEL_HOME);
	request.act = PANEL_HISTORY;
	return panel_ask(invocation, &request, out);
}

static enum step ask_reset(struct invocation *invocation, struct db_call *out)
{
	struct panel_request request = typed(PANEL_HOME);
	request.act = PANEL_RESET_ASK;
	if (!settings_page_parse(given(invocation, TEXT_CFG_RESET_PAGE_NAME)->text, &request.page))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_COMMAND);
	return panel_ask(invocation, &request, out);
}

static enum step ask_access(struct invocation *invocation, struct db_call *out)
{
	static const enum text names[] = {TEXT_CFG_ROLE1_NAME, TEXT_CFG_ROLE2_NAME,
		TEXT_CFG_ROLE3_NAME, TEXT_CFG_ROLE4_NAME, TEXT_CFG_ROLE5_NAME};
	struct panel_request request = typed(SETTINGS_ACCESS);
	struct panel_change change = {
		.key = {.type = KEY_SETTING, .setting = SETTING_ACCESS_ROLES}};
	struct setting_value *roles = &change.value;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct option *role = given(invocation, names[i]);
		bool is_new = role != NULL;
		for (size_t j = 0; is_new && j < roles->id_count; j++)
			is_new = !snowflake_equal(&roles->ids[j], &role->id);
		if (is_new)
			roles->ids[roles->id_count++] = role->id;
	}
	if (roles->id_count > 0) {
		request.act = PANEL_CHANGE;
		panel_add(invocation, &request, &change);
	}
	return panel_ask(invocation, &request, out);
}

/* ---- What Discord is told */

/* clang-format off */
#define NUMBER_OPTION(NAME, lowest, highest)                                                       \
	{                                                                                          \
		.name = TEXT_CFG_##NAME##_NAME, .description = TEXT_CFG_##NAME##_DESCRIPTION,      \
		.type = OPTION_INTEGER, .min = (lowest), .max = (highest)                          \
	}
#define SWITCH_OPTION(NAME)                                                                        \
	{                                                                                          \
		.name = TEXT_CFG_##NAME##_NAME, .description = TEXT_CFG_##NAME##_DESCRIPTION,      \
		.type = OPTION_BOOLEAN                                                             \
	}
#define TEXT_OPTION(NAME, length)                                                                  \
	{                                                                                          \
		.name = TEXT_CFG_##NAME##_NAME, .description = TEXT_CFG_##NAME##_DESCRIPTION,      \
		.type = OPTION_STRING, .min = 1, .max = (length)                                   \
	}
#define CHOICE_OPTION(NAME, list, is_required)                                                     \
	{                                                                                          \
		.name = TEXT_CFG_##NAME##_NAME, .description = TEXT_CFG_##NAME##_DESCRIPTION,      \
		.type = OPTION_STRING, .required = (is_required), .choices = (list),               \
		.choice_count = ARRAY_LEN(list)                                                    \
	}
#define ROLE_OPTION(NAME, DESCRIPTION, is_required)                                                \
	{                                                                                          \
		.name = TEXT_CFG_##NAME##_NAME, .description = (DESCRIPTION), .type = OPTION_ROLE, \
		.required = (is_required)                                                          \
	}
/* In tenths. */
#define FACTOR_OPTION(is_required)                                                                 \
	{                                                                                          \
		.name = TEXT_CFG_FACTOR_NAME, .description = TEXT_CFG_FACTOR_DESCRIPTION,          \
		.type = OPTION_NUMBER, .required = (is_required), .min = ZONE_PERCENT_MIN / 10,    \
		.max = ZONE_PERCENT_MAX / 10                                                       \
	}
/* clang-format on */

/* Their ranges are those of the settings. */
#define SETTING_OPTION(NAME, SETTING)                                                              \
	NUMBER_OPTION(NAME, SETTING_MIN_##SETTING, SETTING_MAX_##SETTING)
/* 0 says that there is no limit. */
#define LIMIT_OPTION(NAME, SETTING) NUMBER_OPTION(NAME, 0, SETTING_MAX_##SETTING)
#define GAME_OPTION(NAME, SETTING)                                                                 \
	NUMBER_OPTION(NAME, GAME_SETTING_MIN_##SETTING, GAME_SETTING_MAX_##SETTING)

static const struct command_option message_options[] = {SETTING_OPTION(MIN, MESSAGE_MIN),
	SETTING_OPTION(MAX, MESSAGE_MAX), SETTING_OPTION(DELAY, MESSAGE_COOLDOWN)};
static const struct command_option reaction_options[] = {
	SETTING_OPTION(XP_OPTION, REACTION_XP), SETTING_OPTION(CAP_OPTION, REACTION_XP_MAX)};
static const struct command_option voice_options[] = {SETTING_OPTION(FIRST, VOICE_FIRST),
	SETTING_OPTION(FURTHER, VOICE_FURTHER), SETTING_OPTION(NEEDED, VOICE_MEMBERS_MIN),
	SWITCH_OPTION(MUTED), SETTING_OPTION(HOUR, VOICE_HOUR)};
static const struct command_option game_xp_options[] = {
	SETTING_OPTION(WIN, GAME_WIN), SETTING_OPTION(LOSS, GAME_LOSS)};
static const struct command_option rate_options[] = {
	FACTOR_OPTION(true), NUMBER_OPTION(DAYS, 1, RATE_DAYS_MAX)};
static const struct command_option cap_options[] = {LIMIT_OPTION(XP_OPTION, DAY_XP_MAX)};

static const struct command_choice effects[] = {{TEXT_CFG_EFFECT_NONE, "sans-xp"},
	{TEXT_CFG_EFFECT_ONLY, "seulement"}, {TEXT_CFG_EFFECT_FACTOR, "facteur"}};
static const struct command_option zone_add_options[] = {CHOICE_OPTION(EFFECT, effects, true),
	{.name = TEXT_CFG_CHANNEL_NAME,
		.description = TEXT_CFG_CHANNEL_DESCRIPTION,
		.type = OPTION_CHANNEL},
	ROLE_OPTION(ROLE, TEXT_CFG_ROLE_DESCRIPTION, false), FACTOR_OPTION(false)};
static const struct command_option zone_remove_options[] = {
	{.name = TEXT_CFG_CHANNEL_NAME,
		.description = TEXT_CFG_CHANNEL_DESCRIPTION,
		.type = OPTION_CHANNEL},
	ROLE_OPTION(ROLE, TEXT_CFG_ROLE_DESCRIPTION, false)};

static const struct command_choice modes[] = {
	{TEXT_CFG_MODE_STACK, "cumul"}, {TEXT_CFG_MODE_SINGLE, "seul"}};
static const struct command_option reward_add_options[] = {
	{.name = TEXT_CFG_LEVEL_NAME,
		.description = TEXT_CFG_LEVEL_DESCRIPTION,
		.type = OPTION_INTEGER,
		.required = true,
		.min = REWARD_LEVEL_MIN,
		.max = REWARD_LEVEL_MAX},
	ROLE_OPTION(ROLE, TEXT_CFG_ROLE_DESCRIPTION, true), CHOICE_OPTION(MODE, modes, false)};
static const struct command_option reward_remove_options[] = {
	ROLE_OPTION(ROLE, TEXT_CFG_ROLE_DESCRIPTION, true)};

static const struct command_choice places[] = {{TEXT_CFG_WHERE_NOWHERE, "nulle-part"},
	{TEXT_CFG_WHERE_HERE, "ici"}, {TEXT_CFG_WHERE_CHANNEL, "salon"}};
static const struct command_option announcement_options[] = {
	{.name = TEXT_CFG_CHANNEL_NAME,
		.description = TEXT_CFG_ANNOUNCE_CHANNEL_DESCRIPTION,
		.type = OPTION_CHANNEL},
	CHOICE_OPTION(WHERE, places, false),
	{.name = TEXT_CFG_LEVEL_NAME,
		.description = TEXT_CFG_FROM_DESCRIPTION,
		.type = OPTION_INTEGER,
		.min = SETTING_MIN_ANNOUNCE_FROM_LEVEL,
		.max = SETTING_MAX_ANNOUNCE_FROM_LEVEL},
	SETTING_OPTION(EVERY, ANNOUNCE_EVERY), TEXT_OPTION(TEXT, SETTING_MAX_ANNOUNCE_TEXT)};

static const struct command_choice game_names[] = {{TEXT_WHEEL_TITLE, "roue"},
	{TEXT_BLACKJACK_TITLE, "blackjack"}, {TEXT_SLOTS_TITLE, "machine"},
	{TEXT_DUEL_TITLE, "duel"}, {TEXT_ROULETTE_TITLE, "roulette"}, {TEXT_PFC_TITLE, "pfc"},
	{TEXT_BULLETS_TITLE, "007"}, {TEXT_C21_TITLE, "c21"}};
static const struct command_option game_options[] = {CHOICE_OPTION(GAME_OPTION, game_names, true),
	SWITCH_OPTION(ENABLED), GAME_OPTION(MIN, STAKE_MIN), GAME_OPTION(MAX, STAKE_MAX),
	GAME_OPTION(PAUSE, PAUSE)};
static const struct command_option currency_options[] = {
	TEXT_OPTION(CURRENCY_OPTION, SETTING_MAX_CURRENCY_NAME),
	TEXT_OPTION(SYMBOL, SETTING_MAX_CURRENCY_SYMBOL), SETTING_OPTION(START, START_BALANCE),
	SETTING_OPTION(GIFT, GIFT_AMOUNT)};

static const struct command_option access_options[] = {
	ROLE_OPTION(ROLE1, TEXT_CFG_ROLE_N_DESCRIPTION, false),
	ROLE_OPTION(ROLE2, TEXT_CFG_ROLE_N_DESCRIPTION, false),
	ROLE_OPTION(ROLE3, TEXT_CFG_ROLE_N_DESCRIPTION, false),
	ROLE_OPTION(ROLE4, TEXT_CFG_ROLE_N_DESCRIPTION, false),
	ROLE_OPTION(ROLE5, TEXT_CFG_ROLE_N_DESCRIPTION, false)};

static const struct command_choice pages[] = {{TEXT_PAGE_XP, "xp"}, {TEXT_PAGE_ZONES, "zones"},
	{TEXT_PAGE_REWARDS, "rewards"}, {TEXT_PAGE_ANNOUNCEMENTS, "announcements"},
	{TEXT_PAGE_MONEY, "money"}, {TEXT_PAGE_GAMES, "games"}, {TEXT_PAGE_MISC, "misc"},
	{TEXT_PAGE_ACCESS, "access"}};
static const struct command_option reset_options[] = {CHOICE_OPTION(RESET_PAGE, pages, true)};

/* A sub-command that becomes a request of the panel. */
/* clang-format off */
#define BARE(NAME, DESCRIPTION, step)                                                              \
	{                                                                                          \
		.type = COMMAND_CHAT_INPUT, .name = TEXT_CFG_##NAME##_NAME,                        \
		.description = (DESCRIPTION), .ephemeral = true, .ask = (step),                    \
		.answer = panel_answer                                                             \
	}
#define SUBCOMMAND(NAME, DESCRIPTION, step, list)                                                  \
	{                                                                                          \
		.type = COMMAND_CHAT_INPUT, .name = TEXT_CFG_##NAME##_NAME,                        \
		.description = (DESCRIPTION), .ephemeral = true, .ask = (step),                    \
		.answer = panel_answer, .options = (list), .option_count = ARRAY_LEN(list)         \
	}
/* clang-format on */

static const struct command panel_row = BARE(PANEL, TEXT_CFG_PANEL_DESCRIPTION, ask_panel);
static const struct command import_row = {.type = COMMAND_CHAT_INPUT,
	.name = TEXT_CFG_IMPORT_NAME,
	.description = TEXT_CFG_IMPORT_DESCRIPTION,
	.ephemeral = true,
	.ask = panel_import_ask,
	.answer = panel_import_step,
	.button_prefix = PANEL_IMPORT_PREFIX,
	.press_ask = panel_import_press_ask,
	.press_answer = panel_import_step,
	.submit_ask = panel_import_submit_ask,
	.submit_answer = panel_import_step};
static const struct command check_row = BARE(CHECK, TEXT_CFG_CHECK_DESCRIPTION, ask_check);
static const struct command history_row = BARE(HISTORY, TEXT_CFG_HISTORY_DESCRIPTION, ask_history);
static const struct command reset_row =
	SUBCOMMAND(RESET, TEXT_CFG_RESET_DESCRIPTION, ask_reset, reset_options);
static const struct command access_row =
	SUBCOMMAND(ACCESS, TEXT_CFG_ACCESS_DESCRIPTION, ask_access, access_options);
static const struct command announcement_row =
	SUBCOMMAND(ANNOUNCE, TEXT_CFG_ANNOUNCE_DESCRIPTION, ask_announcement, announcement_options);
static const struct command game_row =
	SUBCOMMAND(GAME, TEXT_CFG_GAME_DESCRIPTION, ask_game, game_options);
static const struct command currency_row =
	SUBCOMMAND(CURRENCY, TEXT_CFG_CURRENCY_DESCRIPTION, ask_currency, currency_options);

static const struct command zone_add =
	SUBCOMMAND(ADD, TEXT_CFG_ZONE_ADD_DESCRIPTION, ask_zone_add, zone_add_options);
static const struct command zone_remove =
	SUBCOMMAND(REMOVE, TEXT_CFG_ZONE_REMOVE_DESCRIPTION, ask_zone_remove, zone_remove_options);
static const struct command zone_list = BARE(LIST, TEXT_CFG_ZONE_LIST_DESCRIPTION, ask_zone_list);
static const struct command *const zone_rows[] = {&zone_add, &zone_remove, &zone_list, NULL};

static const struct command reward_add =
	SUBCOMMAND(ADD, TEXT_CFG_REWARD_ADD_DESCRIPTION, ask_reward_add, reward_add_options);
static const struct command reward_remove = SUBCOMMAND(
	REMOVE, TEXT_CFG_REWARD_REMOVE_DESCRIPTION, ask_reward_remove, reward_remove_options);
static const struct command reward_list =
	BARE(LIST, TEXT_CFG_REWARD_LIST_DESCRIPTION, ask_reward_list);
static const struct command reward_apply =
	BARE(APPLY, TEXT_CFG_REWARD_APPLY_DESCRIPTION, ask_reward_apply);
static const struct command *const reward_rows[] = {
	&reward_add, &reward_remove, &reward_list, &reward_apply, NULL};

static const struct command xp_message =
	SUBCOMMAND(MESSAGE, TEXT_CFG_MESSAGE_DESCRIPTION, ask_message, message_options);
static const struct command xp_reaction =
	SUBCOMMAND(REACTION, TEXT_CFG_REACTION_DESCRIPTION, ask_reaction, reaction_options);
static const struct command xp_voice =
	SUBCOMMAND(VOICE, TEXT_CFG_VOICE_DESCRIPTION, ask_voice, voice_options);
static const struct command xp_game =
	SUBCOMMAND(GAME_XP, TEXT_CFG_GAME_XP_DESCRIPTION, ask_game_xp, game_xp_options);
static const struct command xp_rate =
	SUBCOMMAND(RATE, TEXT_CFG_RATE_DESCRIPTION, ask_rate, rate_options);
static const struct command xp_cap =
	SUBCOMMAND(CAP, TEXT_CFG_CAP_DESCRIPTION, ask_cap, cap_options);
static const struct command *const xp_rows[] = {
	&xp_message, &xp_reaction, &xp_voice, &xp_game, &xp_rate, &xp_cap, NULL};

static const struct command zone_group = {.name = TEXT_CFG_ZONE_NAME,
	.description = TEXT_CFG_ZONE_DESCRIPTION,
	.subcommands = zone_rows};
static const struct command reward_group = {.name = TEXT_CFG_REWARD_NAME,
	.description = TEXT_CFG_REWARD_DESCRIPTION,
	.subcommands = reward_rows};
static const struct command xp_group = {
	.name = TEXT_CFG_XP_NAME, .description = TEXT_CFG_XP_DESCRIPTION, .subcommands = xp_rows};

static const struct command *const rows[] = {&panel_row, &check_row, &reset_row, &history_row,
	&access_row, &zone_group, &reward_group, &xp_group, &announcement_row, &game_row,
	&currency_row, &import_row, NULL};

const struct command command_reglages = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_CFG_NAME,
	.description = TEXT_CFG_DESCRIPTION,
	.subcommands = rows,
	.permissions = PERMISSION_MANAGE_GUILD,
	.guild_only = true,
	.checks_access = true,
	.ephemeral = true,
	.button_prefix = PANEL_PREFIX,
	.press_ask = panel_press_ask,
	.press_answer = panel_answer,
	.submit_ask = panel_submit_ask,
	.submit_answer = panel_answer,
};
