/*
 * What interactions tell of their guilds (that Besace is there, guild_locale, COMMUNITY, the
 * language of public replies), kept in the database beside the replies: nobody waits for it.
 *
 * A worker remembers what it told lately, so that an interaction costs no statement more.
 */
#pragma once

#include "besace/http/worker.h"
#include "besace/store/guilds.h"

/* Gives WORKER its memory of guilds, as worker->guilds_seen. */
void guilds_seen_create(struct worker *worker);

/* Tells the database SEEN, unless this worker did so within the last minute. */
void guilds_seen_tell(struct worker *worker, const struct guild_sighting *seen);

/* Whether what interactions tell of members matters in GUILD, as the database said last. */
bool guilds_seen_wants_members(struct worker *worker, const struct snowflake *guild);

/* Takes back what is not told yet: the worker is ending. */
void guilds_seen_give_up(struct worker *worker);
