/* What Discord said of its guilds, in tables. */
#include "guilds.h"

#include <stdlib.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Statements behind those of the header. */
enum {
	GUILD_SET = GUILD_QUESTIONS,
	GUILD_REMOVE,
	GUILD_CLEAR_VOICE,
	GUILD_CLEAR_CHANNELS,
	GUILD_CLEAR_ROLES,
	GUILD_LIST,
	GUILD_SET_OWN,
	VOICE_SET,
	VOICE_NAME,
	VOICE_WALK,
	CHANNEL_SET,
	CHANNEL_FIND,
	ROLE_SET,
	ROLES,
	USER_LEARN,
	USER_FIND,
	USERS_FORGET,
	COUNT
};

static const char *const texts[COUNT] = {
	[SELF_SET] = "INSERT OR REPLACE INTO state (name, value) VALUES ('self', ?)",
	[GUILD_SET_AFK] = "UPDATE guilds SET afk = ?2 WHERE guild = ?1",
	[VOICE_LEAVE] = "DELETE FROM voice WHERE guild = ? AND user = ?",
	[VOICE_EMPTY] = "DELETE FROM voice WHERE guild = ? AND channel = ?",
	[CHANNEL_REMOVE] = "DELETE FROM channels WHERE channel = ?",
	[ROLE_REMOVE] = "DELETE FROM roles WHERE guild = ? AND role = ?",
	[SELF] = "SELECT value FROM state WHERE name = 'self'",
	[GUILD_KNOWN] = "SELECT guild FROM guilds WHERE guild = ?",
	[GUILD_AFK] = "SELECT afk FROM guilds WHERE guild = ?",
	/* Of two at one position the older one is higher; a member without one has everybody's. */
	[GUILD_OWN_ROLE] = "SELECT coalesce((SELECT role FROM roles WHERE guild = ?1 AND role IN"
			   " (SELECT CAST(value AS INTEGER) FROM json_each(own))"
			   " ORDER BY position DESC, role LIMIT 1), guild)"
			   " FROM guilds WHERE guild = ?1 AND own IS NOT NULL",
	[GUILD_SET] = "INSERT OR REPLACE INTO guilds (guild, afk) VALUES (?, ?)",
	[GUILD_REMOVE] = "DELETE FROM guilds WHERE guild = ?",
	[GUILD_CLEAR_VOICE] = "DELETE FROM voice WHERE guild = ?",
	[GUILD_CLEAR_CHANNELS] = "DELETE FROM channels WHERE guild = ?",
	[GUILD_CLEAR_ROLES] = "DELETE FROM roles WHERE guild = ?",
	[GUILD_LIST] = "SELECT guild FROM guilds WHERE guild NOT IN"
		       " (SELECT CAST(value AS INTEGER) FROM json_each(?)) ORDER BY guild",
	[GUILD_SET_OWN] = "UPDATE guilds SET own = ?2 WHERE guild = ?1 AND own IS NOT ?2",
	/* A row that stays as it is does not count as a change. */
	[VOICE_SET] =
		"INSERT INTO voice (guild, user, channel, flags, name)"
		" VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET channel = excluded.channel,"
		" flags = excluded.flags, name = coalesce(excluded.name, name)"
		" WHERE channel <> excluded.channel OR flags <> excluded.flags"
		" OR name IS NOT coalesce(excluded.name, name)",
	[VOICE_NAME] = "SELECT coalesce((SELECT name FROM users WHERE user = ?2),"
		       " (SELECT name FROM voice WHERE guild = ?1 AND user = ?2))",
	/* What a patch sets to null is left out: a name that is not known, a flag that is off. That
	 * a channel is in no category is said, where the channel is known. */
	[VOICE_WALK] = "SELECT iif(known, json_set(seat, '$.category_id',"
		       " iif(parent, printf('%u', parent), NULL)), seat), named"
		       " FROM (SELECT json_patch('{}', json_object("
		       "'user', json_object('id', printf('%u', user), 'username', called),"
		       " 'channel_id', printf('%u', channel),"
		       " 'deaf', json(iif(flags & 1, 'true', 'false')),"
		       " 'mute', json(iif(flags & 2, 'true', 'false')),"
		       " 'suppress', json(iif(flags & 4, 'true', 'null')))) AS seat,"
		       " called IS NOT NULL AS named, known, parent, user"
		       " FROM (SELECT voice.*, coalesce(voice.name, users.name) AS called,"
		       " channels.kind >= 0 AS known, channels.parent"
		       " FROM voice LEFT JOIN users USING (user)"
		       " LEFT JOIN channels ON channels.channel = voice.channel"
		       " WHERE voice.guild = ? AND users.kind IS NOT ?)) ORDER BY user",
	[CHANNEL_SET] = "INSERT OR REPLACE INTO channels (channel, guild, parent, kind)"
			" VALUES (?, ?, ?, ?)",
	[CHANNEL_FIND] = "SELECT parent, kind FROM channels WHERE channel = ?",
	[ROLE_SET] = "INSERT OR REPLACE INTO roles (guild, role, position, permissions, managed)"
		     " VALUES (?, ?, ?, ?, ?)",
	[ROLES] = "SELECT json_group_array(json_object('id', printf('%u', role),"
		  " 'position', position, 'permissions', permissions,"
		  " 'managed', json(iif(managed, 'true', 'false'))))"
		  " FROM (SELECT * FROM roles WHERE guild = ? ORDER BY role)",
	[USER_LEARN] = "INSERT OR REPLACE INTO users (user, name, kind, seen) VALUES (?, ?, ?, ?)",
	[USER_FIND] = "SELECT kind, name FROM users WHERE user = ?",
	[USERS_FORGET] = "DELETE FROM users WHERE seen <= ?",
};

