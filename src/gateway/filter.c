/* What passes from Discord to the service, and in which shape. */
#include "filter.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/base/utf8.h"
#include "besace/runtime/log.h"
#include "bounds.h"
#include "frame.h"

/* Message types that members write: DEFAULT and REPLY. All others are Discord's or an app's. */
#define MESSAGE_DEFAULT 0
#define MESSAGE_REPLY 19
#define FLAG_EPHEMERAL 64

/* An emoji in an event id, in bytes before each becomes three: composed ones have at most 40. The
 * id then stays under the 200 bytes that the service takes. */
#define EMOJI_BYTES_MOST 50

/* A clock that was set back by less than this is waited for, so that events stay in order. */
#define CLOCK_BACK_MS 60000

/* The service takes a longer silence for an outage. */
#define SILENCE_MS 90000

/* Eight random or hashed bytes in hexadecimal. */
#define INSTANCE_BYTES 8
#define INSTANCE_TEXT (2 * INSTANCE_BYTES + 1)

struct filter {
	struct people *people;
	struct voice *voice;
	filter_emit_fn *emit;
	void *arg;
	char process[INSTANCE_TEXT]; /* names this run: for events that Discord did not cause */
	char session[INSTANCE_TEXT]; /* names the session: for events that a dispatch caused */
	uint64_t counter; /* of events named after the run */
	int64_t last_at_ms;
	int64_t told_at_ms; /* the latest time of what was emitted; 0: none yet */
	bool silent; /* longer than SILENCE_MS, and guilds were not told of since */
	bool lost; /* events, and guilds were not told of since */
	uint64_t since_all; /* bytes emitted since all guilds were told of */
	uint64_t all_bytes; /* that this took */
	bool said_full;
};

/* A dispatch on its way through the filter. */
struct dispatch {
	struct filter *filter;
	const json_t *data;
	int64_t seq;
	int64_t at_ms; /* of its arrival */
};

struct id_text {
	char text[LIMIT_SNOWFLAKE_DIGITS + 1];
};

static struct id_text id_text(uint64_t id)
{
	struct id_text out;
	snprintf(out.text, sizeof(out.text), "%" PRIu64, id);
	return out;
}

struct filter *filter_create(
	struct people *people, struct voice *voice, filter_emit_fn *emit, void *arg)
{
	struct filter *filter = must(talloc_zero(NULL, struct filter));
	filter->people = people;
	filter->voice = voice;
	filter->emit = emit;
	filter->arg = arg;
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
void filter_set_session(struct filter *filter, const char *session_id)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash(
		hash, sizeof(hash), (const unsigned char *)session_id, strlen(session_id), NULL, 0);
	sodium_bin2hex(filter->session, INSTANCE_TEXT, hash, INSTANCE_BYTES);
}

/* Times of arrival never go back within a run, though the clock may be set back a little. */
static int64_t settle(struct filter *filter, int64_t now_ms)
{
	if (now_ms < filter->last_at_ms && filter->last_at_ms - now_ms < CLOCK_BACK_MS)
		return filter->last_at_ms;
	filter->last_at_ms = now_ms;
	return now_ms;
}

/* Passes on an event of the time AT_MS. */
static void pass(
	struct filter *filter, int64_t at_ms, const char *json, size_t length, bool author_known)
{
	if (filter->told_at_ms > 0 && at_ms - filter->told_at_ms > SILENCE_MS)
		filter->silent = true;
	if (at_ms > filter->told_at_ms)
		filter->told_at_ms = at_ms;
	filter->since_all += length;
	filter->emit(filter->arg, json, length, author_known);
}

/* Emits EVENT and gives it back. */
static void emit(struct filter *filter, int64_t at_ms, json_t *event, bool author_known)
{
	char *text = must(json_dumps(must(event), JSON_COMPACT));
	pass(filter, at_ms, text, strlen(text), author_known);
	free(text);
	json_decref(event);
}

/* The name as the service stores it: no longer than the column. */
static json_t *name_json(const char *name)
{
	return json_stringn(name, utf8_prefix(name, LIMIT_USERNAME_CHARS));
}

