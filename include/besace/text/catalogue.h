/*
 * Everything that members read, in French and English.
 *
 * A text is named by an enum value and written in src/text/catalogue.c, both languages side by
 * side; `{name}` stands for a value given when it is filled. A test holds both languages to the
 * same placeholders and every text to Discord's limits.
 *
 * Adding a text: a name below, a row in the catalogue. Adding a language: a column, and
 * text_language.
 */
#pragma once

#include <stdint.h>

enum language { LANGUAGE_FR, LANGUAGE_EN, LANGUAGE_COUNT };

enum text {
	/* Names and descriptions of commands, as registered with Discord. */
	TEXT_LC_NAME,
	TEXT_LC_ABOUT,
	TEXT_LC_MEMBER_NAME,
	TEXT_LC_MEMBER_ABOUT,
	TEXT_LEVEL_NAME,
	TEXT_LEVEL_ABOUT,
	TEXT_LEVEL_MEMBER_NAME,
	TEXT_LEVEL_MEMBER_ABOUT,
	TEXT_BAG_NAME,
	TEXT_BAG_ABOUT,
	TEXT_HELP_NAME,
	TEXT_HELP_ABOUT,
	TEXT_PING_NAME,
	TEXT_PING_ABOUT,
	TEXT_PING_OPTION_NAME,
	TEXT_PING_OPTION_ABOUT,
	TEXT_SEE_LEVEL_NAME,
	TEXT_SEE_LEVEL_ABOUT,
	TEXT_SEE_BALANCE_NAME,
	TEXT_SEE_BALANCE_ABOUT,

	/* Balance and level. */
	TEXT_BALANCE_TITLE,
	TEXT_BALANCE,
	TEXT_LEVEL_TITLE,
	TEXT_LEVEL_LINE,
	TEXT_LEVEL_XP,

	/* The bag. */
	TEXT_BAG_TITLE,
	TEXT_BAG_EMPTY,
	TEXT_BAG_MULTIPLIER,
	TEXT_BAG_GAMES_ONE,
	TEXT_BAG_GAMES_MANY,
	TEXT_ITEM_JACKPOT,
	TEXT_ITEM_X2,
	TEXT_ITEM_X3,
	TEXT_BAG_OPEN,
	TEXT_BAG_ACTIVATE,
	TEXT_BAG_OPENED,
	TEXT_BAG_ACTIVATED,
	TEXT_BAG_NOT_YOURS,
	TEXT_BAG_NONE_LEFT,
	TEXT_BAG_ALREADY_ACTIVE,
	TEXT_BAG_PURSE_FULL,

	/* Announcements of level-ups. */
	TEXT_LEVEL_UP,
	TEXT_LEVEL_UP_REWARDS,
	TEXT_LEVEL_UP_ITEMS,
	TEXT_PING_TITLE,
	TEXT_PING_ON,
	TEXT_PING_OFF,

	/* Help. */
	TEXT_HELP_TITLE,
	TEXT_HELP_INTRO,
	TEXT_HELP_EARNING_TITLE,
	TEXT_HELP_EARNING,
	TEXT_HELP_CONTEXT_TITLE,

	/* Refusals and faults. */
	TEXT_REFUSED_TITLE,
	TEXT_REFUSED_BOT,
	TEXT_GUILD_ONLY,
	TEXT_NOT_PERMITTED,
	TEXT_OPTION_MISSING,
	TEXT_OPTION_WRONG,
	TEXT_OPTION_RANGE,
	TEXT_OPTION_LENGTH,
	TEXT_UNKNOWN_COMMAND,
	TEXT_UNKNOWN_BUTTON,
	TEXT_AWAY_TITLE,
	TEXT_AWAY,
	TEXT_UNSURE,
	TEXT_FAULT,
	TEXT_COUNT
};

/* The language of a Discord locale: English for those that start with "en", else French. */
enum language text_language(const char *locale);

/* The text as it stands in the catalogue, placeholders included. Static. */
const char *text_get(enum language language, enum text text);

/* The text with its placeholders filled, on CTX: text_fill(ctx, fr, TEXT_X, "member", name, NULL).
 * Values are put in as they are; escape what members wrote before. */
char *text_fill(void *ctx, enum language language, enum text text, ...) __attribute__((sentinel));

/* The one of two texts that goes with COUNT: French says 0 and 1 in the singular, English only 1.
 */
enum text text_plural(enum language language, int64_t count, enum text one, enum text many);

/* NUMBER with its thousands grouped from five digits on, as both languages' typography has it:
 * by a narrow no-break space in French, by a comma in English. On CTX. */
char *text_number(void *ctx, enum language language, int64_t number);
