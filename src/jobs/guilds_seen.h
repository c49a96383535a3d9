/*
 * Keeps what interactions tell of their guilds (that Besace is there, guild_locale, COMMUNITY, the
 * language of public replies, where their channels stand) in the database; no reply waits for it.
 *
 * It remembers what was told lately, so that most interactions cost no further statement.
 */
#pragma once

#include "besace/runtime/loop.h"
#include "besace/store/guilds.h"
#include "besace/store/pool.h"

struct guilds_seen;

/* On CTX; for one loop and its pool. */
struct guilds_seen *guilds_seen_create(void *ctx, struct loop *loop, struct pool *pool);

/* Writes SEEN to the database, unless the same was written within the last minute, or so many are
 * on their way that members would wait behind them: then a later one is written. */
void guilds_seen_tell(struct guilds_seen *guilds, const struct guild_seen *seen);

/* Whether what interactions tell of members matters in the guild of SEEN, as the database said
 * last. */
bool guilds_seen_wants_members(struct guilds_seen *guilds, const struct guild_seen *seen);

/* Calls that are not finished. */
unsigned guilds_seen_pending(const struct guilds_seen *guilds);

/* Cancels what is not written yet: the service is ending. */
void guilds_seen_give_up(struct guilds_seen *guilds);
