/* Asks each loop to turn, and tells systemd when all have. */
#include "besace/runtime/watchdog.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/runtime/notify.h"

/* As often within systemd's patience: one that is late by two thirds is still in time. */
#define TELLS_PER_PATIENCE 3

struct watched_loop {
	struct loop *loop;
	atomic_bool turned; /* since it was asked */
};

struct watchdog {
	struct loop *loop;
	struct timer timer;
	int64_t interval_ms;
	size_t count;
	struct watched_loop *watched;
};

/* In the watched loop's thread. */
static void turned(void *arg)
{
	struct watched_loop *watched = arg;
	atomic_store(&watched->turned, true);
}

static void ask_and_tell(void *arg)
{
	struct watchdog *watchdog = arg;
	bool all = true;
	loop_timer_set(watchdog->loop, &watchdog->timer,
		loop_now_ms(watchdog->loop) + watchdog->interval_ms);
	for (size_t i = 0; i < watchdog->count; i++)
		all = all && atomic_load(&watchdog->watched[i].turned);
	if (!all)
		return; /* what was asked is still to be answered */
	notify_systemd("WATCHDOG=1");
	for (size_t i = 0; i < watchdog->count; i++) {
		atomic_store(&watchdog->watched[i].turned, false);
		loop_post(watchdog->watched[i].loop, turned, &watchdog->watched[i]);
	}
}

int64_t watchdog_interval_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
	if (!usec || (process && strtol(process, NULL, 10) != (long)getpid()))
		return 0;
	return strtoll(usec, NULL, 10) / 1000 / TELLS_PER_PATIENCE;
}

struct watchdog *watchdog_create(struct loop *loop, struct loop *const *watched, size_t count)
{
	struct watchdog *watchdog = must(talloc_zero(NULL, struct watchdog));
	watchdog->loop = loop;
	watchdog->timer = (struct timer){.fn = ask_and_tell, .arg = watchdog};
	watchdog->interval_ms = watchdog_interval_ms();
	watchdog->count = count;
	watchdog->watched = must(talloc_zero_array(watchdog, struct watched_loop, (unsigned)count));
	for (size_t i = 0; i < count; i++) {
		watchdog->watched[i].loop = watched[i];
		atomic_store(&watchdog->watched[i].turned, true);
	}
	if (watchdog->interval_ms > 0)
		ask_and_tell(watchdog);
	return watchdog;
}

void watchdog_destroy(struct watchdog **watchdog)
{
	if (!*watchdog)
		return;
	loop_timer_cancel((*watchdog)->loop, &(*watchdog)->timer);
	talloc_free(*watchdog);
	*watchdog = NULL;
}
