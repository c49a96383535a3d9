/* Asks Discord for roles and channels, and judges what it tells. */
#include "asked.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/domain/channel_permissions.h"
#include "table.h"

#define HTTP_FORBIDDEN 403
#define HTTP_NOT_FOUND 404

/* Roles of a guild: Discord's limit. */
#define ROLES_MAX 250
/* What a channel can change: one for each role, and for some members. */
#define OVERWRITES_MAX 500
/* Questions that are kept for the channel of the thread of announcements. */
#define PARENTS_MAX 1

/* ---- Reading. What is no number or id in Discord's answer is left out. */

static uint64_t bits_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? strtoull(text, NULL, 10) : 0;
}

static bool read_role(const json_t *role, struct guild_role *out)
{
	*out = (struct guild_role){
		.position = (int)json_integer_value(json_object_get(role, "position")),
		.permissions = bits_of(role, "permissions"),
		.managed = json_is_true(json_object_get(role, "managed"))};
	return snowflake_parse(json_string_value(json_object_get(role, "id")), &out->id);
}

static bool read_roles(void *ctx, const json_t *body, struct settings_state *state)
{
	size_t count = json_array_size(body), i;
	const json_t *role;
	if (count == 0 || count > ROLES_MAX)
		return false;
	state->roles = must(talloc_array(ctx, struct guild_role, (unsigned)count));
	state->role_count = 0;
	json_array_foreach (body, i, role)
		if (read_role(role, &state->roles[state->role_count]))
			state->role_count++;
	return true;
}

/* Besace's own member. */
static bool read_self(const struct invocation *invocation, const json_t *body, struct panel *panel)
{
	const json_t *ids = json_object_get(body, "roles"), *id;
	size_t i;
	if (!json_is_array(ids) || json_array_size(ids) > ROLES_MAX)
		return false;
	struct snowflake *roles = must(talloc_zero_array(
		invocation->ctx, struct snowflake, (unsigned)json_array_size(ids) + 1));
	panel->self = (struct role_holder){.user = invocation->in->application_id, .roles = roles};
	json_array_foreach (ids, i, id)
		if (snowflake_parse(json_string_value(id), &roles[panel->self.role_count]))
			panel->self.role_count++;
	return true;
}

/* Besace's highest role, of those that are known; without one it has what everybody has. */
static void find_own_role(const struct invocation *invocation, struct panel *panel)
{
	struct settings_state *state = panel->state;
	const struct guild_role *highest = NULL;
	for (size_t i = 0; i < state->role_count; i++)
		for (size_t j = 0; j < panel->self.role_count; j++)
			if (snowflake_equal(&state->roles[i].id, &panel->self.roles[j]) &&
				(!highest || role_is_above(&state->roles[i], highest)))
				highest = &state->roles[i];
	state->own_role = highest ? highest->id : invocation->guild;
}

/* Takes in what was told of roles. False when either of both is missing. */
static bool take_roles(const struct invocation *invocation, struct panel *panel)
{
	bool roles = false, self = false;
	for (size_t i = 0; i < panel->question_count; i++) {
		const struct question *question = &panel->questions[i];
		if (question->type == QUESTION_ROLES && question->body)
			roles = read_roles(invocation->ctx, question->body, panel->state);
		if (question->type == QUESTION_SELF && question->body)
			self = read_self(invocation, question->body, panel);
		if (question->type == QUESTION_GUILD && question->body)
			(void)snowflake_parse(
				json_string_value(json_object_get(question->body, "owner_id")),
				&panel->state->owner);
	}
	panel->roles_told = roles && self;
	if (panel->roles_told)
		find_own_role(invocation, panel);
	return panel->roles_told;
}

static enum step keep_roles(struct invocation *invocation, struct panel *panel)
{
	const struct settings_state *state = panel->state;
	const struct guild_roles known = {.roles = state->roles,
		.count = state->role_count,
		.guild = invocation->guild,
		.own = state->own_role};
	panel->stage = STAGE_ROLES_KEPT;
	guild_roles_keep_call(invocation->ctx, &known, &invocation->call);
	return STEP_CALL;
}

/* ---- Asking */

static void begin(struct invocation *invocation, struct panel *panel)
{
	panel->questions = must(talloc_zero_array(invocation->ctx, struct question, QUESTIONS_MAX));
	panel->questions[0].type = QUESTION_ROLES;
	panel->questions[1].type = QUESTION_SELF;
	panel->questions[2].type = QUESTION_GUILD;
	panel->question_count = 3;
}

