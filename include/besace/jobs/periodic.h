/*
 * Upkeep: what nobody waits for. Settles guilds that no batch has settled, sweeps out what is out
 * of date (receipts, events, announcements), and folds changes into the standings, each a bounded
 * piece at a time. Any number of replicas may do it.
 */
#pragma once

#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct periodic;

/* Works on LOOP through POOL, which is of the same loop, until destroyed. CHANNEL is where
 * level-ups are announced; NULL: nowhere. It must outlive the periodic. */
struct periodic *periodic_create(struct loop *loop, struct pool *pool, const char *channel);

/* Before the pool. */
void periodic_destroy(struct periodic **periodic);
