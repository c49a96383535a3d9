/* Reads and judges batches of events. */
#include "batch.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "batch_facts.h"
#include "batch_fields.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/document.h"
#include "besace/domain/earning.h"
#include "besace/store/members.h"

#define SOURCE_DEFAULT "0/1"

/* A member of a snapshot, before it is clear that nobody stands in it twice. */
struct batch_user {
	struct voice_state state;
	struct member_facts facts;
	size_t index;
};

/* ---- Values. Each returns NULL, or what is wrong as a sentence. */

static bool is_bot(const struct node *user)
{
	return node_is_true(node_get(user, "bot")) || node_is_true(node_get(user, "system"));
}

/* The beginning of a name that its column takes: itself, mostly. */
static const char *cut_name(void *ctx, const char *name)
{
	size_t length = utf8_prefix(name, MEMBER_MAX_NAME);
	return name[length] == '\0' ? name : must(talloc_strndup(ctx, name, length));
}

static const char *read_user(const struct batch_reading *reading, const struct node *user,
	bool name_needed, struct snowflake *out_id, const char **out_name)
{
	if (!node_is(user, NODE_OBJECT))
		return "the user is missing";
	if (!field_id(user, "id", out_id))
		return "the user's id is not a snowflake";
	if (is_bot(user))
		return "the user is a bot";
	const char *name = field_text(user, "username");
	*out_name = NULL;
	if (!name && !name_needed && !field_is_there(user, "username"))
		return NULL;
	if (!name || *name == '\0')
		return "the user's name must be a text";
	*out_name = cut_name(reading->ctx, name);
	return NULL;
}

/* What a channel stands in: its id; "" when it is null: in nothing; NULL when it is absent. False
 * when it is no snowflake. */
static bool get_above(const struct batch_reading *reading, const struct node *object,
	const char *key, const char **out)
{
	struct snowflake id;
	const struct node *value = node_get(object, key);
	*out = NULL;
	if (value && node_is(value, NODE_NULL))
		*out = "";
	if (!node_is_there(value))
		return true;
	if (!snowflake_parse(node_text(value), &id))
		return false;
	*out = must(talloc_strdup(reading->ctx, id.text));
	return true;
}

/* A channel, and what it may stand in. */
static const char *read_channel(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	if (!field_id(json, "channel_id", &out->channel))
		return "channel_id is not a snowflake";
	if (!get_above(reading, json, "parent_id", &out->parent) ||
		!get_above(reading, json, "category_id", &out->category))
		return "parent_id and category_id must be snowflakes or null";
	return NULL;
}

/* Ids separated by commas; NULL when an item is none. */
static const char *join_ids(void *ctx, const struct node *list)
{
	char *text = must(talloc_strdup(ctx, ""));
	for (const struct node *item = node_first(list); item; item = item->next) {
		struct snowflake id;
		if (!snowflake_parse(node_text(item), &id))
			return NULL;
		text = must(talloc_asprintf_append_buffer(
			text, "%s%s", *text != '\0' ? "," : "", id.text));
	}
	return text;
}

/* What else an event or an entry of a snapshot may tell of a member. */
static const char *read_facts(
	const struct batch_reading *reading, const struct node *json, struct member_facts *out)
{
	bool pending;
	const struct node *roles = node_get(json, "roles"), *joined = node_get(json, "joined_at");
	if (node_is_there(roles)) {
		out->roles = node_is(roles, NODE_LIST) ? join_ids(reading->ctx, roles) : NULL;
		if (!out->roles)
			return "roles must be a list of snowflakes";
	}
	if (node_is_there(joined)) {
		out->joined_ms = node_integer(joined);
		if (!node_is(joined, NODE_INTEGER) || out->joined_ms < SNOWFLAKE_EPOCH_MS ||
			out->joined_ms > reading->terms->signed_ms + EVENT_AHEAD_MS)
			return "joined_at must be milliseconds since 1970, not before 2015";
	}
	if (!field_flag(json, "pending", &pending))
		return "pending must be true or false";
	if (field_is_there(json, "pending"))
		out->pending = pending ? 1 : -1;
	return NULL;
}

/* ---- Types of events */

