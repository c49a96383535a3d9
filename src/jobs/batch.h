/*
 * What a shim posts to /events, read into plain structs.
 *
 * The batch as a whole must be sound JSON with an array of events; each event is then judged by
 * itself, and a bad one is refused alone. Bots, webhooks, direct messages and reactions to one's
 * own messages are refused as well where they can be told: the shim does not forward them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/bag.h"
#include "besace/domain/event.h"

/* Events of one batch: the contract. */
#define BATCH_MAX_EVENTS 1000

/* Bytes of an event's id: besace_event_ids.id. The longest of the shim's, a reaction with a
 * composed emoji, has 190. */
#define BATCH_MAX_ID 200

/* Characters of a shim's name: the contract. */
#define BATCH_MAX_SOURCE 64

/* An event that does not count. */
struct refusal {
	size_t index; /* in the batch as it was posted, from 0 */
	const char *reason; /* one sentence, static */
};

/* Under which terms a batch is read. */
struct batch_terms {
	int64_t now_ms;
	int64_t signed_ms; /* the end of the second of its signature: no event is believed later */
	const char *source; /* that the key is bound to; NULL: any */
	const struct snowflake *guilds; /* that are served; none: all */
	size_t guild_count;
	draw_fn *draw; /* of what messages bring */
};

struct batch {
	const char *source;
	struct event *events; /* good ones, in their order */
	size_t count;
	struct refusal *refusals;
	size_t refusal_count; /* in the order of their index */
	int64_t ahead_ms; /* how far after the signature the latest event was said to be */
};

/*
 * Reads LENGTH bytes of JSON. On success *out belongs to CTX. STATUS_INVALID with a sentence in
 * *out_why (on CTX) when the bytes are not JSON, repeat a key, hold no array of events or more than
 * BATCH_MAX_EVENTS, or name a source that is none; STATUS_DENIED when the source is not the key's.
 */
MUST_CHECK enum status batch_parse(void *ctx, const char *json, size_t length,
	const struct batch_terms *terms, struct batch *out, char **out_why);

/* Takes the events at the COUNT places (from 1, rising) out of BATCH and notes REASON, which is
 * static, for each. */
void batch_refuse(
	void *ctx, struct batch *batch, const int64_t *places, size_t count, const char *reason);