/* Has the questions from FIRST on asked. */
static enum step ask(
	struct invocation *invocation, struct panel *panel, size_t first, told_fn *told)
{
	invocation->questions = &panel->questions[first];
	invocation->question_count = panel->question_count - first;
	invocation->told = told;
	return STEP_QUESTION;
}

static enum step roles_told(struct invocation *invocation)
{
	struct panel *panel = invocation->own;
	if (take_roles(invocation, panel))
		return keep_roles(invocation, panel);
	return panel_change(invocation, panel);
}

enum step ask_for_roles(struct invocation *invocation, struct panel *panel)
{
	begin(invocation, panel);
	return ask(invocation, panel, 0, roles_told);
}

/* The answer about CHANNEL; NULL when it was not asked for. */
static struct question *find_channel(const struct panel *panel, const struct snowflake *channel)
{
	for (size_t i = 0; i < panel->question_count; i++)
		if (panel->questions[i].type == QUESTION_CHANNEL &&
			snowflake_equal(&panel->questions[i].channel, channel))
			return &panel->questions[i];
	return NULL;
}

static bool is_left_out(const struct panel *panel, const struct snowflake *channel)
{
	for (size_t i = 0; i < panel->left_out_count; i++)
		if (snowflake_equal(&panel->left_out[i], channel))
			return true;
	return false;
}

/* Has CHANNEL asked for, once; with MAX questions it is left out. */
static void add_channel(struct panel *panel, const struct snowflake *channel, size_t max)
{
	if (find_channel(panel, channel) || is_left_out(panel, channel))
		return;
	if (panel->question_count < max) {
		panel->questions[panel->question_count++] =
			(struct question){.type = QUESTION_CHANNEL, .channel = *channel};
		return;
	}
	panel->left_out = must(talloc_realloc(
		panel, panel->left_out, struct snowflake, (unsigned)panel->left_out_count + 1));
	panel->left_out[panel->left_out_count++] = *channel;
}

/* The same for all channels of VALUE, which leave room for the parents of threads. */
static void add_channels(struct panel *panel, const struct setting_value *value)
{
	for (size_t i = 0; i < value->id_count; i++)
		add_channel(panel, &value->ids[i], QUESTIONS_MAX - PARENTS_MAX);
}

/* The channel in which level-ups are announced, whether the guild or the operator chose it; NULL:
 * none that is always the same. */
static const char *announce_place(const struct settings_state *state)
{
	const struct setting_value *channel = &state->values[SETTING_ANNOUNCE_CHANNEL];
	const char *place = setting_get(SETTING_ANNOUNCE_PLACE)
				    ->choices[state->values[SETTING_ANNOUNCE_PLACE].number];
	if (strcmp(place, "default") == 0)
		return state->announce_channel;
	return strcmp(place, "channel") == 0 && channel->id_count > 0 ? channel->ids[0].text : NULL;
}

static bool is_announced_in(const struct settings_state *state, const struct snowflake *channel)
{
	const char *place = announce_place(state);
	return place && strcmp(place, channel->text) == 0;
}

static const json_t *find_type(const struct question *question)
{
	return json_object_get(question->body, "type");
}

static bool is_thread(const struct question *question)
{
	int64_t type = json_integer_value(find_type(question));
	return type == CHANNEL_NEWS_THREAD || type == CHANNEL_PUBLIC_THREAD ||
	       type == CHANNEL_PRIVATE_THREAD;
}

/* The channel whose permissions hold in that of QUESTION: a thread has its parent's. */
static const struct question *find_permissions(
	const struct panel *panel, const struct question *question)
{
	struct snowflake parent;
	if (!is_thread(question))
		return question;
	const char *id = json_string_value(json_object_get(question->body, "parent_id"));
	return snowflake_parse(id, &parent) ? find_channel(panel, &parent) : NULL;
}

static enum step all_told(struct invocation *invocation)
{
	struct panel *panel = invocation->own;
	if (take_roles(invocation, panel))
		return keep_roles(invocation, panel);
	panel->stage = STAGE_RETRIED;
	rewards_retry_call(invocation->ctx, &invocation->guild, &invocation->call);
	return STEP_CALL;
}

/* Once more for the parent of the thread in which is announced: its permissions hold there. Of
 * other channels only matters whether they exist. */
