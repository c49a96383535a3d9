/*
 * A voice: who is in voice in one guild, as one shim sees it, and what that earns.
 *
 * XP and time in voice are a function of the shim's log of events: voice_settle takes a stretch
 * of the log and brings the voice to its end. However the log is cut into stretches, and whenever
 * they are settled, the sum of what was earned and the voice at the end are the same.
 *
 * How the rules of rules.md are read:
 *
 * - A session lasts as long as its member counts (in a channel, not the AFK one, not deafened).
 *   Moving from channel to channel while counting does not start another one.
 * - Ticks fall every VOICE_TICK_MS after its start, also when nobody else is there; such a tick
 *   pays nothing. An event at the very time of a tick comes after it.
 * - The run of paid ticks that makes an hour's bonus goes on over sessions (a member may be
 *   deafened or AFK in between) and over absences of at most VOICE_ABSENCE_MS.
 * - Time in voice is time in any channel, deafened and AFK as well. Each stay is counted in whole
 *   seconds. It is credited to everybody at each event of the voice and at each beat of the shim,
 *   and to a member at their ticks: what was watched and is not credited is below VOICE_BEAT_MS.
 * - After an outage nothing is known of the voice until a snapshot comes, so settling stops at
 *   the outage and goes on when the log holds the snapshot. A member whom it shows as counting has
 *   counted all along, one whom it shows otherwise has stayed in voice but ended the session at the
 *   outage, one whom it does not show left at the outage.
 * - When everybody who was in voice at the outage has had an event of their own before a snapshot
 *   comes, the last ones of these are what a snapshot would have shown right then, and are taken
 *   for it. One that comes later shows what has changed since, as any does without an outage.
 * - In doubt stays a voice with a member of whom no event tells: who has sat still, or left during
 *   the outage and not come back. Which of both decides what the others' ticks pay. It is waited
 *   for VOICE_UNRESOLVED_EVENTS events, at most VOICE_UNRESOLVED_MS; whom no event has told of by
 * then has left at the outage.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/snowflake.h"

#define VOICE_TICK_MS 120000
#define VOICE_BONUS_TICKS 30
#define VOICE_BONUS_XP 25
/* Away for longer is to have left voice. */
#define VOICE_ABSENCE_MS 60000
/* Two signs of life of a shim further apart than this are an outage. */
#define VOICE_WATCH_MS 90000
/* A beat of a shim is a heartbeat, or any other event that is new and comes this long after the
 * last beat: shims need not send heartbeats. */
#define VOICE_BEAT_MS 30000
/* How long a doubt lasts after an outage: by the shim's clock, and in events of the voice. */
#define VOICE_UNRESOLVED_MS (24 * 3600 * INT64_C(1000))
#define VOICE_UNRESOLVED_EVENTS 1000

/* What an event says of a member. */
struct voice_state {
	struct snowflake user;
	struct snowflake channel; /* empty text: in none */
	bool counts; /* in a channel, not the AFK one, not deafened */
};

/* An event of the voice's guild. Times are the log's: they never go back. */
struct voice_event {
	int64_t at_ms;
	bool whole; /* a snapshot: whoever it does not show is in no channel */
	const struct voice_state *states; /* no user twice */
	size_t state_count;
};

/* An outage of the shim: nothing was watched after FROM_MS until TO_MS. */
struct outage {
	int64_t from_ms, to_ms;
};

/* A stretch of the log. */
struct voice_log {
	const struct voice_event *events;
	size_t event_count;
	const struct outage *outages; /* those that end after the voice's clock, in order */
	size_t outage_count;
	int64_t clock_ms; /* the shim's last sign of life */
	int64_t beat_ms; /* its last beat, not after clock_ms; 0: none yet */
};

struct occupant {
	struct snowflake user;
	struct snowflake channel; /* empty text: away, for at most VOICE_ABSENCE_MS */
	bool counts;
	int64_t since_ms; /* start of the session, while it counts */
	int64_t left_ms; /* while away */
	int64_t credited_ms; /* time in voice is credited up to here */
	int rest_ms; /* credited, but no whole second yet: below 1000 */
	int run; /* paid ticks towards the next bonus: below VOICE_BONUS_TICKS */

	/* Set by voice_settle. */
	bool changed; /* differs from what was given, or is gone */
	bool gone; /* to be forgotten */
	int64_t xp;
	int64_t seconds;
};

struct voice_guild {
	int64_t clock_ms; /* settled up to here; for a new one, the time of its first event */
	struct occupant *occupants;
	size_t count, room;
};

struct settlement {
	size_t consumed; /* events that are done with */
	bool unresolved; /* waits for what tells who has stayed over an outage */
	bool occupied; /* somebody is in voice and not in doubt: beats credit time */
	int64_t due_ms; /* when settling will next bring something; INT64_MAX: only an event will */
};

/*
 * Settles LOUNGE over LOG. Its occupants may stand in any order and come back in the order of
 * their user ids; they must be in memory of malloc, of which there may be none yet, and may move.
 */
void voice_settle(struct voice_guild *voice, const struct voice_log *log, struct settlement *out);

/* Frees the occupants. */
void voice_release(struct voice_guild *voice);
