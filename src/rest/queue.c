/* Queues by bucket, and which routes share one. */
#include "queue.h"

#include <search.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

struct queue {
	char *key; /* bucket or route, then the top-level resource */
	struct bucket bucket;
	unsigned calls, flying;
	uint64_t looked; /* the last look in which its first call was met */
	TAILQ_ENTRY(queue) next;
};

struct route_bucket {
	char *route;
	char bucket[LIMIT_REST_BUCKET_NAME + 1];
};

struct queues {
	TAILQ_HEAD(place_list, place) calls;
	TAILQ_HEAD(queue_list, queue) list; /* by age */
	void *by_key; /* tsearch */
	unsigned count;
	uint64_t look;
	struct route_bucket routes[LIMIT_REST_ROUTES];
	unsigned route_count;
};

static int compare_keys(const void *a, const void *b)
{
	return strcmp(((const struct queue *)a)->key, ((const struct queue *)b)->key);
}

static void forget(struct queues *queues, struct queue *queue)
{
	tdelete(queue, &queues->by_key, compare_keys);
	TAILQ_REMOVE(&queues->list, queue, next);
	queues->count--;
	talloc_free(queue);
}

static int destroy(struct queues *queues)
{
	while (!TAILQ_EMPTY(&queues->list))
		forget(queues, TAILQ_FIRST(&queues->list));
	return 0;
}

struct queues *queues_create(void *ctx)
{
	struct queues *queues = must(talloc_zero(ctx, struct queues));
	TAILQ_INIT(&queues->calls);
	TAILQ_INIT(&queues->list);
	talloc_set_destructor(queues, destroy);
	return queues;
}

static struct route_bucket *find_route(struct queues *queues, const char *route)
{
	for (unsigned i = 0; i < queues->route_count; i++)
		if (strcmp(queues->routes[i].route, route) == 0)
			return &queues->routes[i];
	return NULL;
}

/* The queue that a call of this route and resource belongs in, made when there is none. */
static struct queue *queue_for(struct queues *queues, const struct place *place)
{
	const struct route_bucket *known = find_route(queues, place->route);
	struct queue *fresh = must(talloc_zero(queues, struct queue));
	fresh->key = must(talloc_asprintf(
		fresh, "%s %s", known ? known->bucket : place->route, place->major));
	struct queue *found = *(struct queue **)must(tsearch(fresh, &queues->by_key, compare_keys));
	if (found != fresh) {
		talloc_free(fresh);
		return found;
	}
	TAILQ_INSERT_TAIL(&queues->list, fresh, next);
	queues->count++;
	return fresh;
}

void queues_join(struct queues *queues, struct place *place)
{
	place->queues = queues;
	place->flying = false;
	place->queue = queue_for(queues, place);
	place->queue->calls++;
	TAILQ_INSERT_TAIL(&queues->calls, place, next);
}

void place_leave(struct place *place)
{
	place->queue->calls--;
	TAILQ_REMOVE(&place->queues->calls, place, next);
}

struct place *queues_first(const struct queues *queues)
{
	return TAILQ_FIRST(&queues->calls);
}

struct place *place_next(const struct place *place)
{
	return TAILQ_NEXT(place, next);
}

void queues_look(struct queues *queues)
{
	queues->look++;
}

bool place_is_first(struct place *place)
{
	struct queue *queue = place->queue;
	if (queue->flying > 0 || queue->looked == place->queues->look)
		return false;
	queue->looked = place->queues->look;
	return true;
}

void place_took_off(struct place *place)
{
	place->flying = true;
	place->queue->flying++;
}

void place_landed(struct place *place)
{
	place->flying = false;
	place->queue->flying--;
}

struct bucket *place_bucket(const struct place *place)
{
	return &place->queue->bucket;
}

/* Moves a call, and what its old queue knows of the limit, to the queue it now belongs in. */
static void move(struct queues *queues, struct place *place)
{
	struct queue *old = place->queue, *now = queue_for(queues, place);
	if (now == old)
		return;
	old->calls--;
	now->calls++;
	if (place->flying) {
		old->flying--;
		now->flying++;
	}
	if (now->bucket.ready_ms < old->bucket.ready_ms)
		now->bucket.ready_ms = old->bucket.ready_ms;
	place->queue = now;
}

void place_learn(struct place *place, const char *bucket)
{
	struct queues *queues = place->queues;
	struct route_bucket *known = find_route(queues, place->route);
	if (*bucket == '\0' || (known && strcmp(known->bucket, bucket) == 0))
		return;
	if (!known) {
		if (queues->route_count == LIMIT_REST_ROUTES)
			return;
		known = &queues->routes[queues->route_count++];
		known->route = must(talloc_strdup(queues, place->route));
	}
	strcpy(known->bucket, bucket);
	struct place *other;
	TAILQ_FOREACH (other, &queues->calls, next)
		if (strcmp(other->route, place->route) == 0)
			move(queues, other);
}

void queues_sweep(struct queues *queues, int64_t now_ms)
{
	struct queue *queue = TAILQ_LAST(&queues->list, queue_list), *before;
	unsigned resting = 0;
	for (; queue; queue = before) {
		before = TAILQ_PREV(queue, queue_list, next);
		if (queue->calls > 0)
			continue;
		if (queue->bucket.ready_ms <= now_ms || ++resting > LIMIT_REST_RESTING)
			forget(queues, queue);
	}
}

unsigned queues_count(const struct queues *queues)
{
	return queues->count;
}
