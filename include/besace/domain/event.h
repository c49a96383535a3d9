/*
 * An event of a guild, as a shim reports it and as far as it is known to be well formed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/domain/voice.h"

/* The service remembers ids for this long, so that an older event could not be told from one that
 * was counted. */
#define EVENT_MEMORY_MS (7 * 24 * 3600 * INT64_C(1000))
/* An event further than this after its batch's signature comes from a clock that is wrong. */
#define EVENT_AHEAD_MS (24 * 3600 * INT64_C(1000))

enum event_type {
	EVENT_MESSAGE,
	EVENT_REACTION,
	EVENT_VOICE, /* a member's state, or a snapshot of a guild */
	EVENT_HEARTBEAT,
	EVENT_JOIN,
	EVENT_GUILD, /* what tells of guilds: see `fact` */
};

/* What an event tells of a member. */
struct member_facts {
	const char *name; /* NULL: not known */
	const char *roles; /* ids separated by commas; NULL: not known */
	int64_t joined_ms; /* 0: not known */
	int pending; /* 1: has not accepted the guild's rules yet; -1: has; 0: not known */
	const char *category; /* of the voice channel they are in; as that of an event */
};

/* Texts are borrowed. What a type does not have is empty or NULL. */
struct event {
	size_t index; /* in the batch as it was posted, from 0 */
	const char *id; /* makes it count once */
	enum event_type type;
	int64_t at_ms; /* since 1970 UTC, by the shim's clock */
	int64_t sent_ms; /* by Discord's, as far as it is known: serves cooldowns */
	struct snowflake guild; /* empty: it belongs to none, or to several */

	/* EVENT_MESSAGE, EVENT_REACTION: the message's author; EVENT_JOIN. */
	struct snowflake user;
	struct member_facts facts;
	struct snowflake channel; /* EVENT_MESSAGE, EVENT_REACTION: a thread's own */
	/* Where the channel stands: ids; "": there is none; NULL: not known. */
	const char *parent, *category;
	struct snowflake message; /* EVENT_REACTION */
	uint32_t draw; /* EVENT_MESSAGE: below XP_DRAWS (domain/earning.h) */

	/* EVENT_VOICE: no user twice. */
	bool whole; /* a snapshot */
	const struct voice_state *states;
	const struct member_facts *state_facts;
	size_t state_count;

	const char *fact; /* EVENT_GUILD: the JSON object that besace_guild_apply takes */
};
