/*
 * From what Discord dispatches to the events of the contract.
 *
 * Bots, webhooks, system messages, direct messages and reactions to one's own message stop here.
 * Message text is never looked at. Ids of events depend only on what Discord sent (message,
 * reactor and emoji; session and sequence number), so a dispatch that is repeated after a RESUME,
 * even by a shim that was started anew, gives the event the same id.
 *
 * To add a type of event: see src/gateway/README.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/discord/frame.h"
#include "guilds.h"

/* One event as JSON. A snapshot is the only one that grows; with its batch around it, it must stay
 * under the 4 MiB that the service takes. */
#define FILTER_MAX_EVENT (3u * 1024u * 1024u)

struct filter;

/* Takes one event, a JSON object as text. COMPLETE false: users in it lack their names, and may be
 * bots; the sender must find that out. */
typedef void filter_emit_fn(void *arg, const char *json, size_t length, bool complete);

/* CHANNEL is not known: ask Discord once, and put it into the guilds. */
typedef void filter_ask_fn(void *arg, uint64_t guild, uint64_t channel);

/* The caches stay the caller's. */
struct filter_settings {
	struct guilds *guilds;
	int shard_id, shard_count;
	filter_emit_fn *emit;
	filter_ask_fn *ask; /* NULL: none is asked for */
	void *arg;
};

struct filter *filter_create(const struct filter_settings *settings);
void filter_destroy(struct filter **filter);

/* A session began or is resumed: its id and its salt (spool_salt) make the event ids of what
 * follows. */
void filter_set_session(struct filter *filter, const char *session_id, const char *salt);

/* One dispatch. NOW_MS is Discord's time of its arrival. */
void filter_dispatch(struct filter *filter, const struct frame *frame, int64_t now_ms);

/*
 * The sign of life, while the session is live: emits a heartbeat event, and a snapshot of every
 * guild when the service has missed something since the session began or was resumed: a silence
 * that it takes for an outage, or events that were lost. A guild that is unresolved after an outage
 * is paid nothing in voice.
 */
void filter_heartbeat(struct filter *filter, int64_t now_ms);

/* Events that were emitted are lost. The snapshots come with a later heartbeat: when as much else
 * was emitted as the last ones took, for a spool that is full loses more with whatever is added. */
void filter_lost(struct filter *filter);
