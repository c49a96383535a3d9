/*
 * Periodic jobs, for which nobody waits: settling voice that no batch has settled, sweeping what is
 * out of date (receipts, events, announcements), folding changes into the leaderboard,
 * erasing guilds that removed Besace, each a bounded piece at a time. Any number of replicas may
 * run them.
 */
#pragma once

#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct periodic;

/* Works on LOOP through POOL, which is of the same loop, until destroyed. The rows of a guild that
 * removed Besace are erased after KEEP_DAYS; 0: never. */
struct periodic *periodic_create(struct loop *loop, struct pool *pool, int keep_days);

/* Before the pool. */
void periodic_destroy(struct periodic **periodic);
