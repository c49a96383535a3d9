/*
 * Periodic jobs, for which nobody waits: settling voice that no batch has settled, sweeping what is
 * out of date (receipts, events, announcements, old movements), folding changes into the
 * leaderboard, erasing guilds that removed Besace, each a bounded piece at a time. Any number of
 * replicas may run them.
 */
#pragma once

#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct periodic;

/* What the operator keeps for how many days; 0: for ever. */
struct periodic_days {
	int keep; /* rows of a guild that removed Besace, which are erased then */
	int ledger; /* movements, which are summarised then */
};

/* Works on LOOP through POOL, which is of the same loop, until destroyed. */
struct periodic *periodic_create(
	struct loop *loop, struct pool *pool, const struct periodic_days *days);

/* Before the pool. */
void periodic_destroy(struct periodic **periodic);
