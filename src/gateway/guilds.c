/* What Discord said of its guilds, in tables. */
#include "guilds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

enum {
	SELF_GET,
	SELF_SET,
	GUILD_GET,
	GUILD_SET,
	GUILD_CLEAR_VOICE,
	GUILD_CLEAR_CHANNELS,
	GUILD_CLEAR_ROLES,
	GUILD_REMOVE,
	GUILD_LIST,
	GUILD_SET_AFK,
	GUILD_SET_OWN,
	GUILD_OWN_ROLE,
	VOICE_SET,
	VOICE_LEAVE,
	VOICE_IN_CHANNEL,
	VOICE_EMPTY,
	VOICE_FIND,
	VOICE_NAME,
	VOICE_WALK,
	CHANNEL_SET,
	CHANNEL_REMOVE,
	CHANNEL_FIND,
	ROLE_SET,
	ROLE_REMOVE,
	ROLE_WALK,
	COUNT
};

static const char *const texts[COUNT] = {
	[SELF_GET] = "SELECT value FROM state WHERE name = 'self'",
	[SELF_SET] = "INSERT OR REPLACE INTO state (name, value) VALUES ('self', ?)",
	[GUILD_GET] = "SELECT afk FROM guilds WHERE guild = ?",
	[GUILD_SET] = "INSERT OR REPLACE INTO guilds (guild, afk) VALUES (?, ?)",
	[GUILD_CLEAR_VOICE] = "DELETE FROM voice WHERE guild = ?",
	[GUILD_CLEAR_CHANNELS] = "DELETE FROM channels WHERE guild = ?",
	[GUILD_CLEAR_ROLES] = "DELETE FROM roles WHERE guild = ?",
	[GUILD_REMOVE] = "DELETE FROM guilds WHERE guild = ?",
	[GUILD_LIST] = "SELECT guild FROM guilds ORDER BY guild",
	[GUILD_SET_AFK] = "UPDATE guilds SET afk = ?2 WHERE guild = ?1",
	[GUILD_SET_OWN] = "UPDATE guilds SET own = ?2 WHERE guild = ?1 AND own IS NOT ?2",
	/* Of two at one position the older one is higher; who has no role has everybody's. */
	[GUILD_OWN_ROLE] = "SELECT coalesce((SELECT role FROM roles WHERE guild = ?1 AND role IN"
			   " (SELECT CAST(value AS INTEGER) FROM json_each(own))"
			   " ORDER BY position DESC, role LIMIT 1), guild)"
			   " FROM guilds WHERE guild = ?1 AND own IS NOT NULL",
	[VOICE_SET] =
		"INSERT INTO voice (guild, user, channel, flags, name)"
		" VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET channel = excluded.channel,"
		" flags = excluded.flags, name = coalesce(excluded.name, name)",
	[VOICE_LEAVE] = "DELETE FROM voice WHERE guild = ? AND user = ?",
	[VOICE_IN_CHANNEL] = "SELECT 1 FROM voice WHERE guild = ? AND channel = ? LIMIT 1",
	[VOICE_EMPTY] = "DELETE FROM voice WHERE guild = ? AND channel = ?",
	[VOICE_FIND] = "SELECT user, channel, flags FROM voice WHERE guild = ? AND user = ?",
	[VOICE_NAME] = "SELECT name FROM voice WHERE guild = ? AND user = ? AND name IS NOT NULL",
	[VOICE_WALK] = "SELECT user, channel, flags, name FROM voice WHERE guild = ?"
		       " ORDER BY user",
	[CHANNEL_SET] = "INSERT OR REPLACE INTO channels (channel, guild, parent, kind)"
			" VALUES (?, ?, ?, ?)",
	[CHANNEL_REMOVE] = "DELETE FROM channels WHERE channel = ?",
	[CHANNEL_FIND] = "SELECT parent, kind FROM channels WHERE channel = ?",
	[ROLE_SET] = "INSERT OR REPLACE INTO roles (guild, role, position, permissions, managed)"
		     " VALUES (?, ?, ?, ?, ?)",
	[ROLE_REMOVE] = "DELETE FROM roles WHERE guild = ? AND role = ?",
	[ROLE_WALK] = "SELECT role, position, permissions, managed FROM roles WHERE guild = ?"
		      " ORDER BY role",
};

enum { DEAF = 1, MUTE = 2, SUPPRESS = 4 };

struct guilds {
	struct sqlite *sqlite;
	sqlite3_stmt *statements[COUNT];
};

