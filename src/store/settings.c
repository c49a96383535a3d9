/* Calls about the settings of a guild. */
#include "besace/store/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "json_written.h"
#include "routine.h"

/* ---- Access */

void settings_access_call(void *ctx, const struct snowflake *guild, const struct snowflake *roles,
	size_t count, struct db_call *out)
{
	const char **texts = must(talloc_array(ctx, const char *, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		texts[i] = roles[i].text;
	db_call_begin(ctx, QUERY_SETTINGS_ACCESS, out);
	db_set_id(out, "guild_id", guild);
	db_set_texts(out, "roles", texts, count);
}

struct settings_access_row {
	bool may;
};
DB_SHAPE(shape_settings_access, DB_FIELD(settings_access_row, may));

enum status settings_access_read(const struct db_rows *rows, bool *out)
{
	struct settings_access_row row = {0};
	enum status status = db_row_read(NULL, rows, 0, &shape_settings_access, &row);
	*out = row.may;
	return status;
}

/* ---- The whole state */

void settings_read_call(void *ctx, const struct snowflake *guild, struct db_call *out)
{
	db_call_begin(ctx, QUERY_SETTINGS_READ, out);
	db_set_id(out, "guild_id", guild);
}

struct settings_read_row {
	const json_t *state;
};
DB_SHAPE(shape_settings_read, DB_FIELD(settings_read_row, state));

struct settings_json {
	int64_t version;
	const json_t *settings, *states, *roles, *gone;
	struct snowflake own_role, owner, follower;
	const char *name, *page_token, *announce_channel;
	struct snowflake announce_refused;
	bool roles_told;
};
DB_SHAPE(json_settings_state, DB_FIELD(settings_json, version), DB_FIELD(settings_json, settings),
	DB_FIELD(settings_json, states), DB_FIELD(settings_json, roles),
	DB_FIELD(settings_json, gone), DB_FIELD(settings_json, roles_told),
	DB_FIELD_OR_NULL(settings_json, name), DB_FIELD_OR_NULL(settings_json, own_role),
	DB_FIELD_OR_NULL(settings_json, owner), DB_FIELD_OR_NULL(settings_json, follower),
	DB_FIELD_OR_NULL(settings_json, page_token),
	DB_FIELD_OR_NULL(settings_json, announce_channel),
	DB_FIELD_OR_NULL(settings_json, announce_refused));

void settings_state_default(struct settings_state *out)
{
	*out = (struct settings_state){0};
	for (int i = 0; i < SETTING_COUNT; i++)
		out->values[i] = setting_default(setting_get((enum setting_id)i));
	for (int game = 0; game < GAME_COUNT; game++)
		for (int i = 0; i < GAME_SETTING_COUNT; i++)
			out->games[game][i] =
				game_setting_default((enum game)game, (enum game_setting)i);
}

bool settings_state_put(void *ctx, const char *key, const json_t *json, struct settings_state *out)
{
	struct setting_key id;
	struct setting_value *value;
	if (!setting_key_parse(key, &id))
		return false;
	switch (id.type) {
	case KEY_SETTING: {
		struct setting_value initial = setting_default(setting_get(id.setting));
		value = &out->values[id.setting];
		return setting_value_read(json, setting_get(id.setting), &initial, value);
	}
	case KEY_GAME: {
		struct setting_value initial = game_setting_default(id.game, id.game_setting);
		value = &out->games[id.game][id.game_setting];
		return setting_value_read(json, game_setting_get(id.game_setting), &initial, value);
	}
	case KEY_ZONE:
		out->zones = must(talloc_realloc(
			ctx, out->zones, struct zone, (unsigned)out->zone_count + 1));
		out->zones[out->zone_count] = (struct zone){.id = id.id, .is_role = id.is_role};
		return zone_read(json, &out->zones[out->zone_count++]);
	case KEY_REWARD:
		out->rewards = must(talloc_realloc(
			ctx, out->rewards, struct role_reward, (unsigned)out->reward_count + 1));
		out->rewards[out->reward_count] = (struct role_reward){.role = id.id};
		return role_reward_read(json, &out->rewards[out->reward_count++]);
	}
	return false;
}

static int by_age(const struct snowflake *a, const struct snowflake *b)
{
	size_t left = strlen(a->text), right = strlen(b->text);
	return left != right ? (left < right ? -1 : 1) : strcmp(a->text, b->text);
}

static int by_zone(const void *a, const void *b)
{
	const struct zone *left = a, *right = b;
	if (left->is_role != right->is_role)
		return left->is_role ? 1 : -1;
	if (left->effect != right->effect)
		return left->effect < right->effect ? -1 : 1;
	return by_age(&left->id, &right->id);
}

static int by_level(const void *a, const void *b)
{
	const struct role_reward *left = a, *right = b;
	if (left->level != right->level)
		return left->level < right->level ? -1 : 1;
	return by_age(&left->role, &right->role);
}

static bool read_states(const json_t *states, struct settings_state *out)
{
	for (size_t i = 0; i < out->reward_count; i++) {
		struct role_reward *reward = &out->rewards[i];
		const json_t *state = json_object_get(states, reward->role.text);
		const char *name = json_string_value(json_array_get(state, 0));
		if (state && (!name || !reward_state_parse(name, &reward->state)))
			return false;
		reward->code = (int)json_integer_value(json_array_get(state, 1));
	}
	return true;
}

static bool read_role(const json_t *row, struct guild_role *out)
{
	const char *permissions = json_string_value(json_array_get(row, 2));
	char *end = NULL;
	errno = 0;
	out->position = (int)json_integer_value(json_array_get(row, 1));
	out->permissions = permissions ? strtoull(permissions, &end, 10) : 0;
	out->managed = json_is_true(json_array_get(row, 3));
	return end && end != permissions && *end == '\0' && errno == 0 &&
	       snowflake_parse(json_string_value(json_array_get(row, 0)), &out->id);
}

static bool read_roles(void *ctx, const json_t *array, struct settings_state *out)
{
	size_t i;
	const json_t *row;
	out->roles =
		must(talloc_zero_array(ctx, struct guild_role, (unsigned)json_array_size(array)));
	json_array_foreach (array, i, row)
		if (!read_role(row, &out->roles[out->role_count++]))
			return false;
	return true;
}

static bool read_gone(void *ctx, const json_t *array, struct settings_state *out)
{
	size_t i;
	const json_t *id;
	out->gone = must(talloc_array(ctx, struct snowflake, (unsigned)json_array_size(array)));
	json_array_foreach (array, i, id)
		if (!snowflake_parse(json_string_value(id), &out->gone[out->gone_count++]))
			return false;
	return true;
}

static bool read_state(void *ctx, const struct settings_json *in, struct settings_state *out)
{
	const char *key;
	json_t *value;
	settings_state_default(out);
	json_object_foreach ((json_t *)in->settings, key, value)
		if (!settings_state_put(ctx, key, value, out)) {
			log_error(LOG_TEXT("a setting cannot be read"), LOG_STR("key", key));
			return false;
		}
	if (out->zone_count > 0)
		qsort(out->zones, out->zone_count, sizeof(*out->zones), by_zone);
	if (out->reward_count > 0)
		qsort(out->rewards, out->reward_count, sizeof(*out->rewards), by_level);
	out->version = in->version;
	out->roles_told = in->roles_told;
	out->own_role = in->own_role;
	out->owner = in->owner;
	out->name = in->name;
	out->follower = in->follower;
	out->page_token = in->page_token;
	out->announce_channel = in->announce_channel;
	out->announce_refused = in->announce_refused;
	return read_states(in->states, out) && read_roles(ctx, in->roles, out) &&
	       read_gone(ctx, in->gone, out);
}

/* STATE is to hold what JSON says, and owns it. */
static enum status read_whole(
	struct settings_state *state, const json_t *json, struct settings_state **out)
{
	struct settings_json in;
	char *why;
	if (!json_shape_read(state, json, &json_settings_state, &in, &why)) {
		log_error(LOG_TEXT("settings_read"), LOG_STR("why", why));
		return STATUS_FAILED;
	}
	*out = state;
	return read_state(state, &in, state) ? STATUS_OK : STATUS_FAILED;
}

enum status settings_read(void *ctx, const struct db_rows *rows, struct settings_state **out)
{
	struct settings_read_row row;
	struct settings_state *state = must(talloc(ctx, struct settings_state));
	if (db_row_read(state, rows, 0, &shape_settings_read, &row))
		return STATUS_FAILED;
	return read_whole(state, row.state, out);
}

struct rewards_row {
	const json_t *state;
	int32_t xp;
};
DB_SHAPE(shape_rewards, DB_FIELD(rewards_row, state), DB_FIELD(rewards_row, xp));

void rewards_call(void *ctx, const struct member_seen *member, struct db_call *out)
{
	db_call_begin(ctx, QUERY_REWARDS, out);
	members_bind(out, member);
	members_bind_asker(out, member);
}

enum status rewards_read(
	void *ctx, const struct db_rows *rows, struct settings_state **out, int32_t *out_xp)
{
	struct rewards_row row;
	struct settings_state *state = must(talloc(ctx, struct settings_state));
	if (db_rows_count(rows) == 0 || db_row_read(state, rows, 0, &shape_rewards, &row))
		return STATUS_FAILED;
	*out_xp = row.xp;
	return read_whole(state, row.state, out);
}

/* ---- Changes */

/* Zones and rewards are objects, or null. */
static void check_changes(struct db_call *call, const json_t *changes)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)changes, key, value) {
		if (json_is_object(value) && strncmp(key, "zone.", strlen("zone.")) == 0)
			db_check_json(call, &json_zone, value);
		else if (json_is_object(value) && strncmp(key, "reward.", strlen("reward.")) == 0)
			db_check_json(call, &json_role_reward, value);
	}
}

