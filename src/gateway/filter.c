/* What passes from Discord to the service: messages and reactions, and what all events share. */
#include "filter.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>

#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/base/utf8.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "dispatch.h"

/* Message types that members write: DEFAULT and REPLY; and USER_JOIN. All others are Discord's or
 * an app's. */
#define MESSAGE_DEFAULT 0
#define MESSAGE_JOIN 7
#define MESSAGE_REPLY 19
#define FLAG_EPHEMERAL 64

/* An emoji in an event id, in bytes before each becomes three: composed ones have at most 40. The
 * id then stays under the 200 bytes that the service takes. */
#define MAX_EMOJI_BYTES 50

/* A clock that is put back by less than this is waited for, so that events stay in order. One that
 * was further ahead is not: the host's, before Discord showed its time. */
#define CLOCK_BACK_MS 60000

/* The service takes a longer silence for an outage. */
#define SILENCE_MS 90000

struct filter *filter_create(const struct filter_settings *settings)
{
	struct filter *filter = must(talloc_zero(NULL, struct filter));
	filter->settings = *settings;
	unsigned char random[INSTANCE_BYTES];
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(filter->process, INSTANCE_TEXT, random, sizeof(random));
	memcpy(filter->session, filter->process, INSTANCE_TEXT);
	return filter;
}

void filter_destroy(struct filter **filter)
{
	talloc_free(*filter);
	*filter = NULL;
}

/* The session id itself is half of what is needed to take the session over: only its hash leaves.
 */
void filter_set_session(struct filter *filter, const char *session_id, const char *salt)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char *text = must(talloc_asprintf(NULL, "%s%s", session_id, salt));
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, strlen(text), NULL, 0);
	talloc_free(text);
	sodium_bin2hex(filter->session, INSTANCE_TEXT, hash, INSTANCE_BYTES);
}

/* ---- Events */

int64_t arrival_ms(struct filter *filter, int64_t now_ms)
{
	if (now_ms < filter->last_at_ms && filter->last_at_ms - now_ms < CLOCK_BACK_MS)
		return filter->last_at_ms;
	if (now_ms < filter->last_at_ms)
		filter->told_at_ms = now_ms;
	filter->last_at_ms = now_ms;
	return now_ms;
}

void event_pass(
	struct filter *filter, int64_t at_ms, const char *json, size_t length, bool complete)
{
	if (filter->told_at_ms > 0 && at_ms - filter->told_at_ms > SILENCE_MS)
		filter->silent = true;
	if (at_ms > filter->told_at_ms)
		filter->told_at_ms = at_ms;
	filter->since_all += length;
	filter->settings.emit(filter->settings.arg, json, length, complete);
}

void event_emit(struct filter *filter, int64_t at_ms, json_t *event, bool complete)
{
	char *text = must(json_dumps(must(event), JSON_COMPACT));
	event_pass(filter, at_ms, text, strlen(text), complete);
	free(text);
	json_decref(event);
}

json_t *event_create(const char *type, const char *id, int64_t at_ms)
{
	return must(json_pack("{s:s, s:s, s:I}", "id", id, "type", type, "at", (json_int_t)at_ms));
}

json_t *event_of_dispatch(const struct dispatch *dispatch, char prefix, const char *type)
{
	char id[64];
	snprintf(
		id, sizeof(id), "%c:%s:%" PRId64, prefix, dispatch->filter->session, dispatch->seq);
	return event_create(type, id, dispatch->at_ms);
}

json_t *id_json(uint64_t id)
{
	char text[SNOWFLAKE_MAX_DIGITS + 1];
	snprintf(text, sizeof(text), "%" PRIu64, id);
	return id ? json_string(text) : json_null();
}

json_t *user_json(uint64_t id, const char *name)
{
	json_t *user = json_pack("{s:o}", "id", id_json(id));
	if (name)
		json_object_set_new(
			user, "username", json_stringn(name, utf8_prefix(name, PEOPLE_MAX_NAME)));
	return user;
}

uint64_t id_at(const json_t *object, const char *key)
{
	const char *id = frame_id(object, key);
	return id ? frame_number(id) : 0;
}

static bool is_present(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return value && !json_is_null(value);
}

