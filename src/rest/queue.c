/* Queues by bucket, and which routes share one. */
#include "queue.h"

#include <search.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

struct queue {
	char *key; /* bucket or route, then the top-level resource */
	struct bucket bucket;
	unsigned calls, in_flight;
	uint64_t looked; /* the last look in which its first call was met */
	TAILQ_ENTRY(queue) next;
};

struct route_bucket {
	char *route;
	char bucket[BUCKET_MAX_NAME + 1];
};

struct queues {
	TAILQ_HEAD(ticket_list, ticket) calls;
	TAILQ_HEAD(queue_list, queue) list; /* by age */
	void *by_key; /* tsearch */
	unsigned count;
	uint64_t look;
	struct route_bucket routes[QUEUE_MAX_ROUTES];
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
static struct queue *queue_for(struct queues *queues, const struct ticket *ticket)
{
	const struct route_bucket *known = find_route(queues, ticket->route);
	struct queue *fresh = must(talloc_zero(queues, struct queue));
	fresh->key = must(talloc_asprintf(
		fresh, "%s %s", known ? known->bucket : ticket->route, ticket->major));
	struct queue *found = *(struct queue **)must(tsearch(fresh, &queues->by_key, compare_keys));
	if (found != fresh) {
		talloc_free(fresh);
		return found;
	}
	TAILQ_INSERT_TAIL(&queues->list, fresh, next);
	queues->count++;
	return fresh;
}

void queues_join(struct queues *queues, struct ticket *ticket)
{
	ticket->queues = queues;
	ticket->in_flight = false;
	ticket->queue = queue_for(queues, ticket);
	ticket->queue->calls++;
	TAILQ_INSERT_TAIL(&queues->calls, ticket, next);
}

void ticket_leave(struct ticket *ticket)
{
	ticket->queue->calls--;
	TAILQ_REMOVE(&ticket->queues->calls, ticket, next);
}

struct ticket *queues_first(const struct queues *queues)
{
	return TAILQ_FIRST(&queues->calls);
}

struct ticket *ticket_next(const struct ticket *ticket)
{
	return TAILQ_NEXT(ticket, next);
}

void queues_look(struct queues *queues)
{
	queues->look++;
}

bool ticket_is_first(struct ticket *ticket)
{
	struct queue *queue = ticket->queue;
	if (queue->in_flight > 0 || queue->looked == ticket->queues->look)
		return false;
	queue->looked = ticket->queues->look;
	return true;
}

void ticket_sent(struct ticket *ticket)
{
	ticket->in_flight = true;
	ticket->queue->in_flight++;
}

void ticket_returned(struct ticket *ticket)
{
	ticket->in_flight = false;
	ticket->queue->in_flight--;
}

struct bucket *ticket_bucket(const struct ticket *ticket)
{
	return &ticket->queue->bucket;
}

/* Moves a call, and what its old queue knows of the limit, to the queue it now belongs in. */
static void move(struct queues *queues, struct ticket *ticket)
{
	struct queue *old = ticket->queue, *now = queue_for(queues, ticket);
	if (now == old)
		return;
	old->calls--;
	now->calls++;
	if (ticket->in_flight) {
		old->in_flight--;
		now->in_flight++;
	}
	if (now->bucket.ready_ms < old->bucket.ready_ms)
		now->bucket.ready_ms = old->bucket.ready_ms;
	ticket->queue = now;
}

void ticket_learn(struct ticket *ticket, const char *bucket)
{
	struct queues *queues = ticket->queues;
	struct route_bucket *known = find_route(queues, ticket->route);
	if (*bucket == '\0' || (known && strcmp(known->bucket, bucket) == 0))
		return;
	if (!known) {
		if (queues->route_count == QUEUE_MAX_ROUTES)
			return;
		known = &queues->routes[queues->route_count++];
		known->route = must(talloc_strdup(queues, ticket->route));
	}
	strcpy(known->bucket, bucket);
	struct ticket *other;
	TAILQ_FOREACH (other, &queues->calls, next)
		if (strcmp(other->route, ticket->route) == 0)
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
		if (queue->bucket.ready_ms <= now_ms || ++resting > QUEUE_MAX_PAUSED)
			forget(queues, queue);
	}
}

unsigned queues_count(const struct queues *queues)
{
	return queues->count;
}