static void begin_set(
	void *ctx, enum query query, const struct settings_setter *setter, struct db_call *out)
{
	routine_begin(ctx, query, setter->interaction, setter->member, out);
	db_set_text(out, "roles", setter->roles);
}

void settings_set_call(void *ctx, const struct settings_setter *setter, int64_t version,
	json_t *changes, struct db_call *out)
{
	begin_set(ctx, QUERY_SETTINGS_SET, setter, out);
	db_set_integer(out, "version", version);
	check_changes(out, changes);
	db_set_json(out, "changes", changes);
}

void settings_reset_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, int64_t version, enum settings_page page,
	struct db_call *out)
{
	const char *patterns[SETTING_COUNT + GAME_SETTING_COUNT + 2];
	size_t count = 0;
	for (int i = 0; i < SETTING_COUNT; i++)
		if (setting_get((enum setting_id)i)->page == page)
			patterns[count++] = setting_get((enum setting_id)i)->key;
	if (page == SETTINGS_GAMES)
		for (int i = 0; i < GAME_SETTING_COUNT; i++)
			patterns[count++] = must(talloc_asprintf(
				ctx, "%%.%s", game_setting_get((enum game_setting)i)->key));
	if (page == SETTINGS_ZONES)
		patterns[count++] = "zone.%";
	if (page == SETTINGS_REWARDS)
		patterns[count++] = "reward.%";
	routine_begin(ctx, QUERY_SETTINGS_RESET, interaction, actor, out);
	db_set_integer(out, "version", version);
	db_set_texts(out, "patterns", patterns, count);
}

