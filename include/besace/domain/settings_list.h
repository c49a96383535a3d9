/*
 * The table of settings: a row a setting, and the only place in C that lists them.
 *
 *	SWITCH(NAME, column, PAGE, default)
 *	NUMBER(NAME, column, PAGE, default, min, max, step)
 *	CHOICE(NAME, column, PAGE, choices)         default: the first choice
 *	TEXT(NAME, column, PAGE, default, max)      in characters; the symbol is one emoji
 *	ID(NAME, column, PAGE)                      a channel
 *	IDS(NAME, column, PAGE, max)                so many roles or channels
 *
 * Of a row are made SETTING_NAME, its value in enum setting_id (domain/settings.h), and its struct
 * setting. The column is that of besace_settings, and the key of the setting in audit rows, forms
 * and exports. NONE as a default: not limited, never, nothing.
 *
 * GAME_SETTINGS are those that each game has once, columns of besace_game_settings. Their defaults
 * are the rules of the game.
 *
 * The defaults and ranges stand a second time in the migration and in besace_settings_effective; a
 * test holds them together.
 */
#pragma once

/* clang-format off */
#define SETTINGS(SWITCH, NUMBER, CHOICE, TEXT, ID, IDS) \
	SWITCH(LEVELS, levels, XP, true) \
	SWITCH(MESSAGE, message, XP, true) \
	NUMBER(MESSAGE_MIN, message_min, XP, 1, 0, 1000, 1) \
	NUMBER(MESSAGE_MAX, message_max, XP, 3, 0, 1000, 1) \
	NUMBER(MESSAGE_COOLDOWN, message_cooldown_s, XP, 60, 5, 3600, 1) \
	SWITCH(REACTION, reaction, XP, true) \
	NUMBER(REACTION_XP, reaction_xp, XP, 2, 0, 100, 1) \
	NUMBER(REACTION_XP_MAX, reaction_xp_max, XP, 10, 0, 1000, 1) \
	SWITCH(VOICE, voice, XP, true) \
	NUMBER(VOICE_FIRST, voice_first, XP, 1, 0, 100, 1) \
	NUMBER(VOICE_FURTHER, voice_further, XP, 2, 0, 20, 1) \
	NUMBER(VOICE_COUNT_MAX, voice_count_max, XP, SETTING_NONE, 2, 99, 1) \
	NUMBER(VOICE_MEMBERS_MIN, voice_members_min, XP, 2, 2, 10, 1) \
	SWITCH(VOICE_MUTED, voice_muted, XP, true) \
	NUMBER(VOICE_HOUR, voice_hour, XP, 25, 0, 1000, 1) \
	SWITCH(GAME, game, XP, true) \
	NUMBER(GAME_WIN, game_win, XP, 15, 0, 100, 1) \
	NUMBER(GAME_LOSS, game_loss, XP, 5, 0, 100, 1) \
	NUMBER(GAME_PUSH, game_push, XP, 0, 0, 100, 1) \
	NUMBER(DAY_XP_MAX, day_xp_max, XP, SETTING_NONE, 1, 100000, 1) \
	NUMBER(RATE, rate_percent, XP, 100, 10, 1000, 10) \
	NUMBER(RATE_UNTIL, rate_until_ms, XP, SETTING_NONE, 1, SETTING_TIME_MAX, 1) \
	SWITCH(REWARD_KEEP, reward_keep, REWARDS, false) \
	SWITCH(REWARD_RETURN, reward_return, REWARDS, true) \
	CHOICE(ANNOUNCE_PLACE, announce_place, ANNOUNCEMENTS, announce_places) \
	ID(ANNOUNCE_CHANNEL, announce_channel_id, ANNOUNCEMENTS) \
	NUMBER(ANNOUNCE_FROM_LEVEL, announce_from_level, ANNOUNCEMENTS, 1, 1, 1000, 1) \
	NUMBER(ANNOUNCE_EVERY, announce_every, ANNOUNCEMENTS, 1, 1, 100, 1) \
	SWITCH(ANNOUNCE_ROLE_ONLY, announce_role_only, ANNOUNCEMENTS, false) \
	TEXT(ANNOUNCE_TEXT, announce_text, ANNOUNCEMENTS, NULL, 1000) \
	SWITCH(ANNOUNCE_PING, announce_ping, ANNOUNCEMENTS, true) \
	TEXT(CURRENCY_NAME, currency_name, MONEY, "LC", 20) \
	TEXT(CURRENCY_SYMBOL, currency_symbol, MONEY, NULL, 64) \
	NUMBER(START_BALANCE, start_balance, MONEY, 25, 0, 10000, 1) \
	NUMBER(GIFT_AMOUNT, gift_amount, MONEY, 25, 0, 10000, 1) \
	SWITCH(GIFT_MIDNIGHT, gift_midnight, MONEY, false) \
	SWITCH(TRANSFER, transfer, MONEY, true) \
	NUMBER(TRANSFER_DAY_MAX, transfer_day_max, MONEY, SETTING_NONE, 1, 1000000, 1) \
	NUMBER(LEVEL_REWARD, level_reward_percent, MONEY, 100, 0, 1000, 10) \
	SWITCH(LEVEL_REWARD_ITEMS, level_reward_items, MONEY, true) \
	NUMBER(LOSS_DAY_MAX, loss_day_max, GAMES, SETTING_NONE, 1, 1000000, 1) \
	CHOICE(LANGUAGE, language, MISC, languages) \
	SWITCH(SHOW_OTHERS, show_others, MISC, true) \
	CHOICE(PAGE_VISIBILITY, page_visibility, MISC, page_visibilities) \
	TEXT(PAGE_NAME, page_name, MISC, NULL, 32) \
	CHOICE(THEME, theme, MISC, themes) \
	TEXT(TIME_ZONE, time_zone, MISC, "Europe/Paris", 64) \
	IDS(ACCESS_ROLES, access_roles, ACCESS, 5)

#define GAME_SETTINGS(SWITCH, NUMBER, IDS) \
	SWITCH(ENABLED, enabled, GAMES, true) \
	NUMBER(STAKE_MIN, stake_min, GAMES, SETTING_NONE, 1, 100000, 1) \
	NUMBER(STAKE_MAX, stake_max, GAMES, SETTING_NONE, 1, 100000, 1) \
	NUMBER(PAUSE, pause_s, GAMES, 0, 0, 3600, 1) \
	IDS(CHANNELS, channels, GAMES, 10)
/* clang-format on */