static void learn(struct filter *filter, const json_t *user)
{
	struct frame_user seen;
	if (frame_user(user, &seen))
		people_learn(filter->people, frame_number(seen.id), seen.name, seen.bot);
}

static bool is_present(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return value && !json_is_null(value);
}

/* Everybody that a message names: its author, who is mentioned, who is replied to. */
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
	       !is_present(message, "webhook_id") && is_present(message, "member");
}

static void on_message(struct dispatch *dispatch)
{
	const json_t *message = dispatch->data;
	const char *id = frame_id(message, "id"), *guild = frame_id(message, "guild_id"),
		   *channel = frame_id(message, "channel_id");
	struct frame_user author;
	struct snowflake moment;
	learn_from_message(dispatch->filter, message);
	if (!id || !guild || !channel || !message_counts(message) ||
		!frame_user(json_object_get(message, "author"), &author) || author.bot)
		return;
	(void)snowflake_parse(id, &moment); /* frame_id has checked it */
	int64_t at_ms = snowflake_time_ms(&moment);
	char *event_id = must(talloc_asprintf(NULL, "m:%s", id));
	emit(dispatch->filter, at_ms,
		json_pack("{s:s, s:s, s:I, s:s, s:s, s:{s:s, s:o}}", "id", event_id, "type",
			"message", "at", (json_int_t)at_ms, "guild_id", guild, "channel_id",
			channel, "user", "id", author.id, "username", name_json(author.name)),
		true);
	talloc_free(event_id);
}

/* What tells one emoji from another in an event id: the id of a custom one, since it can be
 * renamed, else the character itself, percent-encoded. NULL when there is neither. */
static char *emoji_key(void *ctx, const json_t *emoji)
{
	const char *id = frame_id(emoji, "id");
	if (id)
		return must(talloc_strdup(ctx, id));
	const char *name = json_string_value(json_object_get(emoji, "name"));
	if (!name || *name == '\0' || strlen(name) > EMOJI_BYTES_MOST)
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
static bool reactor_is_bot(struct filter *filter, const json_t *reaction, const char *reactor)
{
	const json_t *user = json_object_get(json_object_get(reaction, "member"), "user");
	struct person known;
	struct frame_user seen;
	if (frame_user(user, &seen))
		return seen.bot;
	return people_find(filter->people, frame_number(reactor), &known) && known.bot;
}

static void on_reaction(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const json_t *data = dispatch->data;
	const char *guild = frame_id(data, "guild_id"), *channel = frame_id(data, "channel_id"),
		   *message = frame_id(data, "message_id"), *reactor = frame_id(data, "user_id"),
		   *author = frame_id(data, "message_author_id");
	learn(filter, json_object_get(json_object_get(data, "member"), "user"));
	/* Without an author it is a webhook's message. */
	if (!guild || !channel || !message || !reactor || !author || strcmp(reactor, author) == 0 ||
		reactor_is_bot(filter, data, reactor))
		return;
	struct person known;
	bool author_known = people_find(filter->people, frame_number(author), &known);
	void *ctx = must(talloc_new(NULL));
	char *emoji = emoji_key(ctx, json_object_get(data, "emoji"));
	if (emoji && !(author_known && known.bot)) {
		json_t *whose = json_pack("{s:s}", "id", author);
		if (author_known)
			json_object_set_new(whose, "username", name_json(known.name));
		const char *id = must(talloc_asprintf(ctx, "r:%s:%s:%s", message, reactor, emoji));
		emit(filter, dispatch->at_ms,
			json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:o, s:s}", "id", id, "type",
				"reaction", "at", (json_int_t)dispatch->at_ms, "guild_id", guild,
				"channel_id", channel, "message_id", message, "author", whose,
				"reactor_id", reactor),
			author_known);
	}
	talloc_free(ctx);
}

static json_t *member_json(const struct voice_member *member)
{
	return json_pack("{s:{s:s, s:o}, s:s, s:b, s:b}", "user", "id", id_text(member->user).text,
		"username", name_json(member->name), "channel_id", id_text(member->channel).text,
		"deaf", member->deaf, "mute", member->mute);
}