void settings_undo_call(
	void *ctx, const struct settings_setter *setter, int64_t audit, struct db_call *out)
{
	begin_set(ctx, QUERY_SETTINGS_UNDO, setter, out);
	db_set_integer(out, "audit", audit);
	db_set_integer(out, "days", SETTINGS_UNDO_DAYS);
}

struct settings_outcome_json {
	int64_t version, at;
	const json_t *changes;
	const char *key, *actor_name;
	struct snowflake actor;
};
DB_SHAPE(json_settings_done, DB_FIELD(settings_outcome_json, version),
	DB_FIELD(settings_outcome_json, changes));
DB_SHAPE(json_settings_refused, DB_FIELD_OPTIONAL(settings_outcome_json, key),
	DB_FIELD_OPTIONAL(settings_outcome_json, actor),
	DB_FIELD_OPTIONAL(settings_outcome_json, actor_name),
	DB_FIELD_OPTIONAL(settings_outcome_json, at));

struct settings_change_json {
	int64_t audit, group;
	const char *key;
	const json_t *old, *new;
};
DB_SHAPE(json_settings_change, DB_FIELD(settings_change_json, audit),
	DB_FIELD(settings_change_json, group), DB_FIELD(settings_change_json, key),
	DB_FIELD_OR_NULL(settings_change_json, old), DB_FIELD_OR_NULL(settings_change_json, new));

static const char *const refusals[SETTINGS_REFUSAL_COUNT] = {[SETTINGS_CHANGED] = "changed",
	[SETTINGS_MIN_ABOVE_MAX] = "min_above_max",
	[SETTINGS_CHANNEL_MISSING] = "channel_missing",
	[SETTINGS_EVERYONE] = "everyone",
	[SETTINGS_ZONES_FULL] = "zones_full",
	[SETTINGS_REWARDS_FULL] = "rewards_full",
	[SETTINGS_LEVEL_FULL] = "level_full",
	[SETTINGS_NAME_TAKEN] = "name_taken",
	[SETTINGS_NO_ZONE] = "no_zone",
	[SETTINGS_NO_CHANGE] = "no_change",
	[SETTINGS_TOO_OLD] = "too_old",
	[SETTINGS_UNDONE] = "undone"};