/* An ISO 8601 time in UTC as Discord writes it, in ms since 1970; -1 for anything else. */
static int64_t parse_time(const char *text)
{
	struct tm tm = {0};
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int64_t ms = 0, unit = 100;
	if (!rest)
		return -1;
	for (rest += *rest == '.'; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
		ms += unit * (*rest - '0');
	if (strcmp(rest, "+00:00") != 0 && strcmp(rest, "Z") != 0)
		return -1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}

void event_add_member(json_t *event, const json_t *member)
{
	const json_t *roles = json_object_get(member, "roles"),
		     *pending = json_object_get(member, "pending");
	int64_t joined_ms = parse_time(json_string_value(json_object_get(member, "joined_at")));
	if (json_is_array(roles)) {
		json_t *ids = json_array();
		size_t i;
		json_t *role;
		struct snowflake id;
		json_array_foreach (roles, i, role)
			if (snowflake_parse(json_string_value(role), &id))
				json_array_append(ids, role);
		json_object_set_new(event, "roles", ids);
	}
	if (joined_ms > 0)
		json_object_set_new(event, "joined_at", json_integer(joined_ms));
	if (json_is_boolean(pending))
		json_object_set_new(event, "pending", json_boolean(json_is_true(pending)));
}

/* Finds a channel, or has Discord asked about it. */
static bool find_channel(struct filter *filter, uint64_t guild, uint64_t id, struct channel *out)
{
	if (channel_find(filter->settings.guilds, id, out))
		return out->kind != CHANNEL_ASKED;
	if (filter->settings.ask)
		filter->settings.ask(filter->settings.arg, guild, id);
	return false;
}

void event_add_place(struct filter *filter, json_t *event, uint64_t guild, uint64_t id)
{
	struct channel channel;
	if (!find_channel(filter, guild, id, &channel))
		return;
	if (channel_is_thread(&channel)) {
		uint64_t parent = channel.parent;
		if (parent)
			json_object_set_new(event, "parent_id", id_json(parent));
		if (!parent || !find_channel(filter, guild, parent, &channel))
			return;
	}
	if (channel.parent)
		json_object_set_new(event, "category_id", id_json(channel.parent));
}

void learn(struct filter *filter, const json_t *user)
{
	struct frame_user seen;
	if (frame_user(user, &seen))
		people_learn(filter->settings.people, frame_number(seen.id), seen.name, seen.bot);
}

/* ---- Messages */

/* Everybody that a message names: its author, its mentions, the author it replies to. */
static void learn_from_message(struct filter *filter, const json_t *message)
{
	if (is_present(message, "webhook_id"))
		return; /* an author made up by the webhook */
	learn(filter, json_object_get(message, "author"));
	size_t i;
	json_t *user;
	json_array_foreach (json_object_get(message, "mentions"), i, user)
		learn(filter, user);
	const json_t *replied = json_object_get(message, "referenced_message");
	if (!is_present(replied, "webhook_id"))
		learn(filter, json_object_get(replied, "author"));
}

static bool message_counts(const json_t *message)
{
	json_int_t type = json_integer_value(json_object_get(message, "type"));
	json_int_t flags = json_integer_value(json_object_get(message, "flags"));
	return (type == MESSAGE_DEFAULT || type == MESSAGE_REPLY) && !(flags & FLAG_EPHEMERAL) &&
	       is_present(message, "member");
}

/* The event of a message that says ID: what a member wrote, or that they joined. NULL: neither. */
static json_t *message_event(struct dispatch *dispatch, const char *id, const char *guild,
	const struct frame_user *author)
{
	const json_t *message = dispatch->data;
	const char *channel = frame_id(message, "channel_id");
	bool joins = json_integer_value(json_object_get(message, "type")) == MESSAGE_JOIN;
	struct snowflake moment;
	char event_id[32];
	if (!channel || is_present(message, "webhook_id") || (!joins && !message_counts(message)))
		return NULL;
	(void)snowflake_parse(id, &moment); /* frame_id has checked it */
	int64_t sent_ms = snowflake_time_ms(&moment);
	snprintf(event_id, sizeof(event_id), "%c:%s", joins ? 'j' : 'm', id);
	json_t *event = event_create(joins ? "join" : "message", event_id, dispatch->at_ms);
	json_object_set_new(event, "guild_id", json_string(guild));
	json_object_set_new(event, "user", user_json(frame_number(author->id), author->name));
	event_add_member(event, json_object_get(message, "member"));
	if (!joins) {
		json_object_set_new(event, "sent", json_integer(sent_ms));
		json_object_set_new(event, "channel_id", json_string(channel));
		event_add_place(
			dispatch->filter, event, frame_number(guild), frame_number(channel));
	} else if (!is_present(event, "joined_at")) {
		json_object_set_new(event, "joined_at", json_integer(sent_ms));
	}
	return event;
}

static void on_message(struct dispatch *dispatch)
{
	const json_t *message = dispatch->data;
	const char *id = frame_id(message, "id"), *guild = frame_id(message, "guild_id");
	struct frame_user author;
	learn_from_message(dispatch->filter, message);
	if (!id || !guild || !frame_user(json_object_get(message, "author"), &author) || author.bot)
		return;
	json_t *event = message_event(dispatch, id, guild, &author);
	if (event)
		event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

/* ---- Reactions */

/* What tells one emoji from another in an event id: the id of a custom one, since it can be
 * renamed, else the character itself, percent-encoded. NULL when there is neither. */
static char *emoji_key(void *ctx, const json_t *emoji)
{
	const char *id = frame_id(emoji, "id");
	if (id)
		return must(talloc_strdup(ctx, id));
	const char *name = json_string_value(json_object_get(emoji, "name"));
	if (!name || *name == '\0' || strlen(name) > MAX_EMOJI_BYTES)
		return NULL;
	char *key = must(talloc_size(ctx, 3 * strlen(name) + 1)), *out = key;
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || strchr("-._~", c);
		out += plain ? snprintf(out, 2, "%c", c) : snprintf(out, 4, "%%%02X", c);
	}
	return key;
}

/* Whether the event itself or an earlier one says that the reactor is a bot. */
static bool reactor_is_bot(struct filter *filter, const json_t *reaction, uint64_t reactor)
{
	const json_t *user = json_object_get(json_object_get(reaction, "member"), "user");
	struct known_user known;
	struct frame_user seen;
	if (frame_user(user, &seen))
		return seen.bot;
	return people_find(filter->settings.people, reactor, &known) && known.bot;
}

static void emit_reaction(struct dispatch *dispatch, const char *emoji, uint64_t author,
	const struct known_user *known)
{
	const json_t *data = dispatch->data;
	const char *message = frame_id(data, "message_id"), *reactor = frame_id(data, "user_id");
	uint64_t guild = id_at(data, "guild_id"), channel = id_at(data, "channel_id");
	char *id = must(talloc_asprintf(NULL, "r:%s:%s:%s", message, reactor, emoji));
	json_t *event = event_create("reaction", id, dispatch->at_ms);
	json_object_set_new(event, "guild_id", id_json(guild));
	json_object_set_new(event, "channel_id", id_json(channel));
	json_object_set_new(event, "message_id", json_string(message));
	json_object_set_new(event, "author", user_json(author, known ? known->name : NULL));
	json_object_set_new(event, "reactor_id", json_string(reactor));
	event_add_member(event, json_object_get(data, "member"));
	event_add_place(dispatch->filter, event, guild, channel);
	event_emit(dispatch->filter, dispatch->at_ms, event, known != NULL);
	talloc_free(id);
}

static void on_reaction(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const json_t *data = dispatch->data;
	uint64_t reactor = id_at(data, "user_id"), author = id_at(data, "message_author_id");
	learn(filter, json_object_get(json_object_get(data, "member"), "user"));
	if (!id_at(data, "guild_id") || !id_at(data, "channel_id") || !id_at(data, "message_id") ||
		!reactor || reactor == author || reactor_is_bot(filter, data, reactor))
		return;
	if (!author) { /* a webhook's message, mostly; Discord leaves it out of others as well */
		log_debug(LOG_TEXT("reaction not forwarded: Discord does not name the author"));
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_UNATTRIBUTED, 1);
		return;
	}
	struct known_user known;
	bool is_known = people_find(filter->settings.people, author, &known);
	char *emoji = emoji_key(NULL, json_object_get(data, "emoji"));
	if (emoji && !(is_known && known.bot))
		emit_reaction(dispatch, emoji, author, is_known ? &known : NULL);
	talloc_free(emoji);
}

