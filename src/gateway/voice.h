/*
 * Who is in voice where: the cache that snapshots are made of.
 *
 * Bots are never in it. It is compact (24 bytes and the name for each member) because a shard may
 * see a million members; see LIMIT_VOICE_STATES. It belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

struct voice;

struct voice_member {
	uint64_t user;
	uint64_t channel; /* never 0 here */
	const char *name; /* borrowed; valid until the next change of its guild */
	bool deaf, mute; /* by themselves or by the server */
};

struct voice *voice_create(void);
void voice_destroy(struct voice **voice);

/* Forgets everything. */
void voice_clear(struct voice *voice);

/* Makes GUILD empty, with AFK as its AFK channel (0: none) and room for about MEMBERS.
 * STATUS_TOO_LARGE above LIMIT_GUILDS. */
MUST_CHECK enum status voice_guild_reset(
	struct voice *voice, uint64_t guild, uint64_t afk, size_t members);
void voice_guild_remove(struct voice *voice, uint64_t guild);

bool voice_guild_known(const struct voice *voice, uint64_t guild);
/* 0 when there is none or the guild is not known. */
uint64_t voice_afk(const struct voice *voice, uint64_t guild);
/* No effect on a guild that is not known. */
void voice_set_afk(struct voice *voice, uint64_t guild, uint64_t afk);

/* Puts or changes a member; a guild that is not known is made. STATUS_TOO_LARGE above a limit. */
MUST_CHECK enum status voice_set(
	struct voice *voice, uint64_t guild, const struct voice_member *member);
void voice_leave(struct voice *voice, uint64_t guild, uint64_t user);

/* False when the member is in no channel of the guild. */
bool voice_find(const struct voice *voice, uint64_t guild, uint64_t user, struct voice_member *out);

/* Walks: guilds by rising id from PLACE 0, members of a guild by rising id. */
size_t voice_guild_count(const struct voice *voice);
uint64_t voice_guild_at(const struct voice *voice, size_t place);
size_t voice_member_count(const struct voice *voice, uint64_t guild);
void voice_member_at(
	const struct voice *voice, uint64_t guild, size_t place, struct voice_member *out);

/* Members over all guilds. */
size_t voice_total(const struct voice *voice);
