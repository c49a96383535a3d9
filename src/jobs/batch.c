/* Reads and judges batches of events. */
#include "besace/jobs/batch.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/document.h"
#include "besace/domain/earning.h"

#define SOURCE_DEFAULT "0/1"

struct reading {
	void *ctx;
	int64_t now_ms;
	draw_fn *draw;
};

/* A member of a snapshot, before it is clear that nobody stands in it twice. */
struct shown {
	struct voice_state state;
	const char *name;
	size_t index;
};

/* ---- Values. Each returns NULL, or what is wrong as a sentence. */

static const char *get_text(const struct node *object, const char *key)
{
	return node_text(node_get(object, key));
}

static bool get_id(const struct node *object, const char *key, struct snowflake *out)
{
	return snowflake_parse(get_text(object, key), out);
}

static bool is_there(const struct node *object, const char *key)
{
	return node_is_there(node_get(object, key));
}

/* A flag that may be absent. False when it is there and no boolean. */
static bool get_flag(const struct node *object, const char *key, bool *out)
{
	const struct node *value = node_get(object, key);
	*out = node_is_true(value);
	return !value || node_is(value, NODE_BOOLEAN);
}

static bool is_bot(const struct node *user)
{
	return node_is_true(node_get(user, "bot")) || node_is_true(node_get(user, "system"));
}

/* The beginning of a name that its column takes: itself, mostly. */
static const char *cut_name(void *ctx, const char *name)
{
	size_t length = utf8_prefix(name, LIMIT_USERNAME_CHARS);
	return name[length] == '\0' ? name : must(talloc_strndup(ctx, name, length));
}

static const char *read_user(const struct reading *reading, const struct node *user,
	bool name_needed, struct snowflake *out_id, const char **out_name)
{
	if (!node_is(user, NODE_OBJECT))
		return "the user is missing";
	if (!get_id(user, "id", out_id))
		return "the user's id is not a snowflake";
	if (is_bot(user))
		return "the user is a bot";
	const char *name = get_text(user, "username");
	*out_name = NULL;
	if (!name && !name_needed && !is_there(user, "username"))
		return NULL;
	if (!name || *name == '\0')
		return "the user's name must be a text";
	*out_name = cut_name(reading->ctx, name);
	return NULL;
}

static const char *read_guild(const struct node *event, struct snowflake *out_guild)
{
	if (!is_there(event, "guild_id"))
		return "direct messages do not count";
	if (!get_id(event, "guild_id", out_guild))
		return "guild_id is not a snowflake";
	return NULL;
}

static const char *read_channel(const struct node *event)
{
	struct snowflake channel;
	return get_id(event, "channel_id", &channel) ? NULL : "channel_id is not a snowflake";
}

/* ---- Types of events */

static const char *read_message(
	const struct reading *reading, const struct node *json, struct event *out)
{
	out->type = EVENT_MESSAGE;
	const char *why = read_guild(json, &out->guild);
	if (!why)
		why = read_channel(json);
	if (!why && is_there(json, "webhook_id"))
		why = "webhooks do not count";
	if (!why)
		why = read_user(reading, node_get(json, "user"), true, &out->user, &out->name);
	if (!why)
		out->xp = message_xp(reading->draw);
	return why;
}

static const char *read_reaction(
	const struct reading *reading, const struct node *json, struct event *out)
{
	struct snowflake reactor;
	out->type = EVENT_REACTION;
	const char *why = read_guild(json, &out->guild);
	if (!why)
		why = read_channel(json);
	if (!why && is_there(json, "webhook_id"))
		why = "webhooks do not count";
	if (!why)
		why = read_user(reading, node_get(json, "author"), false, &out->user, &out->name);
	if (why)
		return why;
	if (!get_id(json, "message_id", &out->message))
		return "message_id is not a snowflake";
	if (!get_id(json, "reactor_id", &reactor))
		return "reactor_id is not a snowflake";
	if (is_bot(node_get(json, "reactor")))
		return "the reactor is a bot";
	if (snowflake_equal(&reactor, &out->user))
		return "reactions to one's own message do not count";
	return NULL;
}

/* Where a member is: of a voice event, or one in a snapshot, whose AFK channel is AFK. */
static const char *read_state(
	const struct node *json, const struct snowflake *afk, struct voice_state *out)
{
	bool deaf, mute, in_afk;
	const struct node *channel = node_get(json, "channel_id");
	if (!node_is(channel, NODE_NULL) && !get_id(json, "channel_id", &out->channel))
		return "channel_id is neither a snowflake nor null";
	if (!get_flag(json, "deaf", &deaf) || !get_flag(json, "mute", &mute) ||
		!get_flag(json, "afk", &in_afk))
		return "deaf, mute and afk must be true or false";
	bool in = out->channel.text[0] != '\0';
	out->counts = in && !deaf && !in_afk && !snowflake_equal(&out->channel, afk);
	return NULL;
}

static const char *read_voice(
	const struct reading *reading, const struct node *json, struct event *out)
{
	static const struct snowflake no_afk;
	struct voice_state *state = must(talloc_zero(reading->ctx, struct voice_state));
	const char **name = must(talloc_zero(reading->ctx, const char *));
	out->type = EVENT_VOICE;
	const char *why = read_guild(json, &out->guild);
	if (!why)
		why = read_user(reading, node_get(json, "user"), true, &state->user, name);
	if (!why)
		why = read_state(json, &no_afk, state);
	out->states = state;
	out->state_names = name;
	out->state_count = 1;
	return why;
}

