/*
 * What Discord said of its guilds: channels, roles, and who is in voice where.
 *
 * It is kept in the file of the spool, in the transactions of the events that follow from it, since
 * Discord says it once a session. Bots are not in it, as far as they are known.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/runtime/sqlite.h"

struct guilds;

struct guilds *guilds_create(struct sqlite *sqlite);
void guilds_destroy(struct guilds **guilds);

/* The bot's own user id; 0 when it is not known yet. */
uint64_t guilds_self(struct guilds *guilds);
void guilds_set_self(struct guilds *guilds, uint64_t user);

/* ---- A guild */

/* Makes GUILD known and empty, with AFK as its AFK channel (0: none). */
void guild_reset(struct guilds *guilds, uint64_t guild, uint64_t afk);
void guild_remove(struct guilds *guilds, uint64_t guild);
bool guild_is_known(struct guilds *guilds, uint64_t guild);
/* 0 when there is none or the guild is not known. */
uint64_t guild_afk(struct guilds *guilds, uint64_t guild);
void guild_set_afk(struct guilds *guilds, uint64_t guild, uint64_t afk);
/* The ids of all, on CTX. */
uint64_t *guilds_list(struct guilds *guilds, void *ctx, size_t *out_count);

/* ---- Voice */

struct guild_voice_state {
	uint64_t user;
	uint64_t channel; /* never 0 in the table */
	const char *name; /* NULL: nobody said it. Borrowed until the next row */
	bool deaf, mute; /* by themselves or by the server */
	bool suppress; /* in the audience of a stage */
};

void voice_set(struct guilds *guilds, uint64_t guild, const struct guild_voice_state *state);
void voice_leave(struct guilds *guilds, uint64_t guild, uint64_t user);
/* Everybody leaves CHANNEL. True when somebody was there. */
bool voice_empty(struct guilds *guilds, uint64_t guild, uint64_t channel);
/* False when the member is in no channel of the guild. The name is not filled in. */
bool voice_find(
	struct guilds *guilds, uint64_t guild, uint64_t user, struct guild_voice_state *out);

/* The name that came with it, copied into OUT of SIZE bytes; false when there is none. */
bool voice_name(struct guilds *guilds, uint64_t guild, uint64_t user, char *out, size_t size);

/* Walks through the members in voice of a guild by rising id: begin, then next until it is false.
 * One walk at a time, and to its end. */
void voice_begin(struct guilds *guilds, uint64_t guild);
bool voice_next(struct guilds *guilds, struct guild_voice_state *out);

/* ---- Channels */

struct channel {
	uint64_t parent; /* the channel of a thread, else the category; 0: none */
	int kind; /* Discord's type; CHANNEL_ASKED: not known, and asked for */
};

#define CHANNEL_ASKED (-1)

void channel_set(struct guilds *guilds, uint64_t guild, uint64_t id, const struct channel *channel);
void channel_remove(struct guilds *guilds, uint64_t id);
bool channel_find(struct guilds *guilds, uint64_t id, struct channel *out);
bool channel_is_thread(const struct channel *channel);

/* ---- Roles */

struct role {
	uint64_t id;
	int64_t position;
	const char *permissions; /* a number in decimal. Borrowed until the next row */
	bool managed;
};

void role_set(struct guilds *guilds, uint64_t guild, const struct role *role);
void role_remove(struct guilds *guilds, uint64_t guild, uint64_t id);
/* As with voice. */
void role_begin(struct guilds *guilds, uint64_t guild);
bool role_next(struct guilds *guilds, struct role *out);

/* The roles that the bot itself has, as a JSON array of ids. False when that did not change. */
bool guild_set_own(struct guilds *guilds, uint64_t guild, const char *ids);
/* The highest of them; 0 when they are not known. */
uint64_t guild_own_role(struct guilds *guilds, uint64_t guild);
