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

struct queues;
struct queue;

/* A call's place; it lives in the call. Fill in the first three before queues_join. */
struct place {
	const char *route; /* method and template: "GET /gateway/bot" */
	const char *major; /* "" or the top-level resource */
	void *owner;
	bool flying; /* its exchange is under way */
	struct queue *queue;
	struct queues *queues;
	TAILQ_ENTRY(place) next;
};

struct queues *queues_create(void *ctx);

void queues_join(struct queues *queues, struct place *place);
void place_leave(struct place *place);

/* All calls, oldest first. */
struct place *queues_first(const struct queues *queues);
struct place *place_next(const struct place *place);

/* To look at all calls once: queues_look, then for each call, in order, place_is_first: may it
 * leave as far as the order goes? True at most once a queue, and not while one is flying. */
void queues_look(struct queues *queues);
bool place_is_first(struct place *place);

void place_took_off(struct place *place);
void place_landed(struct place *place);

/* The rate limit of the call's queue; valid until the next place_learn or queues_sweep. */
struct bucket *place_bucket(const struct place *place);

/* An answer to this call named its bucket ("" when it did not): the calls of the same route move
 * to the queue of that bucket. */
void place_learn(struct place *place, const char *bucket);

/* Forgets queues without calls, except up to LIMIT_REST_RESTING that still rest. */
void queues_sweep(struct queues *queues, int64_t now_ms);

/* How many queues are remembered. */
unsigned queues_count(const struct queues *queues);