static int by_user_and_index(const void *a, const void *b)
{
	const struct shown *left = a, *right = b;
	int order = strcmp(left->state.user.text, right->state.user.text);
	return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Puts members into EVENT, of those named twice the last. */
static void put_states(
	const struct reading *reading, struct shown *shown, size_t count, struct event *event)
{
	struct voice_state *states =
		must(talloc_array(reading->ctx, struct voice_state, (unsigned)count));
	const char **names = must(talloc_array(reading->ctx, const char *, (unsigned)count));
	qsort(shown, count, sizeof(*shown), by_user_and_index);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count &&
			snowflake_equal(&shown[i].state.user, &shown[i + 1].state.user))
			continue;
		states[event->state_count] = shown[i].state;
		names[event->state_count++] = shown[i].name;
	}
	event->states = states;
	event->state_names = names;
}

/* Bots and members who are in no channel are left out. */
static const char *read_snapshot(
	const struct reading *reading, const struct node *json, struct event *out)
{
	struct snowflake afk = {{0}};
	const struct node *members = node_get(json, "members");
	out->type = EVENT_VOICE;
	out->whole = true;
	const char *why = read_guild(json, &out->guild);
	if (why)
		return why;
	if (is_there(json, "afk_channel_id") && !get_id(json, "afk_channel_id", &afk))
		return "afk_channel_id is neither a snowflake nor null";
	if (!node_is(members, NODE_LIST))
		return "members is not a list";
	struct shown *shown = must(talloc_zero_array(reading->ctx, struct shown, members->count));
	size_t count = 0, index = 0;
	for (const struct node *member = node_first(members); member;
		member = member->next, index++) {
		const struct node *user = node_get(member, "user");
		struct shown *next = &shown[count];
		if (is_bot(user))
			continue;
		*next = (struct shown){.index = index};
		why = read_user(reading, user, true, &next->state.user, &next->name);
		if (!why)
			why = read_state(member, &afk, &next->state);
		if (why)
			return why;
		if (next->state.channel.text[0] != '\0')
			count++;
	}
	put_states(reading, shown, count, out);
	return NULL;
}

static const char *read_heartbeat(
	const struct reading *reading, const struct node *json, struct event *out)
{
	(void)reading;
	(void)json;
	out->type = EVENT_HEARTBEAT;
	return NULL;
}

static const struct {
	const char *type;
	const char *(*read)(
		const struct reading *reading, const struct node *json, struct event *out);
} types[] = {
	{"message", read_message},
	{"reaction", read_reaction},
	{"voice", read_voice},
	{"voice_snapshot", read_snapshot},
	{"heartbeat", read_heartbeat},
};

/* ---- The envelope of an event */

static bool is_good_id(const char *id)
{
	size_t length = id ? strlen(id) : 0;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)id[i] < ' ' || id[i] == '\x7f')
			return false;
	return length > 0 && length <= LIMIT_EVENT_ID;
}

static const char *read_event(
	const struct reading *reading, const struct node *json, struct event *out)
{
	if (!node_is(json, NODE_OBJECT))
		return "an event must be an object";
	*out = (struct event){.id = get_text(json, "id")};
	if (is_bot(json))
		return "bots and system messages do not count";
	if (!is_good_id(out->id))
		return "id must be a text of 1 to 200 bytes";
	const struct node *at = node_get(json, "at");
	if (!node_is(at, NODE_INTEGER))
		return "at must be an integer";
	out->at_ms = node_integer(at);
	if (out->at_ms < SNOWFLAKE_EPOCH_MS) /* nothing on Discord is older */
		return "at must be milliseconds since 1970, not before 2015";
	if (out->at_ms > reading->now_ms + TIME_EVENT_AHEAD_MS)
		return "at is more than a day ahead";
	const char *type = get_text(json, "type");
	if (!type)
		return "type must be a text";
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].read(reading, json, out);
	return "type is not known";
}

/* ---- The batch */

PRINTF_LIKE(3, 4)
static enum status refuse(void *ctx, char **out_why, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*out_why = must(talloc_vasprintf(ctx, format, args));
	va_end(args);
	return STATUS_INVALID;
}

static const char *read_source(const struct node *root)
{
	if (!node_get(root, "source"))
		return SOURCE_DEFAULT;
	const char *source = get_text(root, "source");
	bool good = source && *source && utf8_length(source) <= LIMIT_SOURCE_CHARS;
	return good ? source : NULL;
}

static void read_events(const struct reading *reading, const struct node *events, struct batch *out)
{
	out->events = must(talloc_array(reading->ctx, struct event, events->count));
	out->refusals = must(talloc_array(reading->ctx, struct refusal, events->count));
	size_t index = 0;
	for (const struct node *json = node_first(events); json; json = json->next, index++) {
		const char *why = read_event(reading, json, &out->events[out->count]);
		if (why)
			out->refusals[out->refusal_count++] = (struct refusal){index, why};
		else
			out->count++;
	}
}

enum status batch_parse(void *ctx, const char *json, size_t length, int64_t now_ms, draw_fn *draw,
	struct batch *out, char **out_why)
{
	const struct node *root;
	if (document_read(ctx, json, length, DOCUMENT_LENIENT, &root, out_why))
		return STATUS_INVALID;
	const struct node *events = node_get(root, "events");
	if (!node_is(events, NODE_LIST))
		return refuse(ctx, out_why, "\"events\" must be a list");
	if (events->count > LIMIT_EVENTS)
		return refuse(ctx, out_why, "a batch holds at most %d events", LIMIT_EVENTS);
	*out = (struct batch){.source = read_source(root)};
	if (!out->source)
		return refuse(ctx, out_why, "\"source\" must be a text of 1 to %d characters",
			LIMIT_SOURCE_CHARS);
	const struct reading reading = {ctx, now_ms, draw};
	read_events(&reading, events, out);
	return STATUS_OK;
}
