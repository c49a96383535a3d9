/*
 * The operator's default channel for announcements: kept in the database, where the routine that
 * announces level-ups reads it, with the guild that Discord names for it, which is asked for once.
 */
#pragma once

#include "besace/rest/client.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct announce_default;

/* Keeps CHANNEL_ID (borrowed; NULL: none) through POOL, tried again until it is kept. REST asks for
 * its guild; NULL: nobody does. */
struct announce_default *announce_default_create(
	struct loop *loop, struct pool *pool, struct rest *rest, const char *channel_id);

/* Before the pool, after the rest client. */
void announce_default_destroy(struct announce_default **job);
