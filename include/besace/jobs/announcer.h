/*
 * The announcer: sends what waits in the outbox to Discord, several messages at once, one at a time
 * for each channel.
 *
 * Any number of replicas may run one: a message is taken with the lease of its channel, so that a
 * channel's messages arrive in order, and sent with a nonce, so that sending it again after an
 * unknown outcome (a replica that was killed, an answer that was lost) does not post it twice. A
 * message that keeps failing is set aside and does not hold up the others.
 */
#pragma once

#include "besace/rest/client.h"
#include "besace/runtime/config.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct announcer;

/* Works on LOOP, through POOL and REST, which are of the same loop, until destroyed. REST must have
 * a bot token. CONFIG, which must live as long, says where pictures are. */
struct announcer *announcer_create(
	struct loop *loop, struct pool *pool, struct rest *rest, const struct config *config);

/* Destroy the REST client first, the pool after. */
void announcer_destroy(struct announcer **announcer);
