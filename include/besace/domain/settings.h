/*
 * The settings of a guild: what each is called, its default, its range.
 *
 * A setting has a key: "message_min"; "roue.stake_min" for one that each game has; "zone.ID" and
 * "zone.@ID" for a place or role that earns otherwise; "reward.ID" for a role by level. Keys stand
 * in audit rows, in forms and in exports. Values are JSON there: a boolean, a number, a text, a
 * list of ids, or for zones {"effect", "factor_percent"} and for rewards {"level", "mode"}; null is
 * the default, or that there is none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/snowflake.h"
#include "besace/domain/game.h"
#include "besace/domain/settings_list.h"

/* No number of a setting: not limited, never. */
#define SETTING_NONE INT64_MIN
/* The year 9999. */
#define SETTING_TIME_MAX INT64_C(253402300799000)
/* One more than any setting takes, so that too many are refused and not cut. */
#define SETTING_IDS_MAX 11

#define SETTING_VALUE(NAME, ...) SETTING_##NAME,
enum setting_id {
	SETTINGS(SETTING_VALUE, SETTING_VALUE, SETTING_VALUE, SETTING_VALUE, SETTING_VALUE,
		SETTING_VALUE) SETTING_COUNT
};
#undef SETTING_VALUE

#define SETTING_VALUE(NAME, ...) GAME_SETTING_##NAME,
enum game_setting { GAME_SETTINGS(SETTING_VALUE, SETTING_VALUE, SETTING_VALUE) GAME_SETTING_COUNT };
#undef SETTING_VALUE

/* The ranges of the table, as constants: SETTING_MIN_x and SETTING_MAX_x of a number, the latter of
 * a text as well. Times, which no int holds, have no such constant: their ends are cut. */
#define SETTING_BOUND(bound) ((bound) > INT32_MAX ? INT32_MAX : (int)(bound))
#define SETTING_NO_RANGE(NAME, ...)
#define SETTING_RANGE(NAME, column, PAGE, initial, lowest, highest, step)                          \
	SETTING_MIN_##NAME = SETTING_BOUND(lowest), SETTING_MAX_##NAME = SETTING_BOUND(highest),
#define SETTING_LENGTH(NAME, column, PAGE, initial, length) SETTING_MAX_##NAME = (length),
#define GAME_SETTING_RANGE(NAME, column, PAGE, initial, lowest, highest, step)                     \
	GAME_SETTING_MIN_##NAME = (lowest), GAME_SETTING_MAX_##NAME = (highest),
enum setting_range {
	SETTINGS(SETTING_NO_RANGE, SETTING_RANGE, SETTING_NO_RANGE, SETTING_LENGTH,
		SETTING_NO_RANGE, SETTING_NO_RANGE)
		GAME_SETTINGS(SETTING_NO_RANGE, GAME_SETTING_RANGE, SETTING_NO_RANGE)
};

/* The pages of the panel, in its order after the first one. */
enum settings_page {
	SETTINGS_XP,
	SETTINGS_ZONES,
	SETTINGS_REWARDS,
	SETTINGS_ANNOUNCEMENTS,
	SETTINGS_MONEY,
	SETTINGS_GAMES,
	SETTINGS_MISC,
	SETTINGS_ACCESS,
	SETTINGS_PAGE_COUNT
};

/* The fewest characters of the name of a web page. */
#define PAGE_NAME_MIN 3

/* "xp", "zones", …: stands in ids and exports. */
const char *settings_page_name(enum settings_page page);
bool settings_page_parse(const char *name, enum settings_page *out);

enum setting_type {
	SETTING_IS_SWITCH, /* number: 0 or 1 */
	SETTING_IS_NUMBER, /* number; what ends in _percent is a factor: 150 is ×1.5 */
	SETTING_IS_CHOICE, /* number: its place among `choices`; the first is the default */
	SETTING_IS_TEXT, /* text */
	SETTING_IS_ID, /* ids, one */
	SETTING_IS_IDS, /* ids */
};

struct setting {
	const char *key; /* for a game's: without the game */
	enum setting_type type;
	enum settings_page page;
	int64_t number; /* default; SETTING_NONE: none */
	const char *text; /* default; NULL: none */
	int64_t min, max; /* of a number; the most characters of a text; the most ids */
	int64_t step; /* a number is a multiple of it */
	const char *const *choices; /* the words of the database, NULL after the last */
};

const struct setting *setting_get(enum setting_id setting);
const struct setting *game_setting_get(enum game_setting setting);

/* A value. What the type does not have is 0 or NULL. */
struct setting_value {
	bool changed; /* is not the default */
	int64_t number;
	const char *text;
	struct snowflake ids[SETTING_IDS_MAX];
	size_t id_count;
};

/* The default of SETTING; GAME's, for one of each game, is what game_setting_default returns. */
struct setting_value setting_default(const struct setting *setting);
struct setting_value game_setting_default(enum game game, enum game_setting setting);

/* Whether VALUE may be set. A min above its max is seen by the routine alone: the other of both may
 * have been set before. */
bool setting_is_valid(const struct setting *setting, const struct setting_value *value);

/* ---- Keys */

/* Room for any key, with its final NUL. */
#define SETTING_KEY_ROOM 40

enum setting_key_type { KEY_SETTING, KEY_GAME, KEY_ZONE, KEY_REWARD };

struct setting_key {
	enum setting_key_type type;
	enum setting_id setting; /* KEY_SETTING */
	enum game game; /* KEY_GAME */
	enum game_setting game_setting;
	struct snowflake id; /* KEY_ZONE, KEY_REWARD */
	bool is_role; /* KEY_ZONE */
};

/* Reads a key. False when it is none. */
bool setting_key_parse(const char *text, struct setting_key *out);

/* Writes KEY to OUT. */
void setting_key_write(const struct setting_key *key, char out[SETTING_KEY_ROOM]);

/* The page on which KEY stands. */
enum settings_page setting_key_page(const struct setting_key *key);

/* ---- Zones and rewards */

#define ZONES_MAX 50 /* places, and roles */
#define ZONE_PERCENT_MIN 10
#define ZONE_PERCENT_MAX 1000

enum zone_effect { ZONE_NONE, ZONE_ONLY, ZONE_FACTOR, ZONE_EFFECT_COUNT };

/* "none", "only", "factor". */
const char *zone_effect_name(enum zone_effect effect);
bool zone_effect_parse(const char *name, enum zone_effect *out);

struct zone {
	struct snowflake id;
	bool is_role;
	enum zone_effect effect;
	int percent; /* ZONE_FACTOR */
};

#define REWARDS_MAX 100
#define REWARDS_OF_LEVEL_MAX 5
#define REWARD_LEVEL_MIN 2
#define REWARD_LEVEL_MAX 6553 /* that of the greatest XP */

enum reward_mode { REWARD_STACK, REWARD_SINGLE, REWARD_MODE_COUNT };

/* "stack", "single". */
const char *reward_mode_name(enum reward_mode mode);
bool reward_mode_parse(const char *name, enum reward_mode *out);

/* What became of a reward at Discord. */
enum reward_state { REWARD_ACTIVE, REWARD_BLOCKED, REWARD_GONE, REWARD_STATE_COUNT };

/* "active", "blocked", "gone". */
bool reward_state_parse(const char *name, enum reward_state *out);

struct role_reward {
	struct snowflake role;
	int level;
	enum reward_mode mode;
	enum reward_state state;
	int code; /* Discord's, while blocked; 0: none */
};
