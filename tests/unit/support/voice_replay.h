/* A voice log, and settling it piece by piece. Times are in seconds. */
#pragma once

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "besace/base/memory.h"
#include "besace/domain/voice.h"

#define USERS 6
#define LOG_MAX 400

/* ---- A log, and settling it piece by piece. Times are in seconds. */

enum kind { BEAT, STATE, SNAPSHOT, OTHER };

struct entry {
	int64_t at;
	enum kind kind;
	int user, channel; /* STATE; channel 0: none */
	bool counts;
	struct {
		int channel;
		bool counts;
	} shown[USERS + 1]; /* SNAPSHOT */
};

struct replay {
	struct voice_guild voice;
	struct voice_event pending[LOG_MAX];
	struct voice_state states[LOG_MAX][USERS];
	size_t pending_count;
	struct outage outages[LOG_MAX];
	size_t outage_count;
	int64_t clock, beat; /* ms; -1: no sign of life yet */
	int64_t xp[USERS + 1], seconds[USERS + 1];
	struct settlement last;
};

static inline struct snowflake number(int value)
{
	struct snowflake id = {{0}};
	if (value)
		snprintf(id.text, sizeof(id.text), "%d", value);
	return id;
}

static inline struct voice_state state_of(int user, int channel, bool counts)
{
	return (struct voice_state){
		.user = number(user), .channel = number(channel), .counts = counts && channel};
}

static inline void replay_open(struct replay *replay)
{
	*replay = (struct replay){.clock = -1};
}

static inline void replay_close(struct replay *replay)
{
	voice_release(&replay->voice);
}

/* What the intake does with an event. */
static inline void take(struct replay *replay, const struct entry *entry)
{
	int64_t at = entry->at * 1000;
	if (replay->clock >= 0 && at - replay->clock > VOICE_WATCH_MS)
		replay->outages[replay->outage_count++] = (struct outage){replay->clock, at};
	replay->clock = at;
	if (entry->kind == BEAT || at - replay->beat >= VOICE_BEAT_MS)
		replay->beat = at;
	if (entry->kind != STATE && entry->kind != SNAPSHOT)
		return;
	size_t place = replay->pending_count++;
	struct voice_event *event = &replay->pending[place];
	*event = (struct voice_event){.at_ms = at, .whole = entry->kind == SNAPSHOT};
	if (entry->kind == STATE)
		replay->states[place][event->state_count++] =
			state_of(entry->user, entry->channel, entry->counts);
	for (int user = 1; event->whole && user <= USERS; user++)
		if (entry->shown[user].channel)
			replay->states[place][event->state_count++] = state_of(
				user, entry->shown[user].channel, entry->shown[user].counts);
	if (replay->voice.count == 0 && place == 0 && replay->voice.clock_ms < at &&
		replay->last.unresolved == false)
		replay->voice.clock_ms = at; /* a voice is made at its first event */
}

static inline void forget(struct replay *replay)
{
	size_t kept = 0;
	for (size_t i = 0; i < replay->voice.count; i++)
		if (!replay->voice.occupants[i].gone)
			replay->voice.occupants[kept++] = replay->voice.occupants[i];
	replay->voice.count = kept;
	size_t consumed = replay->last.consumed;
	replay->pending_count -= consumed;
	memmove(replay->pending, replay->pending + consumed,
		replay->pending_count * sizeof(replay->pending[0]));
	memmove(replay->states, replay->states + consumed,
		replay->pending_count * sizeof(replay->states[0]));
}

static inline void settle(struct replay *replay)
{
	for (size_t i = 0; i < replay->pending_count; i++)
		replay->pending[i].states = replay->states[i];
	size_t first = 0;
	while (first < replay->outage_count &&
		replay->outages[first].to_ms <= replay->voice.clock_ms)
		first++;
	struct voice_log log = {.events = replay->pending,
		.event_count = replay->pending_count,
		.outages = replay->outages + first,
		.outage_count = replay->outage_count - first,
		.clock_ms = replay->clock,
		.beat_ms = replay->beat,
		.rules = &voice_rules_default};
	voice_settle(&replay->voice, &log, &replay->last);
	for (size_t i = 0; i < replay->voice.count; i++) {
		const struct occupant *occupant = &replay->voice.occupants[i];
		int user = atoi(occupant->user.text);
		assert_true(occupant->changed || (!occupant->xp && !occupant->seconds));
		replay->xp[user] += occupant->xp;
		replay->seconds[user] += occupant->seconds;
		if (!replay->last.unresolved && occupant->channel.text[0])
			assert_true(replay->clock - occupant->credited_ms < VOICE_BEAT_MS);
	}
	forget(replay);
}
