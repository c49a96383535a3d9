/* Edits the message from which giving roles was begun, as that goes on: for as long as the token of
 * its interaction lives, and until the member uses the panel for something else. */
#pragma once

#include "besace/rest/client.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct run_follower;

/* What it points to must outlive the job. REST is of LOOP. */
struct run_follower *run_follower_create(struct loop *loop, struct pool *pool, struct rest *rest);

/* When REST has ended what it had under way. Accepts NULL in *follower. */
void run_follower_destroy(struct run_follower **follower);