/* JSON text as it grows. */
struct text {
	char *bytes;
	size_t used, size;
};

static int text_add(const char *bytes, size_t length, void *arg)
{
	struct text *text = arg;
	size_t size = text->size ? text->size : 4096;
	while (size < text->used + length)
		size *= 2;
	if (size > text->size)
		text->bytes = must(realloc(text->bytes, size));
	text->size = size;
	memcpy(text->bytes + text->used, bytes, length);
	text->used += length;
	return 0;
}

static void text_add_json(struct text *text, json_t *value)
{
	json_dump_callback(must(value), text_add, text, JSON_COMPACT);
	json_decref(value);
}

/* A snapshot without its members; without ID it is for filter_recall only. */
static json_t *head_json(const struct filter *filter, uint64_t guild, const char *id, int64_t at_ms)
{
	uint64_t afk = voice_afk(filter->voice, guild);
	json_t *event = id ? json_pack("{s:s, s:s, s:I}", "id", id, "type", "voice_snapshot", "at",
				     (json_int_t)at_ms)
			   : json_pack("{s:s}", "type", "voice_snapshot");
	json_object_set_new(event, "guild_id", json_string(id_text(guild).text));
	json_object_set_new(
		event, "afk_channel_id", afk ? json_string(id_text(afk).text) : json_null());
	return event;
}

/* Adds all members, or as many as fit into an event; returns how many. One after the other: as one
 * JSON value they would take ten times what their text takes. */
static size_t add_members(const struct filter *filter, uint64_t guild, struct text *text)
{
	size_t all = voice_member_count(filter->voice, guild);
	for (size_t i = 0; i < all; i++) {
		struct voice_member member;
		size_t before = text->used;
		voice_member_at(filter->voice, guild, i, &member);
		if (i > 0)
			text_add(",", 1, text);
		text_add_json(text, member_json(&member));
		if (text->used + strlen("]}") > LIMIT_EVENT_BYTES) {
			text->used = before;
			return i;
		}
	}
	return all;
}

static struct text snapshot_text(
	const struct filter *filter, uint64_t guild, const char *id, int64_t at_ms)
{
	static const char key[] = ",\"members\":[";
	struct text text = {0};
	text_add_json(&text, head_json(filter, guild, id, at_ms));
	text.used--; /* its closing brace */
	text_add(key, sizeof(key) - 1, &text);
	size_t all = voice_member_count(filter->voice, guild);
	size_t kept = add_members(filter, guild, &text);
	text_add("]}", sizeof("]}"), &text);
	text.used--; /* the NUL */
	if (kept < all)
		log_error(LOG_TEXT("snapshot cut: too many members in voice"),
			LOG_STR("guild", id_text(guild).text), LOG_INT("members", (int64_t)all),
			LOG_INT("kept", (int64_t)kept));
	return text;
}

static void emit_snapshot(struct filter *filter, uint64_t guild, const char *id, int64_t at_ms)
{
	struct text text = snapshot_text(filter, guild, id, at_ms);
	pass(filter, at_ms, text.bytes, text.used, true);
	free(text.bytes);
}

/* A snapshot that DISPATCH caused; one a dispatch, so that its number names it. */
static void snapshot_of_dispatch(const struct dispatch *dispatch, uint64_t guild)
{
	char *id = must(
		talloc_asprintf(NULL, "s:%s:%" PRId64, dispatch->filter->session, dispatch->seq));
	emit_snapshot(dispatch->filter, guild, id, dispatch->at_ms);
	talloc_free(id);
}

/* A snapshot for reasons of our own: the connection is back, a guild is gone. */
static void snapshot_of_run(struct filter *filter, uint64_t guild, int64_t at_ms)
{
	char *id = must(talloc_asprintf(NULL, "s:%s:%" PRIu64, filter->process, ++filter->counter));
	emit_snapshot(filter, guild, id, at_ms);
	talloc_free(id);
}

/* What was missed so far is told, or will be by what the session begins with. */
static void forgive(struct filter *filter, int64_t at_ms)
{
	filter->silent = filter->lost = false;
	if (at_ms > filter->told_at_ms)
		filter->told_at_ms = at_ms;
}

