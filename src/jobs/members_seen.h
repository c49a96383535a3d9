/*
 * What interactions tell of the members who ask (that they are there, their roles, since when, and
 * whether the guild's rules are still to be accepted), kept in the database beside the replies:
 * nobody waits for it. So Besace learns that somebody came back.
 *
 * It remembers what was told lately, so that most interactions cost no statement more, and
 * none do in guilds without rewards or zones of roles.
 */
#pragma once

#include "besace/discord/interaction.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct members_seen;

/* On CTX; for one loop and its pool. */
struct members_seen *members_seen_create(void *ctx, struct loop *loop, struct pool *pool);

/* Tells the database of the member who asked IN, sent at SEEN_MS, in a guild where that matters,
 * unless the same was told lately. */
void members_seen_tell(struct members_seen *members, const struct interaction *in, int64_t seen_ms);

/* Calls that are not finished. */
unsigned members_seen_pending(const struct members_seen *members);

/* Cancels what is not written yet: the service is ending. */
void members_seen_give_up(struct members_seen *members);