struct guilds *guilds_create(struct sqlite *sqlite)
{
	struct guilds *guilds = must(calloc(1, sizeof(*guilds)));
	guilds->sqlite = sqlite;
	sqlite_prepare(sqlite, texts, COUNT, guilds->statements);
	return guilds;
}

void guilds_destroy(struct guilds **guilds)
{
	free(*guilds);
	*guilds = NULL;
}

/* Runs a statement about two ids, the second of which some do without. */
static void change(struct guilds *guilds, int statement, uint64_t a, uint64_t b)
{
	sqlite3_stmt *text = guilds->statements[statement];
	const char *types = sqlite3_bind_parameter_count(text) == 2 ? "ii" : "i";
	sqlite_run(guilds->sqlite, text, types, (int64_t)a, (int64_t)b);
}

/* The number that a statement about two ids finds; false when it finds none. */
static bool find(struct guilds *guilds, int statement, uint64_t a, uint64_t b, uint64_t *out)
{
	sqlite3_stmt *text = guilds->statements[statement];
	static const char *const types[] = {"", "i", "ii"};
	sqlite_query(guilds->sqlite, text, types[sqlite3_bind_parameter_count(text)], (int64_t)a,
		(int64_t)b);
	if (!sqlite_row(guilds->sqlite, text))
		return false;
	*out = (uint64_t)sqlite3_column_int64(text, 0);
	sqlite_done(text);
	return true;
}

uint64_t guilds_self(struct guilds *guilds)
{
	uint64_t user;
	return find(guilds, SELF_GET, 0, 0, &user) ? user : 0;
}

void guilds_set_self(struct guilds *guilds, uint64_t user)
{
	change(guilds, SELF_SET, user, 0);
}

static void clear(struct guilds *guilds, uint64_t guild)
{
	change(guilds, GUILD_CLEAR_VOICE, guild, 0);
	change(guilds, GUILD_CLEAR_CHANNELS, guild, 0);
	change(guilds, GUILD_CLEAR_ROLES, guild, 0);
}

void guild_reset(struct guilds *guilds, uint64_t guild, uint64_t afk)
{
	clear(guilds, guild);
	change(guilds, GUILD_SET, guild, afk);
}

void guild_remove(struct guilds *guilds, uint64_t guild)
{
	clear(guilds, guild);
	change(guilds, GUILD_REMOVE, guild, 0);
}

bool guild_is_known(struct guilds *guilds, uint64_t guild)
{
	uint64_t afk;
	return find(guilds, GUILD_GET, guild, 0, &afk);
}

uint64_t guild_afk(struct guilds *guilds, uint64_t guild)
{
	uint64_t afk;
	return find(guilds, GUILD_GET, guild, 0, &afk) ? afk : 0;
}

void guild_set_afk(struct guilds *guilds, uint64_t guild, uint64_t afk)
{
	change(guilds, GUILD_SET_AFK, guild, afk);
}

uint64_t *guilds_list(struct guilds *guilds, void *ctx, size_t *out_count)
{
	sqlite3_stmt *list = guilds->statements[GUILD_LIST];
	uint64_t *ids = NULL;
	size_t count = 0, size = 0;
	sqlite_query(guilds->sqlite, list, "");
	while (sqlite_row(guilds->sqlite, list)) {
		if (count == size) {
			size = size ? 2 * size : 64;
			ids = must(talloc_realloc(ctx, ids, uint64_t, (unsigned)size));
		}
		ids[count++] = (uint64_t)sqlite3_column_int64(list, 0);
	}
	*out_count = count;
	return ids;
}

/* ---- Voice */

void voice_set(struct guilds *guilds, uint64_t guild, const struct guild_voice_state *state)
{
	int64_t flags = (state->deaf ? DEAF : 0) | (state->mute ? MUTE : 0) |
			(state->suppress ? SUPPRESS : 0);
	sqlite_run(guilds->sqlite, guilds->statements[VOICE_SET], "iiiit", (int64_t)guild,
		(int64_t)state->user, (int64_t)state->channel, flags, state->name);
}

void voice_leave(struct guilds *guilds, uint64_t guild, uint64_t user)
{
	change(guilds, VOICE_LEAVE, guild, user);
}

bool voice_empty(struct guilds *guilds, uint64_t guild, uint64_t channel)
{
	uint64_t one;
	if (!find(guilds, VOICE_IN_CHANNEL, guild, channel, &one))
		return false;
	change(guilds, VOICE_EMPTY, guild, channel);
	return true;
}

