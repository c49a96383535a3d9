/*
 * The repository of settings: the whole state in one round trip; changes, each of them one
 * transaction with its rows of the audit; the history.
 *
 * A form carries the version under which it was opened. A change is refused, naming who and when,
 * if somebody else has changed one of the same settings since. The whole change is refused then, as
 * it is for any other reason: nothing of it is written.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/role.h"
#include "besace/domain/settings.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* A change can be taken back for so long. */
#define SETTINGS_UNDO_DAYS 7

/* Everything that is set in a guild, and what it takes to judge it. */
struct settings_state {
	int64_t version; /* for forms; 0: nothing was ever changed */
	struct setting_value values[SETTING_COUNT]; /* defaults where nothing was changed */
	struct setting_value games[GAME_COUNT][GAME_SETTING_COUNT];
	struct zone *zones; /* places first, each in the order of their effects and ids */
	size_t zone_count;
	struct role_reward *rewards; /* by level, then role */
	size_t reward_count;
	struct guild_role *roles; /* highest position first; none until somebody has told of them */
	size_t role_count;
	bool roles_told; /* by the shim, which also tells when they change */
	struct snowflake own_role; /* Besace's highest; empty: not known */
	struct snowflake owner; /* of the guild; empty: not known */
	const char *name; /* of the guild; NULL: not known */
	struct snowflake follower; /* whose message follows a run of roles; empty: nobody's */
	struct snowflake *gone; /* roles and channels that were deleted, of those that are set */
	size_t gone_count;
	const char *page_token; /* of the guild's page; NULL: none was made yet */
	const char *announce_channel; /* the operator's default in this guild; NULL: none */
	struct snowflake announce_refused; /* where Discord refused the latest; empty: it did not */
};

/* Asks whether one of COUNT ROLES may do in GUILD what needs Manage Server. */
void settings_access_call(void *ctx, const struct snowflake *guild, const struct snowflake *roles,
	size_t count, struct db_call *out);
MUST_CHECK enum status settings_access_read(const struct db_rows *rows, bool *out);

/* Reads GUILD. Parameters are allocated on CTX. */
void settings_read_call(void *ctx, const struct snowflake *guild, struct db_call *out);

/* Reads it into *out, on CTX. STATUS_FAILED when it is not what the routine returns. */
MUST_CHECK enum status settings_read(
	void *ctx, const struct db_rows *rows, struct settings_state **out);

/* The same as MEMBER, who asks, sees it: with their XP. */
void rewards_call(void *ctx, const struct member_seen *member, struct db_call *out);
MUST_CHECK enum status rewards_read(
	void *ctx, const struct db_rows *rows, struct settings_state **out, int32_t *out_xp);

/* Makes *out a guild in which nothing was ever changed. */
void settings_state_default(struct settings_state *out);

/* Puts the value JSON, which must outlive *out, under KEY; lists grow on CTX. False when there is
 * no such setting, or the value is not one of its. */
MUST_CHECK bool settings_state_put(
	void *ctx, const char *key, const json_t *json, struct settings_state *out);

/* ---- Values as JSON */

/* VALUE as it stands in changes and audit rows: null when it is INITIAL, the default. */
json_t *setting_value_json(const struct setting *setting, const struct setting_value *value,
	const struct setting_value *initial);

/* Reads JSON, null being INITIAL, into *out; texts are borrowed. False when it is of another type,
 * out of its range, or none of the choices. */
MUST_CHECK bool setting_value_read(const json_t *json, const struct setting *setting,
	const struct setting_value *initial, struct setting_value *out);

/* The value of a zone or reward: its JSON, and reading it. False when it is out of its range. */
json_t *zone_json(const struct zone *zone);
MUST_CHECK bool zone_read(const json_t *json, struct zone *out);
json_t *role_reward_json(const struct role_reward *reward);
MUST_CHECK bool role_reward_read(const json_t *json, struct role_reward *out);

