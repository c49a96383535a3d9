/* Who may change settings, and what of them does not work. */
#include <inttypes.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "state.h"
#include "table.h"

static bool has(const struct invocation *invocation, uint64_t permission)
{
	return invocation->in->permissions & (PERMISSION_ADMINISTRATOR | permission);
}

/* The keys that the request writes, those of a change that it takes back included. */
static size_t key_count(const struct panel *panel)
{
	return panel->request.change_count + panel->undo.count;
}

static bool key_at(const struct panel *panel, size_t i, struct setting_key *out)
{
	size_t count = panel->request.change_count;
	if (i >= count)
		return setting_key_parse(panel->undo.changes[i - count].key, out);
	*out = panel->request.changes[i].key;
	return true;
}

/* Whether the request writes who may change settings. */
static bool writes_access(const struct panel *panel)
{
	struct setting_key key;
	if (panel->request.act == PANEL_RESET)
		return panel->request.page == SETTINGS_ACCESS;
	for (size_t i = 0; i < key_count(panel); i++)
		if (key_at(panel, i, &key) && key.type == KEY_SETTING &&
			key.setting == SETTING_ACCESS_ROLES)
			return true;
	return false;
}

static bool writes_rewards(const struct panel *panel)
{
	struct setting_key key;
	if (panel->request.act == PANEL_APPLY || panel->request.act == PANEL_STOP)
		return true;
	if (panel->request.act == PANEL_RESET)
		return panel->request.page == SETTINGS_REWARDS;
	for (size_t i = 0; i < key_count(panel); i++)
		if (key_at(panel, i, &key) && key.type == KEY_REWARD)
			return true;
	return false;
}

bool access_check(const struct invocation *invocation, const struct panel *panel, enum text *out)
{
	const struct setting_value *access = &panel->state->values[SETTING_ACCESS_ROLES];
	bool may = has(invocation, PERMISSION_MANAGE_GUILD);
	for (size_t i = 0; i < access->id_count && !may; i++)
		may = interaction_has_role(invocation->in, &access->ids[i]);
	if (!may)
		*out = TEXT_REFUSED_SETTINGS;
	else if (writes_access(panel) && !has(invocation, 0))
		*out = TEXT_REFUSED_ADMINISTRATOR;
	else if (writes_rewards(panel) && !has(invocation, PERMISSION_MANAGE_ROLES))
		*out = TEXT_REFUSED_MANAGE_ROLES;
	else
		return true;
	return false;
}

/* ---- Rewards */

static struct guild_roles known_roles(
	const struct settings_state *state, const struct snowflake *guild)
{
	return (struct guild_roles){.roles = state->roles,
		.count = state->role_count,
		.guild = *guild,
		.own = state->own_role};
}

/* Whether the key at I, which is written to *OUT, is that of a reward that will be there. */
static bool is_added_reward(const struct panel *panel, size_t i, struct setting_key *out)
{
	size_t count = panel->request.change_count;
	bool removed = i < count ? panel->request.changes[i].removed
				 : json_is_null(panel->undo.changes[i - count].old);
	return key_at(panel, i, out) && out->type == KEY_REWARD && !removed;
}

bool adds_reward(const struct panel *panel)
{
	struct setting_key key;
	for (size_t i = 0; i < key_count(panel); i++)
		if (is_added_reward(panel, i, &key))
			return true;
	return false;
}

bool is_owner(const struct invocation *invocation, const struct panel *panel)
{
	return snowflake_equal(&panel->state->owner, &invocation->in->user.id);
}