static void tell_of_all(struct filter *filter, int64_t at_ms)
{
	filter->since_all = 0;
	for (size_t i = 0; i < voice_guild_count(filter->voice); i++)
		snapshot_of_run(filter, voice_guild_at(filter->voice, i), at_ms);
	filter->all_bytes = filter->since_all;
	filter->since_all = 0;
	forgive(filter, at_ms);
}

static void say_full(struct filter *filter)
{
	if (filter->said_full)
		return;
	filter->said_full = true;
	log_error(LOG_TEXT("voice cache full: later members miss from snapshots; use more shards"),
		LOG_INT("guilds", (int64_t)voice_guild_count(filter->voice)),
		LOG_INT("members", (int64_t)voice_total(filter->voice)));
}

static void remember(struct filter *filter, uint64_t guild, const struct voice_member *member)
{
	if (voice_set(filter->voice, guild, member) != STATUS_OK)
		say_full(filter);
}

/* A voice state of Discord's, with its member's name borrowed from the JSON or from KNOWN. False
 * for bots and for users whom nothing names, not even where they sat in GUILD. */
static bool read_state(struct filter *filter, uint64_t guild, const json_t *state,
	const json_t *user, struct person *known, struct voice_member *out)
{
	const char *id = frame_id(state, "user_id"), *channel = frame_id(state, "channel_id");
	struct frame_user seen;
	if (!id)
		return false;
	*out = (struct voice_member){.user = frame_number(id),
		.channel = channel ? frame_number(channel) : 0,
		.deaf = frame_true(state, "deaf") || frame_true(state, "self_deaf"),
		.mute = frame_true(state, "mute") || frame_true(state, "self_mute")};
	if (frame_user(user, &seen)) {
		out->name = seen.name;
		return !seen.bot;
	}
	out->name = known->name;
	if (people_find(filter->people, out->user, known))
		return !known->bot;
	struct voice_member before;
	if (!voice_find(filter->voice, guild, out->user, &before))
		return false;
	snprintf(known->name, sizeof(known->name), "%s", before.name);
	return true;
}

static void emit_voice(
	const struct dispatch *dispatch, uint64_t guild, const struct voice_member *member)
{
	struct filter *filter = dispatch->filter;
	char *id = must(talloc_asprintf(NULL, "v:%s:%" PRId64, filter->session, dispatch->seq));
	json_t *event = json_pack("{s:s, s:s, s:I, s:s, s:{s:s, s:o}}", "id", id, "type", "voice",
		"at", (json_int_t)dispatch->at_ms, "guild_id", id_text(guild).text, "user", "id",
		id_text(member->user).text, "username", name_json(member->name));
	if (member->channel) {
		json_object_set_new(
			event, "channel_id", json_string(id_text(member->channel).text));
		json_object_set_new(event, "deaf", json_boolean(member->deaf));
		json_object_set_new(event, "mute", json_boolean(member->mute));
		if (member->channel == voice_afk(filter->voice, guild))
			json_object_set_new(event, "afk", json_true());
	} else {
		json_object_set_new(event, "channel_id", json_null());
	}
	emit(filter, dispatch->at_ms, event, true);
	talloc_free(id);
}

/* Discord also tells of cameras and streams: only what the service looks at is passed on. */
static bool is_news(const struct filter *filter, uint64_t guild, const struct voice_member *now)
{
	struct voice_member before;
	if (!voice_find(filter->voice, guild, now->user, &before))
		return true;
	return before.channel != now->channel || before.deaf != now->deaf ||
	       before.mute != now->mute;
}

static void on_voice(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const char *guild_id = frame_id(dispatch->data, "guild_id");
	const json_t *user = json_object_get(json_object_get(dispatch->data, "member"), "user");
	struct voice_member member;
	struct person known;
	learn(filter, user);
	uint64_t guild = guild_id ? frame_number(guild_id) : 0;
	if (!guild_id || !read_state(filter, guild, dispatch->data, user, &known, &member))
		return;
	bool news = is_news(filter, guild, &member);
	if (member.channel)
		remember(filter, guild, &member);
	else
		voice_leave(filter->voice, guild, member.user);
	if (news)
		emit_voice(dispatch, guild, &member);
}

