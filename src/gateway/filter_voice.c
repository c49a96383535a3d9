/* What the service is told of voice: moves, snapshots, and that the shim sees what happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "dispatch.h"
#include "filter.h"

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

/* ---- Snapshots */

/* Fills in a name that was learnt since. False for a bot. */
static bool name_member(
	struct filter *filter, struct guild_voice_state *state, struct known_user *known)
{
	if (state->name || !people_find(filter->settings.people, state->user, known))
		return true;
	state->name = known->name;
	return !known->bot;
}

static void add_flags(json_t *object, const struct guild_voice_state *state)
{
	json_object_set_new(object, "deaf", json_boolean(state->deaf));
	json_object_set_new(object, "mute", json_boolean(state->mute));
	if (state->suppress)
		json_object_set_new(object, "suppress", json_true());
}

static void add_member(struct text *text, const struct guild_voice_state *state)
{
	json_t *member = json_pack("{s:o, s:o}", "user", user_json(state->user, state->name),
		"channel_id", id_json(state->channel));
	add_flags(member, state);
	text_add_json(text, member);
}

/* Adds the members of a guild, as many as fit into an event. One after the other: as one JSON value
 * they would take ten times what their text takes. False when some lack their names. */
static bool add_members(struct filter *filter, uint64_t guild, struct text *text)
{
	struct guild_voice_state state;
	size_t kept = 0, cut = 0;
	bool complete = true;
	voice_begin(filter->settings.guilds, guild);
	while (voice_next(filter->settings.guilds, &state)) {
		struct known_user known;
		size_t before = text->used;
		if (!name_member(filter, &state, &known))
			continue;
		if (kept > 0)
			text_add(",", 1, text);
		add_member(text, &state);
		if (text->used + strlen("]}") > FILTER_MAX_EVENT) {
			text->used = before;
			cut++;
			continue;
		}
		complete = complete && state.name;
		kept++;
	}
	if (cut > 0)
		log_error(LOG_TEXT("snapshot cut: too many members in voice"),
			LOG_INT("guild", (int64_t)guild), LOG_INT("kept", (int64_t)kept),
			LOG_INT("left_out", (int64_t)cut));
	return complete;
}

/* Emits the snapshot that EVENT begins, and gives EVENT back. */
static void emit_snapshot(struct filter *filter, uint64_t guild, json_t *event, int64_t at_ms)
{
	static const char key[] = ",\"members\":[";
	struct text text = {0};
	json_object_set_new(event, "guild_id", id_json(guild));
	json_object_set_new(
		event, "afk_channel_id", id_json(guild_afk(filter->settings.guilds, guild)));
	text_add_json(&text, event);
	text.used--; /* its closing brace */
	text_add(key, sizeof(key) - 1, &text);
	bool complete = add_members(filter, guild, &text);
	text_add("]}", 2, &text);
	event_pass(filter, at_ms, text.bytes, text.used, complete);
	free(text.bytes);
}

void snapshot_of_dispatch(const struct dispatch *dispatch, uint64_t guild)
{
	json_t *event = event_of_dispatch(dispatch, 's', "voice_snapshot");
	emit_snapshot(dispatch->filter, guild, event, dispatch->at_ms);
}

static json_t *event_of_run(struct filter *filter, char prefix, const char *type, int64_t at_ms)
{
	char id[64];
	snprintf(id, sizeof(id), "%c:%s:%" PRIu64, prefix, filter->process, ++filter->counter);
	return event_create(type, id, at_ms);
}

void snapshot_of_run(struct filter *filter, uint64_t guild, int64_t at_ms)
{
	emit_snapshot(filter, guild, event_of_run(filter, 's', "voice_snapshot", at_ms), at_ms);
}

void forgive(struct filter *filter, int64_t at_ms)
{
	filter->silent = filter->lost = false;
	if (at_ms > filter->told_at_ms)
		filter->told_at_ms = at_ms;
}

static void tell_of_all(struct filter *filter, int64_t at_ms)
{
	size_t count;
	uint64_t *guilds = guilds_list(filter->settings.guilds, NULL, &count);
	filter->since_all = 0;
	for (size_t i = 0; i < count; i++)
		snapshot_of_run(filter, guilds[i], at_ms);
	talloc_free(guilds);
	filter->all_bytes = filter->since_all;
	filter->since_all = 0;
	forgive(filter, at_ms);
}

/* The replay is over, what is known of the guilds is what Discord knows. */
void on_resumed(struct dispatch *dispatch)
{
	tell_of_all(dispatch->filter, dispatch->at_ms);
}

void filter_heartbeat(struct filter *filter, int64_t now_ms)
{
	int64_t at_ms = arrival_ms(filter, now_ms);
	event_emit(filter, at_ms, event_of_run(filter, 'h', "heartbeat", at_ms), true);
	if (filter->silent || (filter->lost && filter->since_all >= filter->all_bytes))
		tell_of_all(filter, at_ms);
}

