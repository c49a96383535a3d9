/*
 * What interactions tell of the members who ask (that they are there, their roles, since when, and
 * whether the guild's rules are still to be accepted), kept in the database beside the replies:
 * nobody waits for it. So Besace learns that somebody came back.
 *
 * A worker remembers what it told lately, so that most interactions cost no statement more, and
 * none do in guilds without rewards or zones of roles.
 */
#pragma once

#include "besace/discord/interaction.h"
#include "besace/http/worker.h"

/* Gives WORKER its memory of members, as worker->members_seen. */
void members_seen_create(struct worker *worker);

/* Tells the database of the member who asked IN, sent at SEEN_MS, unless nothing in the guild
 * depends on it, or this worker told the same lately. */
void members_seen_tell(struct worker *worker, const struct interaction *in, int64_t seen_ms);

/* Takes back what is not told yet: the worker is ending. */
void members_seen_give_up(struct worker *worker);
