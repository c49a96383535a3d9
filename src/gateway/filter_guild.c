/* Events about guilds: that they are there, their roles, what of them is gone. */
#include <stdlib.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "dispatch.h"

static struct guilds *guilds_of(const struct dispatch *dispatch)
{
	return dispatch->filter->settings.guilds;
}

/* ---- Guilds */

/* A list of texts, or a text, as JSON; NULL for anything else. */
static json_t *copy_of(const struct node *value)
{
	if (!node_is(value, NODE_LIST))
		return node_text(value) ? json_string(node_text(value)) : NULL;
	json_t *list = json_array();
	for (const struct node *one = node_first(value); one; one = one->next)
		if (node_text(one))
			json_array_append_new(list, json_string(one->text));
	return list;
}

static void emit_guild(const struct dispatch *dispatch, bool present)
{
	static const char *const fields[][2] = {{"name", "name"}, {"locale", "preferred_locale"},
		{"features", "features"}, {"owner_id", "owner_id"}};
	json_t *event = event_of_dispatch(dispatch, 'g', "guild");
	json_object_set_new(event, "present", json_boolean(present));
	for (size_t i = 0; present && i < ARRAY_LEN(fields); i++) {
		json_t *copy = copy_of(node_get(dispatch->data, fields[i][1]));
		if (copy)
			json_object_set_new(event, fields[i][0], copy);
	}
	event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

/* ---- Roles */

static void emit_roles(const struct dispatch *dispatch)
{
	json_t *event = event_of_dispatch(dispatch, 'o', "roles");
	uint64_t own = guilds_find(guilds_of(dispatch), GUILD_OWN_ROLE, dispatch->guild);
	char *roles = guild_roles(guilds_of(dispatch), NULL, dispatch->guild);
	if (own)
		json_object_set_new(event, "own", id_json(own));
	json_object_set_new(event, "roles", must(json_loads(roles, 0, NULL)));
	talloc_free(roles);
	event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

/* Remembers the roles of MEMBER if it is the bot itself. True when they changed. */
static bool take_own_roles(const struct dispatch *dispatch, const struct node *member)
{
	uint64_t user = frame_id(node_get(member, "user"), "id");
	const struct node *roles = node_get(member, "roles");
	if (!user || user != guilds_find(guilds_of(dispatch), SELF, 0) ||
		!node_is(roles, NODE_LIST))
		return false;
	json_t *list = ids_json(roles, NULL);
	char *ids = must(json_dumps(list, JSON_COMPACT));
	bool changed = guild_set_own(guilds_of(dispatch), dispatch->guild, ids);
	json_decref(list);
	free(ids);
	return changed;
}

void on_role(struct dispatch *dispatch)
{
	role_set(guilds_of(dispatch), dispatch->guild, node_get(dispatch->data, "role"));
	emit_roles(dispatch);
}

/* A change of the bot's own roles: without a privileged intent Discord says it of itself only. */
void on_member_update(struct dispatch *dispatch)
{
	if (take_own_roles(dispatch, dispatch->data))
		emit_roles(dispatch);
}

/* ---- What is gone */

static void emit_gone(const struct dispatch *dispatch, const char *what, uint64_t id)
{
	json_t *event = event_of_dispatch(dispatch, 'x', "gone");
	json_object_set_new(event, what, id_json(id));
	event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

void on_role_delete(struct dispatch *dispatch)
{
	uint64_t id = frame_id(dispatch->data, "role_id");
	if (!id)
		return;
	guilds_change(guilds_of(dispatch), ROLE_REMOVE, dispatch->guild, id);
	emit_gone(dispatch, "role_id", id);
	emit_roles(dispatch);
}

/* Discord does not say of each member in a deleted channel that they have left it. */
void on_channel_delete(struct dispatch *dispatch)
{
	uint64_t id = frame_id(dispatch->data, "id");
	if (!id)
		return;
	guilds_change(guilds_of(dispatch), CHANNEL_REMOVE, id, 0);
	emit_gone(dispatch, "channel_id", id);
	if (guilds_change(guilds_of(dispatch), VOICE_EMPTY, dispatch->guild, id))
		snapshot_of_dispatch(dispatch);
}

/* ---- Channels and threads */

static void take_channel(const struct dispatch *dispatch, const struct node *channel)
{
	uint64_t id = frame_id(channel, "id");
	if (id)
		channel_set(guilds_of(dispatch), dispatch->guild, id,
			(struct channel){.parent = frame_id(channel, "parent_id"),
				.kind = (int)node_integer(node_get(channel, "type"))});
}

static void take_channels(const struct dispatch *dispatch, const char *key)
{
	const struct node *one = node_first(node_get(dispatch->data, key));
	for (; one; one = one->next)
		take_channel(dispatch, one);
}

void on_channel(struct dispatch *dispatch)
{
	take_channel(dispatch, dispatch->data);
}

void on_thread_list(struct dispatch *dispatch)
{
	take_channels(dispatch, "threads");
}

/* ---- Guilds that come and go */

void on_guild_create(struct dispatch *dispatch)
{
	const struct node *data = dispatch->data, *one;
	if (frame_true(data, "unavailable"))
		return;
	guild_reset(guilds_of(dispatch), dispatch->guild, frame_id(data, "afk_channel_id"));
	take_channels(dispatch, "channels");
	take_channels(dispatch, "threads");
	for (one = node_first(node_get(data, "roles")); one; one = one->next)
		role_set(guilds_of(dispatch), dispatch->guild, one);
	for (one = node_first(node_get(data, "members")); one; one = one->next)
		take_own_roles(dispatch, one);
	take_voice_states(dispatch);
	emit_guild(dispatch, true);
	emit_roles(dispatch);
	snapshot_of_dispatch(dispatch);
}

/* Another AFK channel changes which members count: a snapshot says so. */
void on_guild_update(struct dispatch *dispatch)
{
	struct guilds *guilds = guilds_of(dispatch);
	uint64_t afk = frame_id(dispatch->data, "afk_channel_id");
	if (!guilds_find(guilds, GUILD_KNOWN, dispatch->guild))
		return;
	emit_guild(dispatch, true);
	if (guilds_find(guilds, GUILD_AFK, dispatch->guild) == afk)
		return;
	guilds_change(guilds, GUILD_SET_AFK, dispatch->guild, afk);
	snapshot_of_dispatch(dispatch);
}

/* Gone for good, or for a while (unavailable): nobody is watched there, as an empty snapshot says.
 */
void on_guild_delete(struct dispatch *dispatch)
{
	guild_remove(guilds_of(dispatch), dispatch->guild);
	if (!frame_true(dispatch->data, "unavailable"))
		emit_guild(dispatch, false);
	snapshot_of_dispatch(dispatch);
}

/* Forgets the guilds that READY does not list: the bot left them meanwhile. */
static void forget_others(struct dispatch *dispatch, json_t *ids)
{
	size_t count;
	char *listed = must(json_dumps(ids, JSON_COMPACT));
	uint64_t *others = guilds_list(guilds_of(dispatch), NULL, listed, &count);
	for (size_t i = 0; i < count; i++) {
		guild_remove(guilds_of(dispatch), others[i]);
		snapshot_of_run(dispatch->filter, others[i], dispatch->at_ms);
	}
	talloc_free(others);
	free(listed);
}

/* A new session: the guilds it lists follow as GUILD_CREATE. */
void on_ready(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const struct node *user = node_get(dispatch->data, "user");
	json_t *ids = ids_json(node_get(dispatch->data, "guilds"), "id");
	learn(filter, user);
	guilds_change(guilds_of(dispatch), SELF_SET, frame_id(user, "id"), 0);
	forget_others(dispatch, ids);
	json_t *event = event_of_dispatch(dispatch, 'l', "guilds");
	json_object_set_new(event, "shard", json_integer(filter->settings.shard_id));
	json_object_set_new(event, "shards", json_integer(filter->settings.shard_count));
	json_object_set_new(event, "ids", ids);
	event_emit(filter, dispatch->at_ms, event, true);
	forget_gaps(filter, dispatch->at_ms);
}