void filter_lost(struct filter *filter)
{
	filter->lost = true;
}

/* ---- Voice states */

/* The user of STATE, which comes without one: seen elsewhere, or in voice before. False for a bot.
 */
static bool name_by_id(struct filter *filter, uint64_t guild, struct guild_voice_state *state,
	struct known_user *known)
{
	if (!name_member(filter, state, known))
		return false;
	if (!state->name && voice_name(filter->settings.guilds, guild, state->user, known->name,
				    sizeof(known->name)))
		state->name = known->name;
	return true;
}

/* A voice state of Discord's, with its member's name borrowed from the JSON or from KNOWN; none
 * when nothing says it. False for bots. */
static bool read_state(struct dispatch *dispatch, const json_t *state, const json_t *user,
	struct known_user *known, struct guild_voice_state *out)
{
	const char *guild = dispatch->data == state ? "guild_id" : "id";
	struct frame_user seen;
	*out = (struct guild_voice_state){
		.user = id_at(state, "user_id"),
		.channel = id_at(state, "channel_id"),
		.deaf = frame_true(state, "deaf") || frame_true(state, "self_deaf"),
		.mute = frame_true(state, "mute") || frame_true(state, "self_mute"),
		.suppress = frame_true(state, "suppress"),
	};
	if (!frame_user(user, &seen))
		return name_by_id(dispatch->filter, id_at(dispatch->data, guild), out, known);
	out->name = seen.name;
	return !seen.bot;
}

static void emit_voice(
	const struct dispatch *dispatch, uint64_t guild, const struct guild_voice_state *state)
{
	struct filter *filter = dispatch->filter;
	json_t *event = event_of_dispatch(dispatch, 'v', "voice");
	json_object_set_new(event, "guild_id", id_json(guild));
	json_object_set_new(event, "user", user_json(state->user, state->name));
	json_object_set_new(event, "channel_id", id_json(state->channel));
	if (state->channel) {
		add_flags(event, state);
		if (state->channel == guild_afk(filter->settings.guilds, guild))
			json_object_set_new(event, "afk", json_true());
		event_add_place(filter, event, guild, state->channel);
	}
	event_add_member(event, json_object_get(dispatch->data, "member"));
	event_emit(filter, dispatch->at_ms, event, state->name != NULL);
}

/* Discord also tells of cameras and streams: only what the service looks at is passed on. */
static bool is_news(struct filter *filter, uint64_t guild, const struct guild_voice_state *now)
{
	struct guild_voice_state before;
	if (!voice_find(filter->settings.guilds, guild, now->user, &before))
		return true;
	return before.channel != now->channel || before.deaf != now->deaf ||
	       before.mute != now->mute || before.suppress != now->suppress;
}

void on_voice(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	uint64_t guild = id_at(dispatch->data, "guild_id");
	const json_t *user = json_object_get(json_object_get(dispatch->data, "member"), "user");
	struct guild_voice_state state;
	struct known_user known;
	learn(filter, user);
	if (!guild || !id_at(dispatch->data, "user_id"))
		return;
	bool human = read_state(dispatch, dispatch->data, user, &known, &state);
	bool news = is_news(filter, guild, &state);
	if (!human || !state.channel)
		voice_leave(filter->settings.guilds, guild, state.user);
	else
		voice_set(filter->settings.guilds, guild, &state);
	if (news && human)
		emit_voice(dispatch, guild, &state);
}

/* ---- Voice states of a GUILD_CREATE */

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

static struct keyed *sort_members(void *ctx, const json_t *array, size_t *out_count)
{
	struct keyed *keyed =
		must(talloc_array(ctx, struct keyed, (unsigned)json_array_size(array) + 1));
	size_t i, count = 0;
	json_t *object;
	json_array_foreach (array, i, object)
		keyed[count++] =
			(struct keyed){id_at(json_object_get(object, "user"), "id"), object};
	qsort(keyed, count, sizeof(*keyed), by_user);
	*out_count = count;
	return keyed;
}

/* The voice states carry no names: those are in the list of members. */
void take_voice_states(struct dispatch *dispatch, uint64_t guild)
{
	const json_t *data = dispatch->data;
	struct filter *filter = dispatch->filter;
	size_t count, i;
	struct keyed *members = sort_members(NULL, json_object_get(data, "members"), &count);
	json_t *one;
	for (i = 0; i < count; i++)
		learn(filter, json_object_get(members[i].object, "user"));
	json_array_foreach (json_object_get(data, "voice_states"), i, one) {
		struct keyed key = {.user = id_at(one, "user_id")};
		const struct keyed *found =
			bsearch(&key, members, count, sizeof(*members), by_user);
		const json_t *member = found ? found->object : json_object_get(one, "member");
		struct guild_voice_state state;
		struct known_user known;
		if (key.user &&
			read_state(
				dispatch, one, json_object_get(member, "user"), &known, &state) &&
			state.channel)
			voice_set(filter->settings.guilds, guild, &state);
	}
	talloc_free(members);
}
