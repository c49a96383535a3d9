/* What passes from Discord to the service: messages and reactions, and what all events share. */
#include "filter.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/base/utf8.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"
#include "dispatch.h"

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
		filter->emitted_at_ms = now_ms;
	filter->last_at_ms = now_ms;
	return now_ms;
}

void event_pass(
	struct filter *filter, int64_t at_ms, const char *json, size_t length, bool complete)
{
	if (filter->emitted_at_ms > 0 && at_ms - filter->emitted_at_ms > SILENCE_MS)
		filter->silent = true;
	if (at_ms > filter->emitted_at_ms)
		filter->emitted_at_ms = at_ms;
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

json_t *event_at(const char *type, const char *id, int64_t at_ms)
{
	return must(json_pack("{s:s, s:s, s:I}", "id", id, "type", type, "at", (json_int_t)at_ms));
}

json_t *event_create(const char *type, const char *id, const struct dispatch *dispatch)
{
	json_t *event = event_at(type, id, dispatch->at_ms);
	if (dispatch->guild)
		json_object_set_new(event, "guild_id", id_json(dispatch->guild));
	return event;
}

json_t *event_of_dispatch(const struct dispatch *dispatch, char prefix, const char *type)
{
	char id[64];
	snprintf(
		id, sizeof(id), "%c:%s:%" PRId64, prefix, dispatch->filter->session, dispatch->seq);
	return event_create(type, id, dispatch);
}

json_t *id_json(uint64_t id)
{
	char text[SNOWFLAKE_MAX_DIGITS + 1];
	snprintf(text, sizeof(text), "%" PRIu64, id);
	return id ? json_string(text) : json_null();
}

json_t *ids_json(const struct node *list, const char *key)
{
	json_t *ids = json_array();
	for (const struct node *one = node_first(list); one; one = one->next) {
		uint64_t id = frame_id_of(key ? node_get(one, key) : one);
		if (id)
			json_array_append_new(ids, id_json(id));
	}
	return ids;
}

json_t *user_json(uint64_t id, const char *name)
{
	json_t *user = json_pack("{s:o}", "id", id_json(id));
	if (name)
		json_object_set_new(
			user, "username", json_stringn(name, utf8_prefix(name, USERS_MAX_NAME)));
	return user;
}

void event_add_member(json_t *event, const struct node *member)
{
	const struct node *roles = node_get(member, "roles"),
			  *pending = node_get(member, "pending");
	int64_t joined_ms = frame_time_ms(member, "joined_at");
	if (node_is(roles, NODE_LIST))
		json_object_set_new(event, "roles", ids_json(roles, NULL));
	if (joined_ms > 0)
		json_object_set_new(event, "joined_at", json_integer(joined_ms));
	if (node_is(pending, NODE_BOOLEAN))
		json_object_set_new(event, "pending", json_boolean(node_is_true(pending)));
}

/* Finds a channel, or has Discord asked about it. */
static bool find_channel(const struct dispatch *dispatch, uint64_t id, struct channel *out)
{
	const struct filter_settings *settings = &dispatch->filter->settings;
	if (channel_find(settings->guilds, id, out))
		return out->kind != CHANNEL_ASKED;
	if (settings->ask)
		settings->ask(settings->arg, dispatch->guild, id);
	return false;
}

void event_add_place(const struct dispatch *dispatch, json_t *event, uint64_t id)
{
	struct channel channel;
	if (!find_channel(dispatch, id, &channel))
		return;
	if (channel_is_thread(&channel)) {
		uint64_t parent = channel.parent;
		if (parent)
			json_object_set_new(event, "parent_id", id_json(parent));
		if (!parent || !find_channel(dispatch, parent, &channel))
			return;
	}
	/* That it is in none is said as well: it may have been in one before. */
	json_object_set_new(event, "category_id", id_json(channel.parent));
}

void learn(struct filter *filter, const struct node *user)
{
	struct frame_user seen;
	if (frame_user(user, &seen))
		user_learn(filter->settings.guilds, seen.id, seen.bot ? USER_BOT : USER_HUMAN,
			seen.name);
}

/* ---- Messages */

/* Learns from a message its author, those it mentions, the author it replies to. */
static void learn_from_message(struct filter *filter, const struct node *message)
{
	if (frame_is_webhooks(message))
		return;
	learn(filter, node_get(message, "author"));
	const struct node *user = node_first(node_get(message, "mentions"));
	for (; user; user = user->next)
		learn(filter, user);
	const struct node *replied = node_get(message, "referenced_message");
	if (!frame_is_webhooks(replied))
		learn(filter, node_get(replied, "author"));
}

static void on_message(struct dispatch *dispatch)
{
	struct frame_message message;
	char id[32];
	learn_from_message(dispatch->filter, dispatch->data);
	enum frame_message_kind kind = frame_message(dispatch->data, &message);
	if (kind == FRAME_OTHER)
		return;
	bool joins = kind == FRAME_JOIN;
	snprintf(id, sizeof(id), "%c:%" PRIu64, joins ? 'j' : 'm', message.id);
	json_t *event = event_create(joins ? "join" : "message", id, dispatch);
	json_object_set_new(event, "user", user_json(message.author.id, message.author.name));
	event_add_member(event, message.member);
	if (!joins) {
		json_object_set_new(event, "sent", json_integer(message.sent_ms));
		json_object_set_new(event, "channel_id", id_json(message.channel));
		event_add_place(dispatch, event, message.channel);
	} else if (!json_object_get(event, "joined_at")) {
		json_object_set_new(event, "joined_at", json_integer(message.sent_ms));
	}
	event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

/* ---- Reactions */

/* NAME is that of the author, when it is known. */
static void emit_reaction(
	struct dispatch *dispatch, const struct frame_reaction *reaction, const char *name)
{
	char *id = must(talloc_asprintf(NULL, "r:%" PRIu64 ":%" PRIu64 ":%s", reaction->message,
		reaction->reactor, reaction->emoji));
	json_t *event = event_create("reaction", id, dispatch);
	json_object_set_new(event, "channel_id", id_json(reaction->channel));
	json_object_set_new(event, "message_id", id_json(reaction->message));
	json_object_set_new(event, "author", user_json(reaction->author, name));
	json_object_set_new(event, "reactor_id", id_json(reaction->reactor));
	event_add_member(event, node_get(dispatch->data, "member"));
	event_add_place(dispatch, event, reaction->channel);
	event_emit(dispatch->filter, dispatch->at_ms, event, name != NULL);
	talloc_free(id);
}

static void on_reaction(struct dispatch *dispatch)
{
	struct guilds *guilds = dispatch->filter->settings.guilds;
	struct frame_reaction reaction;
	learn(dispatch->filter, node_get(node_get(dispatch->data, "member"), "user"));
	if (!frame_reaction(dispatch->data, &reaction) || reaction.reactor == reaction.author)
		return;
	void *ctx = must(talloc_new(NULL));
	char *name;
	bool by_bot = user_find(guilds, ctx, reaction.reactor, &name) == USER_BOT;
	if (!by_bot && !reaction.author) { /* a webhook's message, mostly, but not only */
		log_debug(LOG_TEXT("reaction not forwarded: Discord does not name the author"));
		metrics_add(METRIC_SHIM_EVENTS, SHIM_EVENT_UNATTRIBUTED, 1);
	} else if (!by_bot && user_find(guilds, ctx, reaction.author, &name) != USER_BOT) {
		emit_reaction(dispatch, &reaction, name);
	}
	talloc_free(ctx);
}

/* ---- All dispatches */

/* Where a dispatch says its guild; one that does not say it is dropped. NULL: it has none. */
static const char in_guild[] = "guild_id", is_guild[] = "id";

static const struct {
	const char *type, *guild;
	void (*handle)(struct dispatch *dispatch);
} handlers[] = {
	{"MESSAGE_CREATE", in_guild, on_message},
	{"MESSAGE_REACTION_ADD", in_guild, on_reaction},
	{"VOICE_STATE_UPDATE", in_guild, on_voice},
	{"GUILD_CREATE", is_guild, on_guild_create},
	{"GUILD_UPDATE", is_guild, on_guild_update},
	{"GUILD_DELETE", is_guild, on_guild_delete},
	{"GUILD_ROLE_CREATE", in_guild, on_role},
	{"GUILD_ROLE_UPDATE", in_guild, on_role},
	{"GUILD_ROLE_DELETE", in_guild, on_role_delete},
	{"GUILD_MEMBER_UPDATE", in_guild, on_member_update},
	{"CHANNEL_CREATE", in_guild, on_channel},
	{"CHANNEL_UPDATE", in_guild, on_channel},
	{"CHANNEL_DELETE", in_guild, on_channel_delete},
	{"THREAD_CREATE", in_guild, on_channel},
	{"THREAD_UPDATE", in_guild, on_channel},
	{"THREAD_DELETE", in_guild, on_channel_delete},
	{"THREAD_LIST_SYNC", in_guild, on_thread_list},
	{"READY", NULL, on_ready},
	{"RESUMED", NULL, on_resumed},
};

void filter_dispatch(struct filter *filter, const struct frame *frame, int64_t now_ms)
{
	struct dispatch dispatch = {.filter = filter,
		.data = frame->data,
		.seq = frame->seq,
		.at_ms = arrival_ms(filter, now_ms)};
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
		if (strcmp(frame->type, handlers[i].type) != 0)
			continue;
		if (handlers[i].guild)
			dispatch.guild = frame_id(frame->data, handlers[i].guild);
		if (dispatch.guild || !handlers[i].guild)
			handlers[i].handle(&dispatch);
		return;
	}
}