static const char users_table[] = "CREATE TEMP TABLE users (user INTEGER PRIMARY KEY, name TEXT,"
				  " kind INTEGER NOT NULL, seen INTEGER NOT NULL)";

/* As VOICE_WALK reads them. */
enum { DEAF = 1, MUTE = 2, SUPPRESS = 4 };

struct guilds {
	struct sqlite *sqlite;
	sqlite3_stmt *statements[COUNT];
	int64_t seen; /* a clock that counts the users learnt */
};

struct guilds *guilds_create(struct sqlite *sqlite)
{
	struct guilds *guilds = must(calloc(1, sizeof(*guilds)));
	guilds->sqlite = sqlite;
	sqlite_execute(sqlite, users_table);
	sqlite_prepare(sqlite, texts, COUNT, guilds->statements);
	return guilds;
}

void guilds_destroy(struct guilds **guilds)
{
	free(*guilds);
	*guilds = NULL;
}

/* Of a statement about no id, one, or two. */
static const char *types_of(sqlite3_stmt *statement)
{
	static const char *const types[] = {"", "i", "ii"};
	return types[sqlite3_bind_parameter_count(statement)];
}

/* Runs a change; true when it changed something. */
static bool change(struct guilds *guilds, int statement, uint64_t a, uint64_t b)
{
	sqlite3_stmt *text = guilds->statements[statement];
	int64_t before = sqlite_changes(guilds->sqlite);
	sqlite_run(guilds->sqlite, text, types_of(text), (int64_t)a, (int64_t)b);
	return sqlite_changes(guilds->sqlite) > before;
}

/* Begins a question. */
static sqlite3_stmt *query(struct guilds *guilds, int statement, uint64_t a, uint64_t b)
{
	sqlite3_stmt *text = guilds->statements[statement];
	sqlite_query(guilds->sqlite, text, types_of(text), (int64_t)a, (int64_t)b);
	return text;
}

bool guilds_change(struct guilds *guilds, enum guild_change statement, uint64_t a, uint64_t b)
{
	return change(guilds, (int)statement, a, b);
}

uint64_t guilds_find(struct guilds *guilds, enum guild_question question, uint64_t guild)
{
	sqlite3_stmt *find = query(guilds, (int)question, guild, 0);
	uint64_t id = 0;
	if (sqlite_row(guilds->sqlite, find)) {
		id = (uint64_t)sqlite3_column_int64(find, 0);
		sqlite_done(find);
	}
	return id;
}

/* The one text that such a question finds, on CTX; NULL when it finds none. */
static char *find_text(struct guilds *guilds, void *ctx, sqlite3_stmt *find)
{
	char *copy = NULL;
	if (sqlite_row(guilds->sqlite, find)) {
		const char *text = (const char *)sqlite3_column_text(find, 0);
		copy = text ? must(talloc_strdup(ctx, text)) : NULL;
		sqlite_done(find);
	}
	return copy;
}

/* ---- A guild */

