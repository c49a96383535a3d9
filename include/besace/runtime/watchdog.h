/*
 * Tells systemd, again and again, that the program still works (WatchdogSec,
 * sd_watchdog_enabled(3)).
 *
 * Alive means that every watched loop has turned since the last time: a thread that hangs keeps the
 * others from answering for it, and systemd starts the program anew. Without WATCHDOG_USEC nothing
 * is told.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "besace/runtime/loop.h"

struct watchdog;

/* How often systemd wants to be told, in ms: three times within its patience with this process; 0:
 * it does not ask. For programs that watch something else than loops. */
int64_t watchdog_interval_ms(void);

/*
 * Begins to tell, from LOOP, a timer's callback at a time. The COUNT loops of WATCHED belong to
 * other threads and must exist until the watchdog is destroyed; without any, LOOP alone is watched.
 */
struct watchdog *watchdog_create(struct loop *loop, struct loop *const *watched, size_t count);

/* On LOOP's thread, or when it runs no more; when no watched loop runs any more. */
void watchdog_destroy(struct watchdog **watchdog);
