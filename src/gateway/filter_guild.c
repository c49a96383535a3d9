/* What the service is told of guilds: that they are there, their roles, what of them is gone. */
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "dispatch.h"

/* ---- Guilds */

/* Copies KEY of FROM, when it is there and not null, to EVENT as NAME. */
static void copy(json_t *event, const char *name, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);
	if (value && !json_is_null(value))
		json_object_set(event, name, value);
}

static void emit_guild(const struct dispatch *dispatch, bool present)
{
	json_t *event = event_of_dispatch(dispatch, 'g', "guild");
	json_object_set_new(event, "guild_id", id_json(id_at(dispatch->data, "id")));
	json_object_set_new(event, "present", json_boolean(present));
	if (present) {
		copy(event, "name", dispatch->data, "name");
		copy(event, "locale", dispatch->data, "preferred_locale");
		copy(event, "features", dispatch->data, "features");
		copy(event, "owner_id", dispatch->data, "owner_id");
	}
	event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

static void take_channels(struct filter *filter, uint64_t guild, const json_t *channels)
{
	size_t i;
	json_t *one;
	json_array_foreach (channels, i, one) {
		struct channel channel = {.parent = id_at(one, "parent_id"),
			.kind = (int)json_integer_value(json_object_get(one, "type"))};
		uint64_t id = id_at(one, "id");
		if (id)
			channel_set(filter->settings.guilds, guild, id, &channel);
	}
}

/* ---- Roles */

static void take_role(struct filter *filter, uint64_t guild, const json_t *data)
{
	const char *permissions = json_string_value(json_object_get(data, "permissions"));
	struct role role = {
		.id = id_at(data, "id"),
		.position = json_integer_value(json_object_get(data, "position")),
		.permissions = permissions ? permissions : "0",
		.managed = frame_true(data, "managed"),
	};
	if (role.id)
		role_set(filter->settings.guilds, guild, &role);
}

static void emit_roles(const struct dispatch *dispatch, uint64_t guild)
{
	struct guilds *guilds = dispatch->filter->settings.guilds;
	json_t *event = event_of_dispatch(dispatch, 'o', "roles"), *roles = json_array();
	uint64_t own = guild_own_role(guilds, guild);
	struct role role;
	json_object_set_new(event, "guild_id", id_json(guild));
	if (own)
		json_object_set_new(event, "own", id_json(own));
	role_begin(guilds, guild);
	while (role_next(guilds, &role))
		json_array_append_new(
			roles, json_pack("{s:o, s:I, s:s, s:b}", "id", id_json(role.id), "position",
				       (json_int_t)role.position, "permissions", role.permissions,
				       "managed", role.managed));
	json_object_set_new(event, "roles", roles);
	event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

/* Remembers the roles of MEMBER if it is the bot itself. True when they changed. */
static bool take_own_roles(struct filter *filter, uint64_t guild, const json_t *member)
{
	struct guilds *guilds = filter->settings.guilds;
	uint64_t user = id_at(json_object_get(member, "user"), "id");
	const json_t *roles = json_object_get(member, "roles");
	if (!user || user != guilds_self(guilds) || !json_is_array(roles))
		return false;
	char *ids = must(json_dumps(roles, JSON_COMPACT));
	bool changed = guild_set_own(guilds, guild, ids);
	free(ids);
	return changed;
}

static void take_roles(struct filter *filter, uint64_t guild, const json_t *data)
{
	size_t i;
	json_t *one;
	json_array_foreach (json_object_get(data, "roles"), i, one)
		take_role(filter, guild, one);
	json_array_foreach (json_object_get(data, "members"), i, one)
		take_own_roles(filter, guild, one);
}

void on_role(struct dispatch *dispatch)
{
	uint64_t guild = id_at(dispatch->data, "guild_id");
	if (!guild)
		return;
	take_role(dispatch->filter, guild, json_object_get(dispatch->data, "role"));
	emit_roles(dispatch, guild);
}

/* A change of the bot's own roles: Discord tells only of itself without a privileged intent. */
void on_member_update(struct dispatch *dispatch)
{
	uint64_t guild = id_at(dispatch->data, "guild_id");
	if (guild && take_own_roles(dispatch->filter, guild, dispatch->data))
		emit_roles(dispatch, guild);
}

/* ---- What is gone */

static void emit_gone(
	const struct dispatch *dispatch, uint64_t guild, const char *what, uint64_t id)
{
	json_t *event = event_of_dispatch(dispatch, 'x', "gone");
	json_object_set_new(event, "guild_id", id_json(guild));
	json_object_set_new(event, what, id_json(id));
	event_emit(dispatch->filter, dispatch->at_ms, event, true);
}

void on_role_delete(struct dispatch *dispatch)
{
	uint64_t guild = id_at(dispatch->data, "guild_id"), id = id_at(dispatch->data, "role_id");
	if (!guild || !id)
		return;
	role_remove(dispatch->filter->settings.guilds, guild, id);
	emit_gone(dispatch, guild, "role_id", id);
	emit_roles(dispatch, guild);
}

/* Who was in it is in no channel any more, which Discord does not say of each. */
void on_channel_delete(struct dispatch *dispatch)
{
	struct guilds *guilds = dispatch->filter->settings.guilds;
	uint64_t guild = id_at(dispatch->data, "guild_id"), id = id_at(dispatch->data, "id");
	if (!guild || !id)
		return;
	channel_remove(guilds, id);
	emit_gone(dispatch, guild, "channel_id", id);
	if (voice_empty(guilds, guild, id))
		snapshot_of_dispatch(dispatch, guild);
}

/* ---- Channels and threads */

void on_channel(struct dispatch *dispatch)
{
	uint64_t guild = id_at(dispatch->data, "guild_id");
	json_t *one = json_array();
	json_array_append(one, (json_t *)dispatch->data);
	if (guild)
		take_channels(dispatch->filter, guild, one);
	json_decref(one);
}

void on_thread_list(struct dispatch *dispatch)
{
	uint64_t guild = id_at(dispatch->data, "guild_id");
	if (guild)
		take_channels(dispatch->filter, guild, json_object_get(dispatch->data, "threads"));
}

/* ---- Guilds that come and go */

void on_guild_create(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const json_t *data = dispatch->data;
	uint64_t guild = id_at(data, "id");
	if (!guild || frame_true(data, "unavailable"))
		return;
	guild_reset(filter->settings.guilds, guild, id_at(data, "afk_channel_id"));
	take_channels(filter, guild, json_object_get(data, "channels"));
	take_channels(filter, guild, json_object_get(data, "threads"));
	take_roles(filter, guild, data);
	take_voice_states(dispatch, guild);
	emit_guild(dispatch, true);
	emit_roles(dispatch, guild);
	snapshot_of_dispatch(dispatch, guild);
}

/* Another AFK channel changes who counts: a snapshot says so. */
void on_guild_update(struct dispatch *dispatch)
{
	struct guilds *guilds = dispatch->filter->settings.guilds;
	uint64_t guild = id_at(dispatch->data, "id"), afk = id_at(dispatch->data, "afk_channel_id");
	if (!guild || !guild_is_known(guilds, guild))
		return;
	emit_guild(dispatch, true);
	if (guild_afk(guilds, guild) == afk)
		return;
	guild_set_afk(guilds, guild, afk);
	snapshot_of_dispatch(dispatch, guild);
}

/* Gone for good, or for a while (unavailable): nobody is watched there, as an empty snapshot says.
 */
void on_guild_delete(struct dispatch *dispatch)
{
	uint64_t guild = id_at(dispatch->data, "id");
	if (!guild)
		return;
	guild_remove(dispatch->filter->settings.guilds, guild);
	if (!frame_true(dispatch->data, "unavailable"))
		emit_guild(dispatch, false);
	snapshot_of_dispatch(dispatch, guild);
}

/* The ids of the guilds that READY lists. */
static json_t *ids_of(const json_t *guilds)
{
	json_t *ids = json_array();
	size_t i;
	json_t *entry;
	json_array_foreach (guilds, i, entry)
		if (frame_id(entry, "id"))
			json_array_append(ids, json_object_get(entry, "id"));
	return ids;
}

static bool lists(const json_t *ids, uint64_t guild)
{
	size_t i;
	json_t *id;
	json_array_foreach (ids, i, id)
		if (frame_number(json_string_value(id)) == guild)
			return true;
	return false;
}

/* A new session: the guilds it lists follow as GUILD_CREATE; the bot left the others meanwhile. */
void on_ready(struct dispatch *dispatch)
{
	struct filter *filter = dispatch->filter;
	const json_t *user = json_object_get(dispatch->data, "user");
	json_t *ids = ids_of(json_object_get(dispatch->data, "guilds"));
	size_t count;
	uint64_t *known = guilds_list(filter->settings.guilds, NULL, &count);
	learn(filter, user);
	guilds_set_self(filter->settings.guilds, id_at(user, "id"));
	for (size_t i = 0; i < count; i++) {
		if (lists(ids, known[i]))
			continue;
		guild_remove(filter->settings.guilds, known[i]);
		snapshot_of_run(filter, known[i], dispatch->at_ms);
	}
	talloc_free(known);
	json_t *event = event_of_dispatch(dispatch, 'l', "guilds");
	json_object_set_new(event, "shard", json_integer(filter->settings.shard_id));
	json_object_set_new(event, "shards", json_integer(filter->settings.shard_count));
	json_object_set_new(event, "ids", ids);
	event_emit(filter, dispatch->at_ms, event, true);
	forgive(filter, dispatch->at_ms);
}