/* ---- All dispatches */

static const struct {
	const char *type;
	void (*handle)(struct dispatch *dispatch);
} handlers[] = {
	{"MESSAGE_CREATE", on_message},
	{"MESSAGE_REACTION_ADD", on_reaction},
	{"VOICE_STATE_UPDATE", on_voice},
	{"GUILD_CREATE", on_guild_create},
	{"GUILD_UPDATE", on_guild_update},
	{"GUILD_DELETE", on_guild_delete},
	{"GUILD_ROLE_CREATE", on_role},
	{"GUILD_ROLE_UPDATE", on_role},
	{"GUILD_ROLE_DELETE", on_role_delete},
	{"GUILD_MEMBER_UPDATE", on_member_update},
	{"CHANNEL_CREATE", on_channel},
	{"CHANNEL_UPDATE", on_channel},
	{"CHANNEL_DELETE", on_channel_delete},
	{"THREAD_CREATE", on_channel},
	{"THREAD_UPDATE", on_channel},
	{"THREAD_DELETE", on_channel_delete},
	{"THREAD_LIST_SYNC", on_thread_list},
	{"READY", on_ready},
	{"RESUMED", on_resumed},
};

void filter_dispatch(
	struct filter *filter, const char *type, int64_t seq, const json_t *data, int64_t now_ms)
{
	struct dispatch dispatch = {
		.filter = filter, .data = data, .seq = seq, .at_ms = arrival_ms(filter, now_ms)};
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (strcmp(type, handlers[i].type) == 0)
			handlers[i].handle(&dispatch);
}
