/* Events about voice: moves, snapshots, and that the shim sees what happens. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "dispatch.h"

/* ---- Snapshots */

/* Writes the members of a guild behind what *USED bytes have begun, as many as fit into an event.
 * One by one: as one JSON value they would take ten times what their text takes. False when some
 * lack their names. */
static bool write_members(struct filter *filter, uint64_t guild, size_t used, FILE *out)
{
	size_t kept = 0, cut = 0;
	bool complete = true, named;
	const char *member;
	voice_begin(filter->settings.guilds, guild);
	while ((member = voice_next(filter->settings.guilds, &named))) {
		size_t length = strlen(member) + 1;
		if (used + length + strlen("]}") > FILTER_MAX_EVENT) {
			cut++;
			continue;
		}
		fprintf(out, "%s%s", kept > 0 ? "," : "", member);
		used += length;
		complete = complete && named;
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
	uint64_t afk = guilds_find(filter->settings.guilds, GUILD_AFK, guild);
	json_object_set_new(event, "afk_channel_id", id_json(afk));
	char *begin = must(json_dumps(must(event), JSON_COMPACT)), *text = NULL;
	begin[strlen(begin) - 1] = '\0'; /* its closing brace */
	size_t length = 0;
	FILE *out = must(open_memstream(&text, &length));
	int used = fprintf(out, "%s,\"members\":[", begin);
	bool complete = write_members(filter, guild, (size_t)used, out);
	fputs("]}", out);
	fclose(out);
	event_pass(filter, at_ms, text, length, complete);
	free(text);
	free(begin);
	json_decref(event);
}

void snapshot_of_dispatch(const struct dispatch *dispatch)
{
	json_t *event = event_of_dispatch(dispatch, 's', "voice_snapshot");
	emit_snapshot(dispatch->filter, dispatch->guild, event, dispatch->at_ms);
}

static json_t *event_of_run(struct filter *filter, char prefix, const char *type, int64_t at_ms)
{
	char id[64];
	snprintf(id, sizeof(id), "%c:%s:%" PRIu64, prefix, filter->process, ++filter->counter);
	return event_at(type, id, at_ms);
}

void snapshot_of_run(struct filter *filter, uint64_t guild, int64_t at_ms)
{
	json_t *event = event_of_run(filter, 's', "voice_snapshot", at_ms);
	json_object_set_new(event, "guild_id", id_json(guild));
	emit_snapshot(filter, guild, event, at_ms);
}

void forget_gaps(struct filter *filter, int64_t at_ms)
{
	filter->silent = filter->lost = false;
	if (at_ms > filter->emitted_at_ms)
		filter->emitted_at_ms = at_ms;
}

static void snapshot_all(struct filter *filter, int64_t at_ms)
{
	size_t count;
	uint64_t *guilds = guilds_list(filter->settings.guilds, NULL, "[]", &count);
	filter->since_all = 0;
	for (size_t i = 0; i < count; i++)
		snapshot_of_run(filter, guilds[i], at_ms);
	talloc_free(guilds);
	filter->all_bytes = filter->since_all;
	filter->since_all = 0;
	forget_gaps(filter, at_ms);
}

/* The replay is over, what is known of the guilds is what Discord knows. */
void on_resumed(struct dispatch *dispatch)
{
	snapshot_all(dispatch->filter, dispatch->at_ms);
}

void filter_heartbeat(struct filter *filter, int64_t now_ms)
{
	int64_t at_ms = arrival_ms(filter, now_ms);
	event_emit(filter, at_ms, event_of_run(filter, 'h', "heartbeat", at_ms), true);
	if (filter->silent || (filter->lost && filter->since_all >= filter->all_bytes))
		snapshot_all(filter, at_ms);
}

void filter_lost(struct filter *filter)
{
	filter->lost = true;
}

/* ---- Voice states */

static void emit_voice(
	const struct dispatch *dispatch, const struct frame_voice *state, const char *name)
{
	json_t *event = event_of_dispatch(dispatch, 'v', "voice");
	json_object_set_new(event, "user", user_json(state->user, name));
	json_object_set_new(event, "channel_id", id_json(state->channel));
	if (state->channel) {
		struct guilds *guilds = dispatch->filter->settings.guilds;
		json_object_set_new(event, "deaf", json_boolean(state->deaf));
		json_object_set_new(event, "mute", json_boolean(state->mute));
		if (state->suppress)
			json_object_set_new(event, "suppress", json_true());
		if (state->channel == guilds_find(guilds, GUILD_AFK, dispatch->guild))
			json_object_set_new(event, "afk", json_true());
		event_add_place(dispatch, event, state->channel);
	}
	event_add_member(event, node_get(dispatch->data, "member"));
	event_emit(dispatch->filter, dispatch->at_ms, event, name != NULL);
}

/* A member that comes by id alone goes by what is known of that id. Discord also dispatches cameras
 * and streams: a state that does not change is no event. */
void on_voice(struct dispatch *dispatch)
{
	struct guilds *guilds = dispatch->filter->settings.guilds;
	struct frame_voice state = frame_voice(dispatch->data);
	char *name;
	learn(dispatch->filter, node_get(node_get(dispatch->data, "member"), "user"));
	if (!state.user)
		return;
	enum user_kind kind = user_find(dispatch->filter->settings.guilds, NULL, state.user, &name);
	if (!name)
		name = voice_name(guilds, NULL, dispatch->guild, state.user);
	bool news = true;
	if (kind == USER_BOT || !state.channel)
		guilds_change(guilds, VOICE_LEAVE, dispatch->guild, state.user);
	else
		news = voice_set(guilds, dispatch->guild, &state, name);
	if (news && kind != USER_BOT)
		emit_voice(dispatch, &state, name);
	talloc_free(name);
}

/* The voice states carry no names: those are in the list of members, or with the state. */
void take_voice_states(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const struct node *one;
	for (one = node_first(node_get(dispatch->data, "members")); one; one = one->next)
		learn(filter, node_get(one, "user"));
	for (one = node_first(node_get(dispatch->data, "voice_states")); one; one = one->next) {
		struct frame_voice state = frame_voice(one);
		char *name;
		learn(filter, node_get(node_get(one, "member"), "user"));
		enum user_kind kind = user_find(filter->settings.guilds, NULL, state.user, &name);
		if (state.user && state.channel && kind != USER_BOT)
			voice_set(filter->settings.guilds, dispatch->guild, &state, name);
		talloc_free(name);
	}
}
