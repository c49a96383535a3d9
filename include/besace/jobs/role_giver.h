/*
 * The role giver: brings the roles of members to what their levels bring, several guilds at once,
 * one job at a time for each.
 *
 * Any number of replicas may run one: a guild is worked on under its lease. A call that gives or
 * takes a role can be repeated without harm, so that a replica that is killed loses nothing and
 * doubles nothing: what it has not reported is done again. A guild that Discord asks to wait for is
 * left alone meanwhile, and holds up no other.
 */
#pragma once

#include "besace/rest/client.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct role_giver;

/* Works on LOOP, through POOL and REST, which are of the same loop, until destroyed. REST must have
 * a bot token. */
struct role_giver *role_giver_create(struct loop *loop, struct pool *pool, struct rest *rest);

/* Destroy the REST client first, the pool after. */
void role_giver_destroy(struct role_giver **giver);