static enum step channels_told(struct invocation *invocation)
{
	struct panel *panel = invocation->own;
	size_t count = panel->question_count;
	struct snowflake id;
	const struct question *question = snowflake_parse(announce_place(panel->state), &id)
						  ? find_channel(panel, &id)
						  : NULL;
	if (question && is_thread(question) &&
		snowflake_parse(
			json_string_value(json_object_get(question->body, "parent_id")), &id))
		add_channel(panel, &id, QUESTIONS_MAX);
	return panel->question_count > count ? ask(invocation, panel, count, all_told)
					     : all_told(invocation);
}

enum step ask_for_all(struct invocation *invocation, struct panel *panel)
{
	const struct settings_state *state = panel->state;
	struct snowflake place;
	begin(invocation, panel);
	if (snowflake_parse(announce_place(state), &place))
		add_channel(panel, &place, QUESTIONS_MAX - PARENTS_MAX);
	add_channels(panel, &state->values[SETTING_ANNOUNCE_CHANNEL]);
	for (int game = 0; game < GAME_COUNT; game++)
		add_channels(panel, &state->games[game][GAME_SETTING_CHANNELS]);
	for (size_t i = 0; i < state->zone_count; i++)
		if (!state->zones[i].is_role)
			add_channel(panel, &state->zones[i].id, QUESTIONS_MAX - PARENTS_MAX);
	return ask(invocation, panel, 0, channels_told);
}

/* ---- Judging */

static size_t read_overwrites(const json_t *body, struct channel_overwrite *out)
{
	size_t count = 0, i;
	const json_t *each;
	json_array_foreach (json_object_get(body, "permission_overwrites"), i, each) {
		if (count == OVERWRITES_MAX)
			break;
		out[count] = (struct channel_overwrite){
			.is_role = json_integer_value(json_object_get(each, "type")) == 0,
			.allow = bits_of(each, "allow"),
			.deny = bits_of(each, "deny")};
		if (snowflake_parse(json_string_value(json_object_get(each, "id")), &out[count].id))
			count++;
	}
	return count;
}

static char *fill(const struct words *words, enum text text, const struct question *question,
	enum settings_page page, enum text permission)
{
	return text_fill(words->ctx, words->language, text, "channel",
		channel_mention(words->ctx, &question->channel), "page",
		text_get(words->language, panel_page(page)->name), "permission",
		text_get(words->language, permission), NULL);
}

/* What Besace may do in the channel of QUESTION; everything when nobody told. */
static uint64_t find_granted(const struct invocation *invocation, const struct panel *panel,
	const struct question *question)
{
	const struct question *place = find_permissions(panel, question);
	if (!panel->roles_told || !place || !place->body)
		return UINT64_MAX;
	struct channel_overwrite *overwrites =
		must(talloc_array(invocation->ctx, struct channel_overwrite, OVERWRITES_MAX));
	const struct guild_roles known = {.roles = panel->state->roles,
		.count = panel->state->role_count,
		.guild = invocation->guild};
	return channel_permissions(
		&known, &panel->self, overwrites, read_overwrites(place->body, overwrites));
}

/* The permission that is lacking in GRANTED for writing in the channel of QUESTION, TEXT_COUNT when
 * none. */
static enum text find_missing(const struct question *question, uint64_t granted)
{
	int64_t type = json_integer_value(find_type(question));
	bool thread = is_thread(question);
	if (!(granted & PERMISSION_VIEW_CHANNEL))
		return TEXT_PERMISSION_VIEW;
	if (!(granted & (thread ? PERMISSION_SEND_IN_THREADS : PERMISSION_SEND_MESSAGES)))
		return thread ? TEXT_PERMISSION_SEND_THREADS : TEXT_PERMISSION_SEND;
	/* Whoever may not join a voice channel may do nothing there, writing included. */
	if ((type == CHANNEL_VOICE || type == CHANNEL_STAGE) && !(granted & PERMISSION_CONNECT))
		return TEXT_PERMISSION_JOIN;
	return TEXT_COUNT;
}

static bool is_locked(const struct question *question)
{
	return json_is_true(
		json_object_get(json_object_get(question->body, "thread_metadata"), "locked"));
}

/* What keeps Besace from writing in the channel of QUESTION; NULL: nothing. A private thread that
 * it is not in, Discord does not show at all. */
