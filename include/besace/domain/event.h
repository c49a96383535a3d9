/*
 * An event of a guild, as a shim reports it and as far as it is known to be well formed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/domain/voice.h"

enum event_type {
	EVENT_MESSAGE,
	EVENT_REACTION,
	EVENT_VOICE, /* a member's state, or a snapshot of a guild */
	EVENT_HEARTBEAT,
};

/* Texts are borrowed. What a type does not have is empty or NULL. */
struct event {
	const char *id; /* makes it count once */
	enum event_type type;
	int64_t at_ms; /* since 1970 UTC */
	struct snowflake guild; /* all but EVENT_HEARTBEAT */

	/* EVENT_MESSAGE and EVENT_REACTION: the message's author. */
	struct snowflake user;
	const char *name; /* NULL: not known (EVENT_REACTION) */
	struct snowflake message; /* EVENT_REACTION */
	int xp; /* EVENT_MESSAGE: what was drawn for it */

	/* EVENT_VOICE: no user twice. */
	bool whole; /* a snapshot */
	const struct voice_state *states;
	const char *const *state_names;
	size_t state_count;
};
