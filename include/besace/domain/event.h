/*
 * An event of the community, as a shim reports it and as far as it is known to be well formed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/domain/lounge.h"

enum event_kind {
	EVENT_MESSAGE,
	EVENT_REACTION,
	EVENT_VOICE, /* a member's state, or a snapshot of a guild */
	EVENT_HEARTBEAT,
};

/* Texts are borrowed. What a kind does not have is empty or NULL. */
struct event {
	const char *id; /* makes it count once */
	enum event_kind kind;
	int64_t at_ms; /* since 1970 UTC */
	struct snowflake guild; /* EVENT_VOICE */

	/* EVENT_MESSAGE and EVENT_REACTION: the message's author. */
	struct snowflake who;
	const char *name; /* NULL: not known (EVENT_REACTION) */
	struct snowflake message; /* EVENT_REACTION */
	int xp; /* EVENT_MESSAGE: what was drawn for it */

	/* EVENT_VOICE: no user twice. */
	bool whole; /* a snapshot */
	const struct seat *seats;
	const char *const *seat_names;
	size_t seat_count;
};