static char *writing_problem(const struct words *words, const struct invocation *invocation,
	const struct panel *panel, const struct question *question)
{
	uint64_t granted = find_granted(invocation, panel, question);
	enum text missing = find_missing(question, granted);
	if (missing != TEXT_COUNT)
		return fill(
			words, TEXT_PROBLEM_PERMISSION, question, SETTINGS_ANNOUNCEMENTS, missing);
	if (is_locked(question) && !(granted & PERMISSION_MANAGE_THREADS))
		return fill(words, TEXT_PROBLEM_THREAD_LOCKED, question, SETTINGS_ANNOUNCEMENTS,
			TEXT_PERMISSION_VIEW);
	return NULL;
}

/* Whether the channel of QUESTION is another guild's: settings may be copied from there. */
static bool is_elsewhere(const struct invocation *invocation, const struct question *question)
{
	const char *guild = json_string_value(json_object_get(question->body, "guild_id"));
	return guild && strcmp(guild, invocation->guild.text) != 0;
}

/* What is wrong with the channel of QUESTION, which stands on PAGE; NULL: nothing. */
static char *channel_problem(const struct words *words, const struct invocation *invocation,
	const struct panel *panel, const struct question *question)
{
	bool is_place = is_announced_in(panel->state, &question->channel);
	enum settings_page page = is_place ? SETTINGS_ANNOUNCEMENTS
					   : page_of_channel(panel->state, &question->channel);
	int64_t type = json_integer_value(find_type(question));
	if (page == SETTINGS_PAGE_COUNT || is_known_gone(panel->state, &question->channel))
		return NULL;
	if (question->http == HTTP_NOT_FOUND)
		return fill(words, TEXT_PROBLEM_CHANNEL_GONE, question, page, TEXT_PERMISSION_VIEW);
	if (question->http == HTTP_FORBIDDEN)
		return fill(words, TEXT_PROBLEM_PERMISSION, question, page, TEXT_PERMISSION_VIEW);
	if (is_elsewhere(invocation, question))
		return fill(words, TEXT_PROBLEM_CHANNEL_ELSEWHERE, question, page,
			TEXT_PERMISSION_VIEW);
	if (!is_place || !question->body)
		return NULL;
	if (type == CHANNEL_FORUM || type == CHANNEL_MEDIA || type == CHANNEL_CATEGORY)
		return fill(words, TEXT_PROBLEM_CHANNEL_TYPE, question, page, TEXT_PERMISSION_VIEW);
	return writing_problem(words, invocation, panel, question);
}

/* Whether Besace may give roles at all. */
static bool gives_roles(const struct invocation *invocation, const struct panel *panel)
{
	const struct guild_roles known = {.roles = panel->state->roles,
		.count = panel->state->role_count,
		.guild = invocation->guild};
	return channel_permissions(&known, &panel->self, NULL, 0) & PERMISSION_MANAGE_ROLES;
}

/* A channel that Discord refuses to show is an answer. */
static bool is_answered(const struct question *question)
{
	return question->body ||
	       (question->type == QUESTION_CHANNEL &&
		       (question->http == HTTP_FORBIDDEN || question->http == HTTP_NOT_FOUND));
}

static char *add_left_out(const struct words *words, char *list, size_t count)
{
	return add_problem(words, list,
		text_fill(words->ctx, words->language,
			text_plural(words->language, (int64_t)count, TEXT_PROBLEM_LEFT_OUT_ONE,
				TEXT_PROBLEM_LEFT_OUT_MANY),
			"count", text_number(words->ctx, words->language, (int64_t)count), NULL));
}

char *asked_problems(const struct invocation *invocation, const struct panel *panel, char *list)
{
	struct words words = panel_words(invocation, panel);
	bool unanswered = false;
	size_t count = 0;
	for (size_t i = 0; i < panel->question_count; i++) {
		const struct question *question = &panel->questions[i];
		unanswered = unanswered || !is_answered(question);
		char *problem = question->type == QUESTION_CHANNEL
					? channel_problem(&words, invocation, panel, question)
					: NULL;
		if (problem)
			list = add_problem_of(&words, list, ++count, problem);
	}
	list = add_rest(&words, list, count);
	if (panel->roles_told && panel->state->reward_count > 0 && !gives_roles(invocation, panel))
		list = add_problem(
			&words, list, text_get(words.language, TEXT_PROBLEM_MANAGE_ROLES));
	if (unanswered)
		list = add_problem(&words, list, text_get(words.language, TEXT_PROBLEM_UNANSWERED));
	return panel->left_out_count > 0 ? add_left_out(&words, list, panel->left_out_count) : list;
}
