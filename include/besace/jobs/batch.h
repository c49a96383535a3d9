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

/* An event that does not count. */
struct refusal {
	size_t index; /* in the batch as it was posted, from 0 */
	const char *reason; /* one sentence, static */
};

struct batch {
	const char *source;
	struct event *events; /* good ones, in their order */
	size_t count;
	struct refusal *refusals;
	size_t refusal_count;
};

/*
 * Reads LENGTH bytes of JSON that came at NOW_MS; DRAW draws what messages bring. On success *out
 * belongs to CTX. STATUS_INVALID with a sentence in *out_why (on CTX) when the bytes are not JSON,
 * repeat a key, hold no array of events or more than LIMIT_EVENTS, or name a source that is none.
 */
MUST_CHECK enum status batch_parse(void *ctx, const char *json, size_t length, int64_t now_ms,
	draw_fn *draw, struct batch *out, char **out_why);
