/*
 * From what Discord dispatches to the events of the contract.
 *
 * Bots, webhooks, system messages, direct messages and reactions to one's own message stop here.
 * Message text is never looked at. Ids of events depend only on what Discord sent (message,
 * reactor and emoji; session and sequence number), so a dispatch that is repeated after a RESUME,
 * even by a shim that was started anew, gives the event the same id.
 *
 * To add a kind of event: see src/gateway/README.md.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "people.h"
#include "voice.h"

struct filter;

/* Takes one event, a JSON object as text. With AUTHOR_KNOWN false it is a reaction whose author
 * lacks the name: whoever sends it must find that out, and drop it if the author is a bot. */
typedef void filter_emit_fn(void *arg, const char *json, size_t length, bool author_known);

/* The caches stay the caller's. */
struct filter *filter_create(
	struct people *people, struct voice *voice, filter_emit_fn *emit, void *arg);
void filter_destroy(struct filter **filter);

/* A session began or is resumed: its id makes the event ids of what follows. */
void filter_set_session(struct filter *filter, const char *session_id);

/* One dispatch: its type, sequence number and data. NOW_MS is the calendar time of its arrival. */
void filter_dispatch(
	struct filter *filter, const char *type, int64_t seq, const json_t *data, int64_t now_ms);

/*
 * The sign of life, while the session is live: emits a heartbeat event, and a snapshot of every
 * guild when the service has missed something since the session began or was resumed: it was told
 * nothing for so long that it takes it for an outage (the clock was set forward), or events were
 * lost. In doubt after an outage it pays nobody in voice.
 */
void filter_heartbeat(struct filter *filter, int64_t now_ms);

/* Events that were emitted are lost. The snapshots come with a later heartbeat: when as much else
 * was emitted as the last ones took, for a spool that is full loses more with whatever is added. */
void filter_lost(struct filter *filter);

/*
 * Brings an event that was emitted before into the voice cache: what a shim that starts does with
 * the events of its spool. Events that say nothing about voice are skipped.
 */
void filter_recall(struct filter *filter, const char *json, size_t length);

/* The voice cache as the JSON of snapshots without an id, one call of EMIT a guild, for
 * filter_recall. */
void filter_save(struct filter *filter, filter_emit_fn *emit, void *arg);
