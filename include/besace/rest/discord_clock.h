/*
 * Discord's time, whatever this host's clock says.
 *
 * It is carried by the clock that never jumps, and held within what Discord itself shows: the Date
 * of its answers (up to a second late) and the ids of messages (never younger than they are). The
 * host's clock counts until the first of these, and for as long as it agrees with them.
 *
 * One thread learns, any may read.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct discord_clock {
	_Atomic int64_t offset_ms; /* Discord's time less the clock that never jumps */
	int64_t low_ms, high_ms; /* between which the offset lies, as far as it is known */
	bool warned;
};

void discord_clock_init(struct discord_clock *clock, int64_t wall_ms, int64_t mono_ms);

/* Whether Discord has shown its time. */
bool discord_clock_is_known(const struct discord_clock *clock);

/* Discord's time at MONO_MS, in ms since 1970 UTC. */
int64_t discord_clock_ms(const struct discord_clock *clock, int64_t mono_ms);

/* Discord said DATE_MS, whole seconds, between ASKED_MS and ANSWERED_MS of the mono clock. */
void discord_clock_date(
	struct discord_clock *clock, int64_t date_ms, int64_t asked_ms, int64_t answered_ms);

/* Discord made an id at MADE_MS, which came at MONO_MS. */
void discord_clock_id(struct discord_clock *clock, int64_t made_ms, int64_t mono_ms);
