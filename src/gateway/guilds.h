/*
 * What Discord said of its guilds, channels, roles, which members are in voice where, and of the
 * users seen.
 *
 * Tables in the file of the spool, changed in the transactions of the events that follow from them,
 * since Discord says it once a session. Bots are not in voice, as far as they are known. The users
 * are a table in memory beside them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/discord/frame.h"
#include "besace/runtime/sqlite.h"

struct guilds;

struct guilds *guilds_create(struct sqlite *sqlite);
void guilds_destroy(struct guilds **guilds);

/* Statements about one or two ids, in the order that their comments say. */
enum guild_change {
	SELF_SET, /* the bot's own user */
	GUILD_SET_AFK, /* guild, AFK channel (0: none) */
	VOICE_LEAVE, /* guild, user */
	VOICE_EMPTY, /* guild, channel: all that are in it leave */
	CHANNEL_REMOVE, /* channel */
	ROLE_REMOVE, /* guild, role */
	GUILD_CHANGES
};

/* True when there was something to change. */
bool guilds_change(struct guilds *guilds, enum guild_change change, uint64_t a, uint64_t b);

enum guild_question {
	SELF = GUILD_CHANGES, /* the bot's own user */
	GUILD_KNOWN, /* guild: itself, when it is known */
	GUILD_AFK, /* guild: its AFK channel */
	GUILD_OWN_ROLE, /* guild: the highest role that the bot has there */
	GUILD_QUESTIONS
};

/* The id asked for; 0 when there is none or it is not known. */
uint64_t guilds_find(struct guilds *guilds, enum guild_question question, uint64_t guild);

/* ---- A guild */

/* Makes GUILD known and empty, with AFK as its AFK channel (0: none). */
void guild_reset(struct guilds *guilds, uint64_t guild, uint64_t afk);
void guild_remove(struct guilds *guilds, uint64_t guild);

/* The ids of all guilds but those of EXCEPT, a JSON array of ids, on CTX. */
uint64_t *guilds_list(struct guilds *guilds, void *ctx, const char *except, size_t *out_count);

/* ---- Voice */

/* Puts a member into a channel. NAME is NULL when nothing says it: an earlier one is kept. True
 * when that was not known. */
bool voice_set(
	struct guilds *guilds, uint64_t guild, const struct frame_voice *state, const char *name);

/* The name of a user, on CTX: seen lately, or said when they were in voice. NULL: neither. */
char *voice_name(struct guilds *guilds, void *ctx, uint64_t guild, uint64_t user);

/* Walks through the members in voice of a guild by rising id: begin, then next until it is NULL.
 * Each is the JSON object of a snapshot, borrowed until the next. One walk at a time. */
void voice_begin(struct guilds *guilds, uint64_t guild);
const char *voice_next(struct guilds *guilds, bool *out_named);

/* ---- Channels */

struct channel {
	uint64_t parent; /* the channel of a thread, else the category; 0: none */
	int kind; /* Discord's type; CHANNEL_ASKED: not known, and asked for */
};

#define CHANNEL_ASKED (-1)

void channel_set(struct guilds *guilds, uint64_t guild, uint64_t id, struct channel channel);
bool channel_find(struct guilds *guilds, uint64_t id, struct channel *out);
bool channel_is_thread(const struct channel *channel);

/* ---- Roles */

/* A role object of Discord's. */
void role_set(struct guilds *guilds, uint64_t guild, const struct node *role);
/* The roles as a JSON array by rising id, on CTX. */
char *guild_roles(struct guilds *guilds, void *ctx, uint64_t guild);
/* The roles that the bot itself has, as a JSON array of ids. False when that did not change. */
bool guild_set_own(struct guilds *guilds, uint64_t guild, const char *ids);

/* ---- Users */

/* Characters of a name: the service refuses an event with a longer one, its column is VARCHAR(255).
 */
#define USERS_MAX_NAME 255

/* Users that are known, some 4 MiB with their names: of more, those that were seen least lately
 * are forgotten, a quarter of this at a time. */
#define USERS_MAX_KEPT 65536

enum user_kind {
	USER_UNKNOWN, /* not seen, or long ago */
	USER_HUMAN,
	USER_BOT,
	USER_NOBODY, /* Discord has no user of this id */
};

/* Remembers or refreshes a user. NAME is cut to USERS_MAX_NAME characters; NULL for NOBODY. */
void user_learn(struct guilds *guilds, uint64_t id, enum user_kind kind, const char *name);

/* What is known of ID; its name, on CTX, when it is a HUMAN or a BOT, else NULL. */
enum user_kind user_find(struct guilds *guilds, void *ctx, uint64_t id, char **out_name);
