/*
 * The order of calls: one queue a bucket, so that the calls of a bucket leave one by one.
 *
 * Which bucket a route belongs to is only known after its first answer; until then it has one of
 * its own. Channels, guilds and webhooks (with their token) are always counted apart.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bucket.h"

/* Rate limits remembered while no call waits for them. Those of webhooks are used once each, an
 * interaction's token being one; forgetting one costs at most a 429. */
#define QUEUE_MAX_PAUSED 1024

/* Routes whose bucket is remembered: more than Besace calls. */
#define QUEUE_MAX_ROUTES 64

struct queues;
struct queue;

/* A call's position in the order; it lives in the call. Fill in the first three before queues_join.
 */
struct ticket {
	const char *route; /* method and template: "GET /gateway/bot" */
	const char *major; /* "" or the top-level resource */
	void *owner;
	bool in_flight; /* its transfer is under way */
	struct queue *queue;
	struct queues *queues;
	TAILQ_ENTRY(ticket) next;
};

struct queues *queues_create(void *ctx);

void queues_join(struct queues *queues, struct ticket *ticket);
void ticket_leave(struct ticket *ticket);

/* All calls, oldest first. */
struct ticket *queues_first(const struct queues *queues);
struct ticket *ticket_next(const struct ticket *ticket);

/* To look at all calls once: queues_look, then for each call, in order, ticket_is_first: may it
 * leave as far as the order goes? True at most once a queue, and not while one is in_flight. */
void queues_look(struct queues *queues);
bool ticket_is_first(struct ticket *ticket);

void ticket_sent(struct ticket *ticket);
void ticket_returned(struct ticket *ticket);

/* The rate limit of the call's queue; valid until the next ticket_learn or queues_sweep. */
struct bucket *ticket_bucket(const struct ticket *ticket);

/* An answer to this call named its bucket ("" when it did not): the calls of the same route move
 * to the queue of that bucket. */
void ticket_learn(struct ticket *ticket, const char *bucket);

/* Forgets queues without calls, except up to QUEUE_MAX_PAUSED that are still paused. */
void queues_sweep(struct queues *queues, int64_t now_ms);

/* How many queues are remembered. */
unsigned queues_count(const struct queues *queues);