/* Discord's own time of a message; without one the event's stays. */
static const char *read_sent(
	const struct batch_reading *reading, const struct node *json, int64_t *out_ms)
{
	const struct node *sent = node_get(json, "sent");
	if (!node_is_there(sent))
		return NULL;
	if (!node_is(sent, NODE_INTEGER) || node_integer(sent) < SNOWFLAKE_EPOCH_MS)
		return "sent must be milliseconds since 1970, not before 2015";
	*out_ms = node_integer(sent);
	if (*out_ms > reading->terms->signed_ms)
		*out_ms = reading->terms->signed_ms;
	return NULL;
}

static const char *read_message(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	out->type = EVENT_MESSAGE;
	const char *why = field_guild(reading, json, &out->guild);
	if (!why)
		why = read_channel(reading, json, out);
	if (!why && field_is_there(json, "webhook_id"))
		why = "webhooks do not count";
	if (!why)
		why = read_user(
			reading, node_get(json, "user"), true, &out->user, &out->facts.name);
	if (!why)
		why = read_facts(reading, json, &out->facts);
	if (!why)
		why = read_sent(reading, json, &out->sent_ms);
	if (!why)
		out->draw = reading->terms->draw(XP_DRAWS);
	return why;
}

/* The id of a reaction without U+FE0F, raw or percent-encoded: an emoji with and without it is one,
 * and the id is what tells reactions apart. */
static const char *plain_emoji(void *ctx, const char *id)
{
	static const char raw[] = "\xef\xb8\x8f", encoded[] = "%EF%B8%8F";
	if (!strstr(id, raw) && !strcasestr(id, encoded))
		return id;
	char *plain = must(talloc_strdup(ctx, id)), *to = plain;
	for (const char *from = id; *from != '\0';) {
		if (strncmp(from, raw, strlen(raw)) == 0)
			from += strlen(raw);
		else if (strncasecmp(from, encoded, strlen(encoded)) == 0)
			from += strlen(encoded);
		else
			*to++ = *from++;
	}
	*to = '\0';
	return plain;
}

static const char *read_reaction(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	struct snowflake reactor;
	struct member_facts reactor_facts;
	out->type = EVENT_REACTION;
	const char *why = field_guild(reading, json, &out->guild);
	if (!why)
		why = read_channel(reading, json, out);
	if (!why && field_is_there(json, "webhook_id"))
		why = "webhooks do not count";
	if (!why)
		why = read_user(
			reading, node_get(json, "author"), false, &out->user, &out->facts.name);
	if (!why)
		why = read_facts(reading, json, &reactor_facts); /* not the author's: not kept */
	if (why)
		return why;
	out->id = plain_emoji(reading->ctx, out->id);
	if (!field_id(json, "message_id", &out->message))
		return "message_id is not a snowflake";
	if (!field_id(json, "reactor_id", &reactor))
		return "reactor_id is not a snowflake";
	if (is_bot(node_get(json, "reactor")))
		return "the reactor is a bot";
	if (snowflake_equal(&reactor, &out->user))
		return "reactions to one's own message do not count";
	return NULL;
}

/* Where a member is: of a voice event, or one in a snapshot, whose AFK channel is AFK. */
static const char *read_state(const struct batch_reading *reading, const struct node *json,
	const struct snowflake *afk, struct voice_state *out, struct member_facts *facts)
{
	bool deaf, mute, in_afk, suppress;
	const struct node *channel = node_get(json, "channel_id");
	if (!node_is(channel, NODE_NULL) && !field_id(json, "channel_id", &out->channel))
		return "channel_id is neither a snowflake nor null";
	if (!field_flag(json, "deaf", &deaf) || !field_flag(json, "mute", &mute) ||
		!field_flag(json, "afk", &in_afk) || !field_flag(json, "suppress", &suppress))
		return "deaf, mute, afk and suppress must be true or false";
	if (!get_above(reading, json, "category_id", &facts->category))
		return "category_id must be a snowflake or null";
	bool in = out->channel.text[0] != '\0';
	out->muted = mute;
	out->counts = in && !deaf && !in_afk && !suppress && !snowflake_equal(&out->channel, afk);
	return NULL;
}