/* Objects of a JSON array, sorted by the id of the user they belong to. */
struct keyed {
	uint64_t user;
	const json_t *object;
};

static int by_user(const void *a, const void *b)
{
	uint64_t left = ((const struct keyed *)a)->user, right = ((const struct keyed *)b)->user;
	return (left > right) - (left < right);
}

static struct keyed *sort_by_user(
	void *ctx, const json_t *array, const char *(*id_of)(const json_t *), size_t *out_count)
{
	struct keyed *keyed =
		must(talloc_array(ctx, struct keyed, (unsigned)json_array_size(array) + 1));
	size_t i, count = 0;
	json_t *object;
	json_array_foreach (array, i, object) {
		const char *id = id_of(object);
		if (id)
			keyed[count++] = (struct keyed){frame_number(id), object};
	}
	qsort(keyed, count, sizeof(*keyed), by_user);
	*out_count = count;
	return keyed;
}

static const char *id_of_state(const json_t *state)
{
	return frame_id(state, "user_id");
}

static const char *id_of_member(const json_t *member)
{
	return frame_id(json_object_get(member, "user"), "id");
}

/* The voice states of a GUILD_CREATE carry no names: those are in the list of members. */
static void take_states(struct filter *filter, uint64_t guild, const json_t *data)
{
	void *ctx = must(talloc_new(NULL));
	size_t state_count, member_count;
	struct keyed *members =
		sort_by_user(ctx, json_object_get(data, "members"), id_of_member, &member_count);
	struct keyed *states =
		sort_by_user(ctx, json_object_get(data, "voice_states"), id_of_state, &state_count);
	for (size_t i = 0; i < member_count; i++)
		learn(filter, json_object_get(members[i].object, "user"));
	for (size_t i = 0; i < state_count; i++) {
		const struct keyed *found =
			bsearch(&states[i], members, member_count, sizeof(*members), by_user);
		const json_t *whose =
			found ? found->object : json_object_get(states[i].object, "member");
		struct voice_member member;
		struct person known;
		if (read_state(filter, guild, states[i].object, json_object_get(whose, "user"),
			    &known, &member) &&
			member.channel)
			remember(filter, guild, &member);
	}
	talloc_free(ctx);
}

static uint64_t afk_of(const json_t *guild)
{
	const char *id = frame_id(guild, "afk_channel_id");
	return id ? frame_number(id) : 0;
}

static void on_guild_create(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const char *id = frame_id(dispatch->data, "id");
	if (!id || frame_true(dispatch->data, "unavailable"))
		return;
	uint64_t guild = frame_number(id);
	if (voice_guild_reset(filter->voice, guild, afk_of(dispatch->data),
		    json_array_size(json_object_get(dispatch->data, "voice_states"))) != STATUS_OK)
		say_full(filter);
	else
		take_states(filter, guild, dispatch->data);
	snapshot_of_dispatch(dispatch, guild);
}

/* Another AFK channel changes who counts: a snapshot says so. */
static void on_guild_update(struct dispatch *dispatch)
{
	struct voice *voice = dispatch->filter->voice;
	const char *id = frame_id(dispatch->data, "id");
	uint64_t guild = id ? frame_number(id) : 0, afk = afk_of(dispatch->data);
	if (!id || !voice_guild_known(voice, guild) || voice_afk(voice, guild) == afk)
		return;
	voice_set_afk(voice, guild, afk);
	snapshot_of_dispatch(dispatch, guild);
}

/* Gone for good or for a while: nobody is watched there, which an empty snapshot says. */
static void on_guild_delete(struct dispatch *dispatch)
{
	const char *id = frame_id(dispatch->data, "id");
	if (!id)
		return;
	voice_guild_remove(dispatch->filter->voice, frame_number(id));
	snapshot_of_dispatch(dispatch, frame_number(id));
}

