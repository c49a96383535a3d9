/* Pacing IDENTIFY. */
#include "besace/discord/identify.h"

#include <string.h>

#define DAY_MS (24 * INT64_C(3600000))
#define HOUR_MS INT64_C(3600000)
/* Discord counts 5 s between arrivals; a second is for what travels slower than what follows it. */
#define PACE_MS 6000
#define MAX_PACE_MS 600000

/* Identifies of an hour that may follow each other at Discord's own pace: some restarts in a row
 * by an operator must not be punished. */
#define FREE_IN_HOUR 5

/* How late within its turn a shard may still identify. */
#define TURN_GRACE_MS 1000

size_t identify_share(int shard_count)
{
	size_t share = 900u / (unsigned)shard_count;
	return share > 200 ? 200 : share < 20 ? 20 : share;
}

/* Where those of the last SPAN_MS begin. A time in the future (the clock was set back) counts as
 * recent. */
static size_t first_within(const struct identify_history *history, int64_t span_ms, int64_t now_ms)
{
	size_t first = 0;
	while (first < history->count && history->at_ms[first] <= now_ms - span_ms)
		first++;
	return first;
}

void identify_add(struct identify_history *history, int64_t now_ms)
{
	size_t old = first_within(history, DAY_MS, now_ms);
	if (old == 0 && history->count == IDENTIFY_MAX_KEPT)
		old = 1;
	history->count -= old;
	memmove(history->at_ms, history->at_ms + old, history->count * sizeof(history->at_ms[0]));
	history->at_ms[history->count++] = now_ms;
}

int64_t identify_next_ms(const struct identify_history *history, int shard_count, int64_t now_ms)
{
	size_t share = identify_share(shard_count), day = first_within(history, DAY_MS, now_ms);
	if (history->count == 0)
		return now_ms;
	if (history->count - day >= share)
		return history->at_ms[history->count - share] + DAY_MS;
	size_t recent = history->count - first_within(history, HOUR_MS, now_ms);
	int64_t distance = PACE_MS;
	for (size_t n = FREE_IN_HOUR; n < recent && distance < MAX_PACE_MS; n++)
		distance *= 2;
	if (distance > MAX_PACE_MS)
		distance = MAX_PACE_MS;
	int64_t last = history->at_ms[history->count - 1];
	if (last > now_ms)
		last = now_ms; /* the clock was set back: wait the distance, not the difference */
	return last + distance > now_ms ? last + distance : now_ms;
}

int64_t identify_turn_ms(int shard_id, int shard_count, int max_concurrency, int64_t now_ms)
{
	int64_t turns = (shard_count + max_concurrency - 1) / max_concurrency;
	if (turns <= 1)
		return now_ms;
	int64_t round = turns * PACE_MS, mine = shard_id / max_concurrency * PACE_MS;
	int64_t start = now_ms - now_ms % round + mine;
	if (now_ms > start + TURN_GRACE_MS)
		start += round;
	return start > now_ms ? start : now_ms;
}