static const char *read_voice(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	static const struct snowflake no_afk;
	struct voice_state *state = must(talloc_zero(reading->ctx, struct voice_state));
	struct member_facts *facts = must(talloc_zero(reading->ctx, struct member_facts));
	out->type = EVENT_VOICE;
	const char *why = field_guild(reading, json, &out->guild);
	if (!why)
		why = read_user(reading, node_get(json, "user"), false, &state->user, &facts->name);
	if (!why)
		why = read_facts(reading, json, facts);
	if (!why)
		why = read_state(reading, json, &no_afk, state, facts);
	out->states = state;
	out->state_facts = facts;
	out->state_count = 1;
	return why;
}

static int by_user_and_index(const void *a, const void *b)
{
	const struct batch_user *left = a, *right = b;
	int order = strcmp(left->state.user.text, right->state.user.text);
	return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Puts members into EVENT, of those named twice the last. */
static void put_states(const struct batch_reading *reading, struct batch_user *shown, size_t count,
	struct event *event)
{
	struct voice_state *states =
		must(talloc_array(reading->ctx, struct voice_state, (unsigned)count));
	struct member_facts *facts =
		must(talloc_array(reading->ctx, struct member_facts, (unsigned)count));
	qsort(shown, count, sizeof(*shown), by_user_and_index);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count &&
			snowflake_equal(&shown[i].state.user, &shown[i + 1].state.user))
			continue;
		states[event->state_count] = shown[i].state;
		facts[event->state_count++] = shown[i].facts;
	}
	event->states = states;
	event->state_facts = facts;
}

/* Bots and members who are in no channel are left out. */
static const char *read_snapshot(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	struct snowflake afk = {{0}};
	const struct node *members = node_get(json, "members");
	out->type = EVENT_VOICE;
	out->whole = true;
	const char *why = field_guild(reading, json, &out->guild);
	if (why)
		return why;
	if (field_is_there(json, "afk_channel_id") && !field_id(json, "afk_channel_id", &afk))
		return "afk_channel_id is neither a snowflake nor null";
	if (!node_is(members, NODE_LIST))
		return "members is not a list";
	struct batch_user *shown =
		must(talloc_zero_array(reading->ctx, struct batch_user, members->count));
	size_t count = 0, index = 0;
	for (const struct node *member = node_first(members); member;
		member = member->next, index++) {
		const struct node *user = node_get(member, "user");
		struct batch_user *next = &shown[count];
		if (is_bot(user))
			continue;
		*next = (struct batch_user){.index = index};
		why = read_user(reading, user, false, &next->state.user, &next->facts.name);
		if (!why)
			why = read_facts(reading, member, &next->facts);
		if (!why)
			why = read_state(reading, member, &afk, &next->state, &next->facts);
		if (why)
			return why;
		if (next->state.channel.text[0] != '\0')
			count++;
	}
	put_states(reading, shown, count, out);
	return NULL;
}

static const char *read_heartbeat(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	(void)reading;
	(void)json;
	out->type = EVENT_HEARTBEAT;
	return NULL;
}

static const char *read_join(
	const struct batch_reading *reading, const struct node *json, struct event *out)
{
	out->type = EVENT_JOIN;
	const char *why = field_guild(reading, json, &out->guild);
	if (!why)
		why = read_user(
			reading, node_get(json, "user"), true, &out->user, &out->facts.name);
	return why ? why : read_facts(reading, json, &out->facts);
}

static const struct {
	const char *type;
	const char *(*read)(
		const struct batch_reading *reading, const struct node *json, struct event *out);
} types[] = {
	{"message", read_message},
	{"reaction", read_reaction},
	{"voice", read_voice},
	{"voice_snapshot", read_snapshot},
	{"heartbeat", read_heartbeat},
	{"join", read_join},
	{"guild", batch_guild_fact},
	{"guilds", batch_guilds},
	{"gone", batch_gone},
	{"roles", batch_roles},
};

/* ---- The envelope of an event */

static bool is_good_id(const char *id)
{
	size_t length = id ? strlen(id) : 0;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)id[i] < ' ' || id[i] == '\x7f')
			return false;
	return length > 0 && length <= BATCH_MAX_ID;
}