const char *rewards_fault(const struct invocation *invocation, const struct panel *panel)
{
	static const enum text texts[ROLE_FAULT_COUNT] = {
		[ROLE_EVERYONE] = TEXT_REFUSED_ROLE_EVERYONE,
		[ROLE_UNKNOWN] = TEXT_REFUSED_ROLE_UNKNOWN,
		[ROLE_MANAGED] = TEXT_REFUSED_ROLE_MANAGED,
		[ROLE_DANGEROUS] = TEXT_REFUSED_ROLE_DANGEROUS,
		[ROLE_ABOVE_BESACE] = TEXT_REFUSED_ROLE_ABOVE_BESACE,
		[ROLE_ABOVE_SETTER] = TEXT_REFUSED_ROLE_ABOVE_SETTER};
	const struct guild_roles known = known_roles(panel->state, &invocation->guild);
	const struct role_setter setter = {.is_owner = is_owner(invocation, panel),
		.roles = invocation->in->roles,
		.role_count = invocation->in->role_count};
	for (size_t i = 0; i < key_count(panel); i++) {
		struct setting_key key;
		if (!is_added_reward(panel, i, &key))
			continue;
		enum role_fault fault = role_check(&known, &key.id, &setter);
		if (fault)
			return text_get(invocation_own_language(invocation), texts[fault]);
	}
	return NULL;
}

/* ---- Channels */

static bool is_thread(int64_t type)
{
	return type == CHANNEL_NEWS_THREAD || type == CHANNEL_PUBLIC_THREAD ||
	       type == CHANNEL_PRIVATE_THREAD;
}

const char *panel_channel_fault(const struct invocation *invocation, const struct snowflake *id)
{
	enum language language = invocation_own_language(invocation);
	const struct resolved_channel *channel = interaction_channel(invocation->in, id);
	if (!channel)
		return NULL;
	if (channel->type == CHANNEL_FORUM || channel->type == CHANNEL_MEDIA ||
		channel->type == CHANNEL_CATEGORY)
		return text_get(language, TEXT_REFUSED_CHANNEL_TYPE);
	bool thread = is_thread(channel->type);
	bool voice = channel->type == CHANNEL_VOICE || channel->type == CHANNEL_STAGE;
	const struct {
		uint64_t bit;
		enum text name;
	} needed[] = {{PERMISSION_VIEW_CHANNEL, TEXT_PERMISSION_VIEW},
		{thread ? PERMISSION_SEND_IN_THREADS : PERMISSION_SEND_MESSAGES,
			thread ? TEXT_PERMISSION_SEND_THREADS : TEXT_PERMISSION_SEND},
		{voice ? PERMISSION_CONNECT : PERMISSION_VIEW_CHANNEL, TEXT_PERMISSION_JOIN}};
	if (!channel->has_app_permissions || (channel->app_permissions & PERMISSION_ADMINISTRATOR))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!(channel->app_permissions & needed[i].bit))
			return text_fill(invocation->ctx, language, TEXT_REFUSED_CHANNEL_PERMISSION,
				"permission", text_get(language, needed[i].name), "channel",
				channel_mention(invocation->ctx, id), NULL);
	return NULL;
}

/* ---- What does not work */

char *add_problem(const struct words *words, char *list, const char *problem)
{
	return must(talloc_asprintf_append(list, "%s%s", *list ? "\n" : "",
		text_fill(words->ctx, words->language, TEXT_PANEL_WARNING, "problem", problem,
			NULL)));
}

char *add_problem_of(const struct words *words, char *list, size_t number, const char *problem)
{
	return number > PROBLEMS_OF_A_KIND ? list : add_problem(words, list, problem);
}

char *add_rest(const struct words *words, char *list, size_t count)
{
	if (count <= PROBLEMS_OF_A_KIND)
		return list;
	return add_problem(words, list,
		text_fill(words->ctx, words->language, TEXT_PROBLEM_MORE, "count",
			text_number(
				words->ctx, words->language, (int64_t)(count - PROBLEMS_OF_A_KIND)),
			NULL));
}

static bool is_in(const struct setting_value *value, const struct snowflake *id)
{
	for (size_t i = 0; i < value->id_count; i++)
		if (snowflake_equal(&value->ids[i], id))
			return true;
	return false;
}

enum settings_page page_of_channel(const struct settings_state *state, const struct snowflake *id)
{
	if (is_in(&state->values[SETTING_ANNOUNCE_CHANNEL], id))
		return SETTINGS_ANNOUNCEMENTS;
	for (int game = 0; game < GAME_COUNT; game++)
		if (is_in(&state->games[game][GAME_SETTING_CHANNELS], id))
			return SETTINGS_GAMES;
	for (size_t i = 0; i < state->zone_count; i++)
		if (!state->zones[i].is_role && snowflake_equal(&state->zones[i].id, id))
			return SETTINGS_ZONES;
	return SETTINGS_PAGE_COUNT;
}

