/* Ending matches that have expired, a bounded number at a time; any number of replicas may do it.
 */
#pragma once

#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct ender;

/* Works on LOOP through POOL, which is of the same loop, until destroyed. */
struct ender *ender_create(struct loop *loop, struct pool *pool);

/* Before the pool. */
void ender_destroy(struct ender **ender);
