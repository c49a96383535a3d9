/* Sweeping: what is out of date leaves the database, a bounded number of rows at a time. */
#pragma once

#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct sweeper;

/* Sweeps through POOL, both the main loop's, until destroyed. */
struct sweeper *sweeper_create(struct loop *loop, struct pool *pool);
void sweeper_destroy(struct sweeper **sweeper);
