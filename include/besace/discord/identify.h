/*
 * When the next IDENTIFY may be sent, from those that were sent before.
 *
 * Discord allows 1,000 in 24 h over all shards, and resets the bot's token when there are more.
 * So they are counted in the spool, before they are sent: a shim that crashes and is started again
 * and again still knows. The first few of an hour may follow each other at 6 s (Discord's own
 * pace is 5), then the distance doubles up to ten minutes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Identifies counted on disk: those of a day must fit. */
#define IDENTIFY_MAX_KEPT 256

/* Times in ms since 1970 UTC of the identifies of the last day, oldest first. */
struct identify_history {
	int64_t at_ms[IDENTIFY_MAX_KEPT];
	size_t count;
};

/* Identifies that one shard of COUNT takes for itself in 24 h: its part of 900, at least 20 and
 * at most 200. */
size_t identify_share(int shard_count);

/* Drops what is older than a day, adds NOW_MS. A full history forgets its oldest. */
void identify_add(struct identify_history *history, int64_t now_ms);

/* The earliest time for the next one: NOW_MS or later. */
int64_t identify_next_ms(const struct identify_history *history, int shard_count, int64_t now_ms);

/*
 * The shards that identify in the same 5 s: shard_id % max_concurrency of Discord's buckets, one
 * of each at a time, in order. Without talking to each other, shims take turns by the calendar.
 * The start of the next turn of SHARD_ID, NOW_MS if it has just begun or there is but one turn.
 */
int64_t identify_turn_ms(int shard_id, int shard_count, int max_concurrency, int64_t now_ms);