static bool is_reward(const struct settings_state *state, const struct snowflake *id)
{
	for (size_t i = 0; i < state->reward_count; i++)
		if (snowflake_equal(&state->rewards[i].role, id))
			return true;
	return false;
}

bool is_known_gone(const struct settings_state *state, const struct snowflake *id)
{
	for (size_t i = 0; i < state->gone_count; i++)
		if (snowflake_equal(&state->gone[i], id))
			return true;
	return false;
}

/* Whether the role ID is none of those that the guild is known to have. */
static bool is_missing(const struct settings_state *state, const struct snowflake *id)
{
	for (size_t i = 0; i < state->role_count; i++)
		if (snowflake_equal(&state->roles[i].id, id))
			return false;
	return state->role_count > 0 && !is_known_gone(state, id);
}

static char *add_role_gone(
	const struct words *words, char *list, size_t number, const struct snowflake *id)
{
	return add_problem_of(words, list, number,
		text_fill(words->ctx, words->language, TEXT_PROBLEM_ROLE_GONE, "role",
			role_mention(words->ctx, id), NULL));
}

/* Roles and channels that were deleted, whether somebody told of it or they are missing; rewards
 * tell of theirs themselves. */
static char *add_gone(const struct words *words, char *list)
{
	const struct settings_state *state = words->state;
	size_t count = 0;
	for (size_t i = 0; i < state->zone_count; i++)
		if (state->zones[i].is_role && is_missing(state, &state->zones[i].id))
			list = add_role_gone(words, list, ++count, &state->zones[i].id);
	const struct setting_value *access = &state->values[SETTING_ACCESS_ROLES];
	for (size_t i = 0; i < access->id_count; i++)
		if (is_missing(state, &access->ids[i]))
			list = add_role_gone(words, list, ++count, &access->ids[i]);
	for (size_t i = 0; i < state->gone_count; i++) {
		const struct snowflake *id = &state->gone[i];
		enum settings_page page = page_of_channel(state, id);
		if (page != SETTINGS_PAGE_COUNT)
			list = add_problem_of(words, list, ++count,
				text_fill(words->ctx, words->language, TEXT_PROBLEM_CHANNEL_GONE,
					"channel", channel_mention(words->ctx, id), "page",
					text_get(words->language, panel_page(page)->name), NULL));
		else if (!is_reward(state, id))
			list = add_role_gone(words, list, ++count, id);
	}
	return add_rest(words, list, count);
}

/* What keeps REWARD from being given, or NULL. */
static char *reward_problem(const struct words *words, const struct guild_roles *known,
	const struct role_reward *reward)
{
	char *role = role_mention(words->ctx, &reward->role);
	enum role_fault fault = known->count ? role_check(known, &reward->role, NULL) : ROLE_FINE;
	if (reward->state == REWARD_GONE || fault == ROLE_UNKNOWN)
		return text_fill(words->ctx, words->language, TEXT_PROBLEM_REWARD_GONE, "level",
			text_number(words->ctx, words->language, reward->level), NULL);
	if (fault == ROLE_ABOVE_BESACE)
		return text_fill(
			words->ctx, words->language, TEXT_PROBLEM_ROLE_HIGH, "role", role, NULL);
	if (fault != ROLE_FINE)
		return text_fill(
			words->ctx, words->language, TEXT_PROBLEM_ROLE_UNFIT, "role", role, NULL);
	if (reward->state != REWARD_BLOCKED)
		return NULL;
	if (reward->code == 0) /* by what is known of the roles: Discord was not asked */
		return text_fill(
			words->ctx, words->language, TEXT_PROBLEM_ROLE_SETTER, "role", role, NULL);
	return text_fill(words->ctx, words->language, TEXT_PROBLEM_BLOCKED, "role", role, "code",
		must(talloc_asprintf(words->ctx, "%d", reward->code)), NULL);
}

