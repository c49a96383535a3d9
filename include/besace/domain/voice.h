/*
 * Voice of one guild, as one shim sees it: the occupants of its channels, and what they earn.
 *
 * XP and time in voice are a function of the shim's log of events: voice_settle takes a stretch
 * of the log and brings the guild to its end. However the log is cut into stretches, and whenever
 * members are settled, the sum of what was earned and the state at the end are the same.
 *
 * An event costs what it changes, however many are there: a channel keeps how many counted in it
 * from when on, and what a member earned is worked out from that when it is due (a tick, a beat, a
 * change of their own state). So a stretch needs those members only that its events name or that
 * have something due, a slice of them at a time. A snapshot and an outage concern everybody:
 * then all occupants must be given, as when it has changed whether the muted count.
 *
 * How the rules of rules.md are read:
 *
 * - A session lasts as long as its member counts (in a channel, not the AFK one, not deafened, not
 *   in the audience of a stage, nor muted where the muted do not count). Moving from channel to
 * channel while counting does not start another one.
 * - Ticks fall every VOICE_TICK_MS after its start, also when nobody else is there; such a tick
 *   pays nothing. An event at the very time of a tick comes after it. A tick that earned nothing,
 *   for whatever reason, is no tick of the hour.
 * - Ticks are paid by the settings at the moment when they are settled. When it changes whether the
 *   muted count, sessions of the muted begin or end at the moment up to which the guild is settled.
 * - The run of paid ticks that makes an hour's bonus goes on over sessions (a member may be
 *   deafened or AFK in between) and over absences of at most VOICE_ABSENCE_MS.
 * - Time in voice is time in any channel, deafened and AFK as well. Each stay is counted in whole
 *   seconds. A member is credited when their state changes, at their ticks and at each beat of the
 *   shim: what was watched and is not credited is below VOICE_BEAT_MS.
 * - After an outage nothing is known of a guild until a snapshot comes, so settling stops at the
 *   outage and goes on when the log holds the snapshot. A member shown as counting has
 *   counted all along, one shown otherwise has stayed in voice but ended the session at the
 *   outage, one not shown left at the outage.
 * - When every occupant of the time of the outage has had an event of their own before a snapshot
 *   comes, the last ones of these are what a snapshot would have shown right then, and are taken
 *   for it. One that comes later shows what has changed since, as any does without an outage.
 * - A guild stays unresolved while some occupant has not appeared in any event since the outage:
 *   they may have stayed or left, and the others' XP depends on which. It waits for
 *   VOICE_UNRESOLVED_EVENTS events, at most VOICE_UNRESOLVED_MS; an occupant that no event has
 *   told by then has left at the outage.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/snowflake.h"

#define VOICE_TICK_MS 120000
#define VOICE_BONUS_TICKS 30
/* Away for longer is to have left voice. */
#define VOICE_ABSENCE_MS 60000
/* Two signs of life of a shim further apart than this are an outage. */
#define VOICE_WATCH_MS 90000
/* A beat of a shim is a heartbeat, or any other event that is new and comes this long after the
 * last beat: shims need not send heartbeats. */
#define VOICE_BEAT_MS 30000
/* How long a guild stays unresolved: by the shim's clock, and in events of the guild. */
#define VOICE_UNRESOLVED_MS (24 * 3600 * INT64_C(1000))
#define VOICE_UNRESOLVED_EVENTS 1000
/* Members of one guild that one stretch pays; the others are paid in the next one. */
#define VOICE_SLICE 1000

/* What an event says of a member. */
struct voice_state {
	struct snowflake user;
	struct snowflake channel; /* empty text: in none */
	bool counts; /* in a channel, not the AFK one, not deafened, no audience */
	bool muted; /* counts where the muted do */
};

/* What a member's roles make of their ticks. */
struct voice_member {
	struct snowflake user;
	int percent; /* 0: nothing is earned */
	int64_t left, left_eve; /* what the cap leaves of the current day, and of the one before */
};

/* The same of a channel. */
struct voice_place {
	struct snowflake channel;
	int percent;
};

/* The settings of a guild. */
struct voice_rules {
	bool on;
	int32_t first, further; /* a tick among two, and for each one more */
	int32_t count_max; /* so many count */
	int32_t members_min;
	bool muted_count;
	int32_t hour; /* after VOICE_BONUS_TICKS */
	int32_t rate_percent;
	int64_t rate_until_ms; /* then 100 */
	/* In the order of their ids. A role or channel that is missing has no factor and no cap. */
	struct voice_member *members;
	size_t member_count;
	const struct voice_place *places;
	size_t place_count;
};

/* Those of a guild that has changed nothing. */
extern const struct voice_rules voice_rules_default;

/* An event of the guild. Times are the log's: they never go back. */
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
	const struct outage *outages; /* those that end after the guild's clock, in order */
	size_t outage_count;
	int64_t clock_ms; /* the shim's last sign of life */
	int64_t beat_ms; /* its last beat, not after clock_ms; 0: none yet */
	const struct voice_rules *rules;
	int64_t midnight_ms; /* when the guild's current day began */
};

struct occupant {
	struct snowflake user;
	struct snowflake channel; /* empty text: away, for at most VOICE_ABSENCE_MS */
	bool counts; /* under the rules that it was settled by */
	bool able, muted; /* what the last event said */
	int64_t since_ms; /* start of the session, while it counts */
	int64_t left_ms; /* while away */
	int64_t credited_ms; /* time and ticks are credited up to here */
	int rest_ms; /* credited, but no whole second yet: below 1000 */
	int run; /* paid ticks towards the next bonus: below VOICE_BONUS_TICKS */

	/* Set by voice_settle. */
	bool changed; /* differs from what was given, or is gone */
	bool gone; /* to be forgotten */
	int64_t xp; /* of the guild's current day */
	int64_t xp_eve; /* of what came before it */
	int64_t seconds;
};

/* How many count in a channel, from a time on: at a tick those of the last one before it. */
struct voice_count {
	int64_t at_ms;
	int count;
	bool changed; /* set by voice_settle: differs from what was given */
};

struct voice_channel {
	struct snowflake id;
	struct voice_count *counts; /* oldest first, as far back as a tick may be due */
	size_t used, room;
};

struct voice_guild {
	int64_t clock_ms; /* events are applied up to here; at first, the time of the first one */
	bool muted_excluded; /* the rules that it was settled by; others concern everybody */
	struct occupant *occupants; /* all of them, or those concerned */
	size_t count, room;
	struct voice_channel *channels; /* at least those of OCCUPANTS and of the events */
	size_t channel_count, channel_room;
};

struct settlement {
	size_t consumed; /* events that are done with */
	bool unresolved; /* waits for what tells who has stayed over an outage */
	int64_t due_ms; /* while unresolved: when to settle at the latest */
};

/* When settling OCCUPANT will next bring something without a beat; INT64_MAX: only an event will.
 */
int64_t voice_due_ms(const struct occupant *occupant);

/*
 * Settles GUILD over LOG. Occupants and channels may stand in any order; they must be in memory of
 * malloc, of which there may be none yet, and may move.
 */
void voice_settle(struct voice_guild *guild, const struct voice_log *log, struct settlement *out);

/* Frees occupants and channels. */
void voice_release(struct voice_guild *guild);