/* The event's time. Nobody's clock is believed beyond the signature of the batch. */
static const char *read_at(const struct batch_reading *reading, const struct node *json,
	int64_t *out_ms, int64_t *out_ahead_ms)
{
	const struct node *at = node_get(json, "at");
	if (!node_is(at, NODE_INTEGER))
		return "at must be an integer";
	*out_ms = node_integer(at);
	if (*out_ms < SNOWFLAKE_EPOCH_MS) /* nothing on Discord is older */
		return "at must be milliseconds since 1970, not before 2015";
	if (*out_ms < reading->terms->now_ms - EVENT_MEMORY_MS)
		return "at is more than seven days ago";
	int64_t ahead_ms = *out_ms - reading->terms->signed_ms;
	if (ahead_ms > EVENT_AHEAD_MS)
		return "at is more than a day after the signature";
	if (ahead_ms > 0)
		*out_ms = reading->terms->signed_ms;
	if (ahead_ms > *out_ahead_ms)
		*out_ahead_ms = ahead_ms;
	return NULL;
}

static const char *read_event(const struct batch_reading *reading, const struct node *json,
	size_t index, struct event *out, int64_t *out_ahead_ms)
{
	if (!node_is(json, NODE_OBJECT))
		return "an event must be an object";
	*out = (struct event){.index = index, .id = field_text(json, "id")};
	if (is_bot(json))
		return "bots and system messages do not count";
	if (!is_good_id(out->id))
		return "id must be a text of 1 to 200 bytes";
	const char *why = read_at(reading, json, &out->at_ms, out_ahead_ms);
	if (why)
		return why;
	out->sent_ms = out->at_ms;
	const char *type = field_text(json, "type");
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
	const char *source = field_text(root, "source");
	bool good = source && *source && utf8_length(source) <= BATCH_MAX_SOURCE;
	return good ? source : NULL;
}

static void read_events(
	const struct batch_reading *reading, const struct node *events, struct batch *out)
{
	out->events = must(talloc_array(reading->ctx, struct event, events->count));
	out->refusals = must(talloc_array(reading->ctx, struct refusal, events->count));
	size_t index = 0;
	for (const struct node *json = node_first(events); json; json = json->next, index++) {
		const char *why =
			read_event(reading, json, index, &out->events[out->count], &out->ahead_ms);
		if (why)
			out->refusals[out->refusal_count++] = (struct refusal){index, why};
		else
			out->count++;
	}
}

enum status batch_parse(void *ctx, const char *json, size_t length, const struct batch_terms *terms,
	struct batch *out, char **out_why)
{
	const struct node *root;
	if (document_read(ctx, json, length, DOCUMENT_LENIENT, &root, out_why))
		return STATUS_INVALID;
	const struct node *events = node_get(root, "events");
	if (!node_is(events, NODE_LIST))
		return refuse(ctx, out_why, "\"events\" must be a list");
	if (events->count > BATCH_MAX_EVENTS)
		return refuse(ctx, out_why, "a batch holds at most %d events", BATCH_MAX_EVENTS);
	*out = (struct batch){.source = read_source(root)};
	if (!out->source)
		return refuse(ctx, out_why, "\"source\" must be a text of 1 to %d characters",
			BATCH_MAX_SOURCE);
	if (terms->source && strcmp(terms->source, out->source) != 0) {
		(void)refuse(ctx, out_why, "the key is not one of this source");
		return STATUS_DENIED;
	}
	const struct batch_reading reading = {ctx, terms};
	read_events(&reading, events, out);
	return STATUS_OK;
}

static int by_index(const void *a, const void *b)
{
	const struct refusal *left = a, *right = b;
	return (left->index > right->index) - (left->index < right->index);
}

void batch_refuse(
	void *ctx, struct batch *batch, const int64_t *places, size_t count, const char *reason)
{
	size_t kept = 0, next = 0;
	batch->refusals = must(talloc_realloc(
		ctx, batch->refusals, struct refusal, (unsigned)(batch->refusal_count + count)));
	for (size_t i = 0; i < batch->count; i++)
		if (next < count && places[next] == (int64_t)i + 1) {
			batch->refusals[batch->refusal_count++] =
				(struct refusal){batch->events[i].index, reason};
			next++;
		} else {
			batch->events[kept++] = batch->events[i];
		}
	batch->count = kept;
	qsort(batch->refusals, batch->refusal_count, sizeof(*batch->refusals), by_index);
}