static bool read_changes(void *ctx, const json_t *array, struct settings_outcome *out)
{
	size_t i;
	const json_t *each;
	out->changes = must(
		talloc_zero_array(ctx, struct settings_change, (unsigned)json_array_size(array)));
	json_array_foreach (array, i, each) {
		struct settings_change_json in;
		char *why;
		if (!json_shape_read(ctx, each, &json_settings_change, &in, &why)) {
			log_error(LOG_TEXT("a change cannot be read"), LOG_STR("why", why));
			return false;
		}
		out->changes[out->change_count++] = (struct settings_change){.audit = in.audit,
			.group = in.group,
			.key = in.key,
			.old = in.old ? in.old : json_null(),
			.now = in.new ? in.new : json_null()};
	}
	return true;
}

enum status settings_outcome_read(
	void *ctx, const struct db_rows *rows, struct settings_outcome *out)
{
	const struct outcome_format format = {
		&json_settings_done, &json_settings_refused, refusals, ARRAY_LEN(refusals)};
	struct settings_outcome_json in = {0};
	unsigned refusal;
	*out = (struct settings_outcome){0};
	if (routine_outcome_read(ctx, rows, &format, &refusal, &in))
		return STATUS_FAILED;
	*out = (struct settings_outcome){.result = refusal,
		.version = in.version,
		.key = in.key,
		.actor = in.actor,
		.actor_name = in.actor_name,
		.at_s = in.at};
	return read_changes(ctx, in.changes, out) ? STATUS_OK : STATUS_FAILED;
}

/* ---- History */

void settings_change_call(
	void *ctx, const struct snowflake *guild, int64_t audit, struct db_call *out)
{
	db_call_begin(ctx, QUERY_SETTINGS_CHANGE, out);
	db_set_id(out, "guild_id", guild);
	db_set_integer(out, "audit", audit);
}

struct settings_change_row {
	const char *key;
	const json_t *old;
};
DB_SHAPE(shape_settings_change, DB_FIELD(settings_change_row, key),
	DB_FIELD(settings_change_row, old));

enum status settings_change_read(
	void *ctx, const struct db_rows *rows, struct settings_history *out)
{
	int count = db_rows_count(rows);
	*out = (struct settings_history){
		.changes = must(talloc_zero_array(ctx, struct settings_change, (unsigned)count))};
	for (int i = 0; i < count; i++) {
		struct settings_change_row row;
		if (db_row_read(ctx, rows, i, &shape_settings_change, &row))
			return STATUS_FAILED;
		out->changes[out->count++] = (struct settings_change){
			.key = must(talloc_strdup(ctx, row.key)), .old = row.old};
	}
	return STATUS_OK;
}

void settings_history_call(
	void *ctx, const struct snowflake *guild, int64_t before, int count, struct db_call *out)
{
	db_call_begin(ctx, QUERY_SETTINGS_HISTORY, out);
	db_set_id(out, "guild_id", guild);
	db_set_integer(out, "before", before);
	db_set_integer(out, "count", count);
	db_set_integer(out, "days", SETTINGS_UNDO_DAYS);
}

struct settings_history_row {
	int64_t audit, change_id;
	const char *key;
	const json_t *old, *new;
	struct snowflake actor;
	const char *actor_name;
	int64_t at_s;
	bool undone, can_undo;
};
DB_SHAPE(shape_settings_history, DB_FIELD(settings_history_row, audit),
	DB_FIELD(settings_history_row, change_id), DB_FIELD(settings_history_row, key),
	DB_FIELD(settings_history_row, old), DB_FIELD(settings_history_row, new),
	DB_FIELD_OR_NULL(settings_history_row, actor),
	DB_FIELD_OR_NULL(settings_history_row, actor_name), DB_FIELD(settings_history_row, at_s),
	DB_FIELD(settings_history_row, undone), DB_FIELD(settings_history_row, can_undo));

enum status settings_history_read(
	void *ctx, const struct db_rows *rows, struct settings_history *out)
{
	int count = db_rows_count(rows);
	*out = (struct settings_history){
		.changes = must(talloc_zero_array(ctx, struct settings_change, (unsigned)count))};
	for (int i = 0; i < count; i++) {
		struct settings_history_row row;
		if (db_row_read(ctx, rows, i, &shape_settings_history, &row))
			return STATUS_FAILED;
		out->changes[out->count++] = (struct settings_change){.audit = row.audit,
			.group = row.change_id,
			.key = must(talloc_strdup(ctx, row.key)),
			.old = row.old,
			.now = row.new,
			.actor = row.actor,
			.actor_name =
				row.actor_name ? must(talloc_strdup(ctx, row.actor_name)) : NULL,
			.at_s = row.at_s,
			.undone = row.undone,
			.can_undo = row.can_undo};
	}
	return STATUS_OK;
}