static void read_state(sqlite3_stmt *row, struct guild_voice_state *out)
{
	int flags = sqlite3_column_int(row, 2);
	*out = (struct guild_voice_state){
		.user = (uint64_t)sqlite3_column_int64(row, 0),
		.channel = (uint64_t)sqlite3_column_int64(row, 1),
		.deaf = flags & DEAF,
		.mute = flags & MUTE,
		.suppress = flags & SUPPRESS,
	};
}

bool voice_find(struct guilds *guilds, uint64_t guild, uint64_t user, struct guild_voice_state *out)
{
	sqlite3_stmt *row = guilds->statements[VOICE_FIND];
	sqlite_query(guilds->sqlite, row, "ii", (int64_t)guild, (int64_t)user);
	if (!sqlite_row(guilds->sqlite, row))
		return false;
	read_state(row, out);
	sqlite_done(row);
	return true;
}

bool voice_name(struct guilds *guilds, uint64_t guild, uint64_t user, char *out, size_t size)
{
	sqlite3_stmt *row = guilds->statements[VOICE_NAME];
	sqlite_query(guilds->sqlite, row, "ii", (int64_t)guild, (int64_t)user);
	if (!sqlite_row(guilds->sqlite, row))
		return false;
	snprintf(out, size, "%s", (const char *)sqlite3_column_text(row, 0));
	sqlite_done(row);
	return true;
}

void voice_begin(struct guilds *guilds, uint64_t guild)
{
	sqlite_query(guilds->sqlite, guilds->statements[VOICE_WALK], "i", (int64_t)guild);
}

bool voice_next(struct guilds *guilds, struct guild_voice_state *out)
{
	sqlite3_stmt *row = guilds->statements[VOICE_WALK];
	if (!sqlite_row(guilds->sqlite, row))
		return false;
	read_state(row, out);
	out->name = (const char *)sqlite3_column_text(row, 3);
	return true;
}

/* ---- Channels */

void channel_set(struct guilds *guilds, uint64_t guild, uint64_t id, const struct channel *channel)
{
	sqlite_run(guilds->sqlite, guilds->statements[CHANNEL_SET], "iiii", (int64_t)id,
		(int64_t)guild, (int64_t)channel->parent, (int64_t)channel->kind);
}

void channel_remove(struct guilds *guilds, uint64_t id)
{
	change(guilds, CHANNEL_REMOVE, id, 0);
}

bool channel_find(struct guilds *guilds, uint64_t id, struct channel *out)
{
	sqlite3_stmt *row = guilds->statements[CHANNEL_FIND];
	sqlite_query(guilds->sqlite, row, "i", (int64_t)id);
	if (!sqlite_row(guilds->sqlite, row))
		return false;
	*out = (struct channel){.parent = (uint64_t)sqlite3_column_int64(row, 0),
		.kind = sqlite3_column_int(row, 1)};
	sqlite_done(row);
	return true;
}

/* ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD. */
bool channel_is_thread(const struct channel *channel)
{
	return channel->kind >= 10 && channel->kind <= 12;
}

/* ---- Roles */

void role_set(struct guilds *guilds, uint64_t guild, const struct role *role)
{
	sqlite_run(guilds->sqlite, guilds->statements[ROLE_SET], "iiiti", (int64_t)guild,
		(int64_t)role->id, role->position, role->permissions, (int64_t)role->managed);
}

void role_remove(struct guilds *guilds, uint64_t guild, uint64_t id)
{
	change(guilds, ROLE_REMOVE, guild, id);
}

void role_begin(struct guilds *guilds, uint64_t guild)
{
	sqlite_query(guilds->sqlite, guilds->statements[ROLE_WALK], "i", (int64_t)guild);
}

bool role_next(struct guilds *guilds, struct role *out)
{
	sqlite3_stmt *row = guilds->statements[ROLE_WALK];
	if (!sqlite_row(guilds->sqlite, row))
		return false;
	*out = (struct role){.id = (uint64_t)sqlite3_column_int64(row, 0),
		.position = sqlite3_column_int64(row, 1),
		.permissions = (const char *)sqlite3_column_text(row, 2),
		.managed = sqlite3_column_int(row, 3) != 0};
	return true;
}

bool guild_set_own(struct guilds *guilds, uint64_t guild, const char *ids)
{
	int64_t before = sqlite_changes(guilds->sqlite);
	sqlite_run(guilds->sqlite, guilds->statements[GUILD_SET_OWN], "it", (int64_t)guild, ids);
	return sqlite_changes(guilds->sqlite) > before;
}

uint64_t guild_own_role(struct guilds *guilds, uint64_t guild)
{
	uint64_t role;
	return find(guilds, GUILD_OWN_ROLE, guild, 0, &role) ? role : 0;
}