static bool ready_lists(const json_t *ready, uint64_t guild)
{
	size_t i;
	json_t *entry;
	json_array_foreach (json_object_get(ready, "guilds"), i, entry) {
		const char *id = frame_id(entry, "id");
		if (id && frame_number(id) == guild)
			return true;
	}
	return false;
}

/* A new session: the guilds it lists follow as GUILD_CREATE; the bot left the others meanwhile. */
static void on_ready(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	learn(filter, json_object_get(dispatch->data, "user"));
	size_t place = 0;
	while (place < voice_guild_count(filter->voice)) {
		uint64_t guild = voice_guild_at(filter->voice, place);
		if (ready_lists(dispatch->data, guild)) {
			place++;
			continue;
		}
		voice_guild_remove(filter->voice, guild);
		snapshot_of_run(filter, guild, dispatch->at_ms);
	}
	forgive(filter, dispatch->at_ms);
}

/* The replay is over, the cache is what Discord knows. */
static void on_resumed(struct dispatch *dispatch)
{
	tell_of_all(dispatch->filter, dispatch->at_ms);
}

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
	{"READY", on_ready},
	{"RESUMED", on_resumed},
};

void filter_dispatch(
	struct filter *filter, const char *type, int64_t seq, const json_t *data, int64_t now_ms)
{
	struct dispatch dispatch = {
		.filter = filter, .data = data, .seq = seq, .at_ms = settle(filter, now_ms)};
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (strcmp(type, handlers[i].type) == 0)
			handlers[i].handle(&dispatch);
}

void filter_heartbeat(struct filter *filter, int64_t now_ms)
{
	int64_t at_ms = settle(filter, now_ms);
	char *id = must(talloc_asprintf(NULL, "h:%s:%" PRIu64, filter->process, ++filter->counter));
	emit(filter, at_ms,
		json_pack(
			"{s:s, s:s, s:I}", "id", id, "type", "heartbeat", "at", (json_int_t)at_ms),
		true);
	talloc_free(id);
	if (filter->silent || (filter->lost && filter->since_all >= filter->all_bytes))
		tell_of_all(filter, at_ms);
}

void filter_lost(struct filter *filter)
{
	filter->lost = true;
}

static void recall_member(struct filter *filter, uint64_t guild, const json_t *object)
{
	struct frame_user user;
	const char *channel = frame_id(object, "channel_id");
	if (!frame_user(json_object_get(object, "user"), &user))
		return;
	struct voice_member member = {.user = frame_number(user.id),
		.channel = channel ? frame_number(channel) : 0,
		.name = user.name,
		.deaf = frame_true(object, "deaf"),
		.mute = frame_true(object, "mute")};
	if (member.channel)
		remember(filter, guild, &member);
	else
		voice_leave(filter->voice, guild, member.user);
}

static void recall_snapshot(struct filter *filter, uint64_t guild, const json_t *event)
{
	size_t i;
	json_t *member;
	const json_t *members = json_object_get(event, "members");
	if (voice_guild_reset(filter->voice, guild, afk_of(event), json_array_size(members)) !=
		STATUS_OK)
		say_full(filter);
	else
		json_array_foreach (members, i, member)
			recall_member(filter, guild, member);
}

void filter_recall(struct filter *filter, const char *json, size_t length)
{
	json_t *event = json_loadb(json, length, JSON_ALLOW_NUL, NULL);
	const char *type = json_string_value(json_object_get(event, "type"));
	const char *guild = frame_id(event, "guild_id");
	if (type && guild && strcmp(type, "voice") == 0)
		recall_member(filter, frame_number(guild), event);
	else if (type && guild && strcmp(type, "voice_snapshot") == 0)
		recall_snapshot(filter, frame_number(guild), event);
	json_decref(event);
}

void filter_save(struct filter *filter, filter_emit_fn *save, void *arg)
{
	for (size_t i = 0; i < voice_guild_count(filter->voice); i++) {
		struct text text = snapshot_text(filter, voice_guild_at(filter->voice, i), NULL, 0);
		save(arg, text.bytes, text.used, true);
		free(text.bytes);
	}
}
