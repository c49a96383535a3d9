/* Keeping Discord's time. */
#include "besace/rest/discord_clock.h"

#include <stddef.h>

#include "besace/runtime/log.h"

/* A Date is cut to the second. */
#define DATE_MS 999

/* From here on it is said: less than what a Date can show is nothing. */
#define WARN_MS 2000

void discord_clock_init(struct discord_clock *clock, int64_t wall_ms, int64_t mono_ms)
{
	*clock = (struct discord_clock){.low_ms = INT64_MIN, .high_ms = INT64_MAX};
	atomic_store(&clock->offset_ms, wall_ms - mono_ms);
}

bool discord_clock_is_known(const struct discord_clock *clock)
{
	return clock->high_ms != INT64_MAX;
}

int64_t discord_clock_ms(const struct discord_clock *clock, int64_t mono_ms)
{
	return mono_ms + atomic_load(&clock->offset_ms);
}

/* Moves the offset between its bounds. */
static void settle(struct discord_clock *clock)
{
	int64_t before = atomic_load(&clock->offset_ms), now = before;
	if (now < clock->low_ms)
		now = clock->low_ms;
	if (now > clock->high_ms)
		now = clock->high_ms;
	atomic_store(&clock->offset_ms, now);
	int64_t difference = now - before;
	if (clock->warned || (difference < WARN_MS && difference > -WARN_MS))
		return;
	clock->warned = true;
	log_warn(LOG_TEXT("this host's clock is not Discord's, which is used for events: check its "
			  "time synchronisation"),
		LOG_INT("behind_ms", difference));
}

void discord_clock_date(
	struct discord_clock *clock, int64_t date_ms, int64_t asked_ms, int64_t answered_ms)
{
	int64_t low = date_ms - answered_ms, high = date_ms + DATE_MS - asked_ms;
	if (low > clock->low_ms)
		clock->low_ms = low;
	if (high < clock->high_ms)
		clock->high_ms = high;
	if (clock->low_ms > clock->high_ms) { /* they drifted apart: the newest is right */
		clock->low_ms = low;
		clock->high_ms = high;
	}
	settle(clock);
}

void discord_clock_id(struct discord_clock *clock, int64_t made_ms, int64_t mono_ms)
{
	int64_t low = made_ms - mono_ms;
	if (low <= clock->low_ms || low > clock->high_ms)
		return;
	clock->low_ms = low;
	settle(clock);
}