static void clear(struct guilds *guilds, uint64_t guild)
{
	for (int statement = GUILD_CLEAR_VOICE; statement <= GUILD_CLEAR_ROLES; statement++)
		change(guilds, statement, guild, 0);
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

uint64_t *guilds_list(struct guilds *guilds, void *ctx, const char *except, size_t *out_count)
{
	sqlite3_stmt *list = guilds->statements[GUILD_LIST];
	uint64_t *ids = NULL;
	size_t count = 0;
	sqlite_query(guilds->sqlite, list, "t", except);
	while (sqlite_row(guilds->sqlite, list)) {
		if (count % 64 == 0)
			ids = must(talloc_realloc(ctx, ids, uint64_t, (unsigned)count + 64));
		ids[count++] = (uint64_t)sqlite3_column_int64(list, 0);
	}
	*out_count = count;
	return ids;
}

/* ---- Voice */

bool voice_set(
	struct guilds *guilds, uint64_t guild, const struct frame_voice *state, const char *name)
{
	int64_t before = sqlite_changes(guilds->sqlite);
	int64_t flags = (state->deaf ? DEAF : 0) | (state->mute ? MUTE : 0) |
			(state->suppress ? SUPPRESS : 0);
	sqlite_run(guilds->sqlite, guilds->statements[VOICE_SET], "iiiit", (int64_t)guild,
		(int64_t)state->user, (int64_t)state->channel, flags, name);
	return sqlite_changes(guilds->sqlite) > before;
}

char *voice_name(struct guilds *guilds, void *ctx, uint64_t guild, uint64_t user)
{
	return find_text(guilds, ctx, query(guilds, VOICE_NAME, guild, user));
}

void voice_begin(struct guilds *guilds, uint64_t guild)
{
	(void)query(guilds, VOICE_WALK, guild, USER_BOT);
}

const char *voice_next(struct guilds *guilds, bool *out_named)
{
	sqlite3_stmt *row = guilds->statements[VOICE_WALK];
	if (!sqlite_row(guilds->sqlite, row))
		return NULL;
	*out_named = sqlite3_column_int(row, 1) != 0;
	return (const char *)sqlite3_column_text(row, 0);
}

/* ---- Channels */

void channel_set(struct guilds *guilds, uint64_t guild, uint64_t id, struct channel channel)
{
	sqlite_run(guilds->sqlite, guilds->statements[CHANNEL_SET], "iiii", (int64_t)id,
		(int64_t)guild, (int64_t)channel.parent, (int64_t)channel.kind);
}

bool channel_find(struct guilds *guilds, uint64_t id, struct channel *out)
{
	sqlite3_stmt *row = query(guilds, CHANNEL_FIND, id, 0);
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

void role_set(struct guilds *guilds, uint64_t guild, const struct node *role)
{
	const char *permissions = node_text(node_get(role, "permissions"));
	uint64_t id = frame_id(role, "id");
	if (id)
		sqlite_run(guilds->sqlite, guilds->statements[ROLE_SET], "iiiti", (int64_t)guild,
			(int64_t)id, node_integer(node_get(role, "position")),
			permissions ? permissions : "0", (int64_t)frame_true(role, "managed"));
}

char *guild_roles(struct guilds *guilds, void *ctx, uint64_t guild)
{
	char *roles = find_text(guilds, ctx, query(guilds, ROLES, guild, 0));
	return roles ? roles : must(talloc_strdup(ctx, "[]"));
}

bool guild_set_own(struct guilds *guilds, uint64_t guild, const char *ids)
{
	int64_t before = sqlite_changes(guilds->sqlite);
	sqlite_run(guilds->sqlite, guilds->statements[GUILD_SET_OWN], "it", (int64_t)guild, ids);
	return sqlite_changes(guilds->sqlite) > before;
}

/* ---- Users */

void user_learn(struct guilds *guilds, uint64_t id, enum user_kind kind, const char *name)
{
	char *cut =
		name ? must(talloc_strndup(NULL, name, utf8_prefix(name, USERS_MAX_NAME))) : NULL;
	sqlite_run(guilds->sqlite, guilds->statements[USER_LEARN], "itii", (int64_t)id, cut,
		(int64_t)kind, ++guilds->seen);
	talloc_free(cut);
	if (guilds->seen % (USERS_MAX_KEPT / 4) == 0)
		sqlite_run(guilds->sqlite, guilds->statements[USERS_FORGET], "i",
			guilds->seen - USERS_MAX_KEPT);
}

enum user_kind user_find(struct guilds *guilds, void *ctx, uint64_t id, char **out_name)
{
	sqlite3_stmt *find = query(guilds, USER_FIND, id, 0);
	enum user_kind kind = USER_UNKNOWN;
	*out_name = NULL;
	if (sqlite_row(guilds->sqlite, find)) {
		const char *name = (const char *)sqlite3_column_text(find, 1);
		kind = (enum user_kind)sqlite3_column_int(find, 0);
		*out_name = name ? must(talloc_strdup(ctx, name)) : NULL;
		sqlite_done(find);
	}
	return kind;
}