/* Whether one of the rewards is at a level that the other filters let through. */
static bool has_announced_reward(const struct settings_state *state)
{
	int64_t from = state->values[SETTING_ANNOUNCE_FROM_LEVEL].number;
	int64_t every = state->values[SETTING_ANNOUNCE_EVERY].number;
	for (size_t i = 0; i < state->reward_count; i++)
		if (state->rewards[i].state == REWARD_ACTIVE && state->rewards[i].level >= from &&
			state->rewards[i].level % every == 0)
			return true;
	return false;
}

/* What keeps all announcements away, or NULL: the filters must hold of the same level. */
static const char *filters_problem(const struct words *words)
{
	const struct setting_value *values = words->state->values;
	if (!values[SETTING_ANNOUNCE_ROLE_ONLY].number || has_announced_reward(words->state))
		return NULL;
	if (words->state->reward_count == 0)
		return text_get(words->language, TEXT_PROBLEM_ROLE_ONLY);
	return text_fill(words->ctx, words->language, TEXT_PROBLEM_ROLE_FILTERS, "level",
		text_number(
			words->ctx, words->language, values[SETTING_ANNOUNCE_FROM_LEVEL].number),
		"every",
		setting_words(words, SETTING_ANNOUNCE_EVERY, &values[SETTING_ANNOUNCE_EVERY]),
		NULL);
}

char *problems(const struct words *words, const struct snowflake *guild)
{
	const struct settings_state *state = words->state;
	const struct guild_roles known = known_roles(state, guild);
	char *list = add_gone(words, must(talloc_strdup(words->ctx, "")));
	size_t count = 0;
	for (size_t i = 0; i < state->reward_count; i++) {
		char *problem = reward_problem(words, &known, &state->rewards[i]);
		if (problem)
			list = add_problem_of(words, list, ++count, problem);
	}
	list = add_rest(words, list, count);
	if (!state->values[SETTING_LEVELS].number)
		list = add_problem(words, list, text_get(words->language, TEXT_PROBLEM_LEVELS_OFF));
	const char *filters = filters_problem(words);
	return filters ? add_problem(words, list, filters) : list;
}

/* ---- Refusals of the database */

char *refusal_words(const struct words *words, const struct settings_outcome *outcome)
{
	static const enum text texts[SETTINGS_REFUSAL_COUNT] = {
		[SETTINGS_CHANGED] = TEXT_REFUSED_CHANGED,
		[SETTINGS_MIN_ABOVE_MAX] = TEXT_REFUSED_MIN_MAX,
		[SETTINGS_CHANNEL_MISSING] = TEXT_REFUSED_CHANNEL_MISSING,
		[SETTINGS_EVERYONE] = TEXT_REFUSED_EVERYONE,
		[SETTINGS_ZONES_FULL] = TEXT_REFUSED_ZONES_FULL,
		[SETTINGS_REWARDS_FULL] = TEXT_REFUSED_REWARDS_FULL,
		[SETTINGS_LEVEL_FULL] = TEXT_REFUSED_LEVEL_FULL,
		[SETTINGS_NAME_TAKEN] = TEXT_REFUSED_NAME_TAKEN,
		[SETTINGS_NO_ZONE] = TEXT_REFUSED_NO_ZONE,
		[SETTINGS_NO_CHANGE] = TEXT_REFUSED_NO_CHANGE,
		[SETTINGS_TOO_OLD] = TEXT_REFUSED_TOO_OLD,
		[SETTINGS_UNDONE] = TEXT_REFUSED_UNDONE};
	return text_fill(words->ctx, words->language, texts[outcome->result], "member",
		outcome->actor_name ? markdown_escape(words->ctx, outcome->actor_name, "?")
				    : text_get(words->language, TEXT_PANEL_OPERATOR),
		"time", must(talloc_asprintf(words->ctx, "<t:%" PRId64 ":R>", outcome->at_s)),
		"setting", outcome->key ? key_label(words, outcome->key) : "", "days",
		text_number(words->ctx, words->language, SETTINGS_UNDO_DAYS), NULL);
}