/* ---- Changes */

/* CHANGES is an object of keys (domain/settings.h) and their new values, and is given up. Values
 * are valid (setting_is_valid); what only the database can judge it refuses. VERSION is that of the
 * form; SETTINGS_VERSION_NONE: typed as a command, so that nothing can have changed meanwhile. */
#define SETTINGS_VERSION_NONE INT64_C(-1)

/* Who changes settings, by which interaction. */
struct settings_setter {
	const struct snowflake *interaction;
	const struct member_seen *member;
	/* Theirs, separated by commas: what they choose stays below. "" of the guild's owner. */
	const char *roles;
};

void settings_set_call(void *ctx, const struct settings_setter *setter, int64_t version,
	json_t *changes, struct db_call *out);

/* Everything on PAGE back to its default. */
void settings_reset_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, int64_t version, enum settings_page page,
	struct db_call *out);

/* Takes the change AUDIT (settings_history) back: within SETTINGS_UNDO_DAYS, unless the setting was
 * changed again since. */
void settings_undo_call(
	void *ctx, const struct settings_setter *setter, int64_t audit, struct db_call *out);

/* What that would bring back: of each change only `key` and `old` are said. None: there is no such
 * change. */
void settings_change_call(
	void *ctx, const struct snowflake *guild, int64_t audit, struct db_call *out);

enum settings_refusal {
	SETTINGS_DONE,
	SETTINGS_CHANGED, /* by `actor` at `at_s` */
	SETTINGS_MIN_ABOVE_MAX, /* key: that of the max */
	SETTINGS_CHANNEL_MISSING, /* announcements in a channel, but in none */
	SETTINGS_EVERYONE, /* no interaction names @everyone among a member's roles */
	SETTINGS_ZONES_FULL, /* key: the one too many */
	SETTINGS_REWARDS_FULL,
	SETTINGS_LEVEL_FULL, /* five rewards of this level */
	SETTINGS_NAME_TAKEN, /* by the page of another guild */
	SETTINGS_NO_ZONE, /* no such time zone */
	SETTINGS_NO_CHANGE, /* undo: there is no such change */
	SETTINGS_TOO_OLD, /* undo: after SETTINGS_UNDO_DAYS */
	SETTINGS_UNDONE, /* undo: was taken back already */
	SETTINGS_REFUSAL_COUNT
};

/* A change as the audit has it. */
struct settings_change {
	int64_t audit;
	int64_t group; /* the same for those that were changed together, and are taken back so */
	const char *key;
	const json_t *old, *now; /* JSON null: the default, or none */
	struct snowflake actor; /* empty: the operator */
	const char *actor_name; /* NULL: the operator */
	int64_t at_s;
	bool undone; /* was taken back */
	bool can_undo; /* is the setting's latest change, and recent enough */
};

struct settings_outcome {
	enum settings_refusal result;
	int64_t version; /* afterwards, when done */
	/* When done: what differs since; a value that was the same already is no change. */
	struct settings_change *changes;
	size_t change_count;
	/* When refused, as far as the refusal says. */
	const char *key;
	struct snowflake actor;
	const char *actor_name;
	int64_t at_s;
};

/* Reads what any of them brought, on CTX: the same each time its interaction is asked. */
MUST_CHECK enum status settings_outcome_read(
	void *ctx, const struct db_rows *rows, struct settings_outcome *out);

/* ---- History */

/* The COUNT changes before BEFORE (an audit; 0: the latest), newest first. */
void settings_history_call(
	void *ctx, const struct snowflake *guild, int64_t before, int count, struct db_call *out);

struct settings_history {
	struct settings_change *changes;
	size_t count;
};

MUST_CHECK enum status settings_history_read(
	void *ctx, const struct db_rows *rows, struct settings_history *out);

/* Of settings_change_call. */
MUST_CHECK enum status settings_change_read(
	void *ctx, const struct db_rows *rows, struct settings_history *out);
