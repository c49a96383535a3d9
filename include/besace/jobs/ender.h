/* Ending games that are due, a bounded number at a time; any number of replicas may do it. */
#pragma once

#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct ender;

/* Works on LOOP through POOL, which is of the same loop, until destroyed. CHANNEL is where
 * level-ups are announced; NULL: nowhere. It must outlive the ender. */
struct ender *ender_create(struct loop *loop, struct pool *pool, const char *channel);

/* Before the pool. */
void ender_destroy(struct ender **ender);
