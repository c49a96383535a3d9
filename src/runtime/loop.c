/* The event loop on epoll: descriptors, a heap of timers, a mailbox for other threads. */
#include "besace/runtime/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/runtime/clock.h"

struct watch {
	struct loop *loop;
	int fd;
	uint32_t events;
	watch_fn *fn; /* NULL once removed: kept until the turn ends, for events already fetched */
	void *arg;
	SLIST_ENTRY(watch) dead;
};

struct task {
	task_fn *fn;
	void *arg;
	STAILQ_ENTRY(task) next;
};

STAILQ_HEAD(task_list, task);

struct loop {
	int epoll;
	int wake; /* an eventfd: somebody posted */
	struct watch *wake_watch;
	atomic_bool stopped;
	int64_t now_ms;
	turn_fn *turn;
	void *turn_arg;
	struct timer **heap; /* from 1; the soonest is heap[1] */
	unsigned heap_used, heap_size;
	SLIST_HEAD(, watch) dead;
	pthread_mutex_t mailbox_lock;
	struct task_list mailbox;
};

void loop_run_posted(struct loop *loop)
{
	struct task_list tasks = STAILQ_HEAD_INITIALIZER(tasks);
	pthread_mutex_lock(&loop->mailbox_lock);
	STAILQ_CONCAT(&tasks, &loop->mailbox);
	pthread_mutex_unlock(&loop->mailbox_lock);
	struct task *task;
	while ((task = STAILQ_FIRST(&tasks))) {
		STAILQ_REMOVE_HEAD(&tasks, next);
		task->fn(task->arg);
		free(task);
	}
}

static void take_mail(void *arg, uint32_t events)
{
	(void)events;
	struct loop *loop = arg;
	uint64_t count;
	(void)!read(loop->wake, &count, sizeof(count));
	loop_run_posted(loop);
}

struct loop *loop_create(void)
{
	struct loop *loop = must(calloc(1, sizeof(*loop)));
	STAILQ_INIT(&loop->mailbox);
	pthread_mutex_init(&loop->mailbox_lock, NULL);
	loop->now_ms = clock_mono_ms();
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->epoll < 0 || loop->wake < 0) {
		loop_destroy(&loop);
		return NULL;
	}
	loop->wake_watch = loop_watch(loop, loop->wake, EPOLLIN, take_mail, loop);
	return loop;
}

static void free_dead(struct loop *loop)
{
	struct watch *watch;
	while ((watch = SLIST_FIRST(&loop->dead))) {
		SLIST_REMOVE_HEAD(&loop->dead, dead);
		free(watch);
	}
}

void loop_destroy(struct loop **handle)
{
	struct loop *loop = *handle;
	if (!loop)
		return;
	int saved = errno;
	watch_remove(&loop->wake_watch);
	free_dead(loop);
	struct task *task;
	while ((task = STAILQ_FIRST(&loop->mailbox))) {
		STAILQ_REMOVE_HEAD(&loop->mailbox, next);
		free(task);
	}
	if (loop->epoll >= 0)
		close(loop->epoll);
	if (loop->wake >= 0)
		close(loop->wake);
	pthread_mutex_destroy(&loop->mailbox_lock);
	free(loop->heap);
	free(loop);
	*handle = NULL;
	errno = saved;
}

struct watch *loop_watch(struct loop *loop, int fd, uint32_t events, watch_fn *fn, void *arg)
{
	struct watch *watch = must(calloc(1, sizeof(*watch)));
	*watch = (struct watch){.loop = loop, .fd = fd, .events = events, .fn = fn, .arg = arg};
	struct epoll_event event = {.events = events, .data.ptr = watch};
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		abort(); /* a closed or doubly watched descriptor: our defect, never the user's */
	return watch;
}

void watch_set_events(struct watch *watch, uint32_t events)
{
	if (watch->events == events)
		return;
	watch->events = events;
	struct epoll_event event = {.events = events, .data.ptr = watch};
	epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void watch_remove(struct watch **handle)
{
	struct watch *watch = *handle;
	if (!watch)
		return;
	epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fn = NULL;
	SLIST_INSERT_HEAD(&watch->loop->dead, watch, dead);
	*handle = NULL;
}

static void heap_put(struct loop *loop, unsigned place, struct timer *timer)
{
	loop->heap[place] = timer;
	timer->place = place;
}

/* Moves TIMER from PLACE towards the root or the leaves until the heap is in order again. */
static void heap_settle(struct loop *loop, unsigned place, struct timer *timer)
{
	while (place > 1 && loop->heap[place / 2]->at_ms > timer->at_ms) {
		heap_put(loop, place, loop->heap[place / 2]);
		place /= 2;
	}
	for (;;) {
		unsigned child = place * 2;
		if (child > loop->heap_used)
			break;
		if (child < loop->heap_used &&
			loop->heap[child + 1]->at_ms < loop->heap[child]->at_ms)
			child++;
		if (loop->heap[child]->at_ms >= timer->at_ms)
			break;
		heap_put(loop, place, loop->heap[child]);
		place = child;
	}
	heap_put(loop, place, timer);
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
	timer->at_ms = at_ms;
	if (timer->place) {
		heap_settle(loop, timer->place, timer);
		return;
	}
	if (loop->heap_used + 2 > loop->heap_size) {
		loop->heap_size = loop->heap_size ? loop->heap_size * 2 : 64;
		loop->heap =
			must(reallocarray(loop->heap, loop->heap_size, sizeof(struct timer *)));
	}
	heap_settle(loop, ++loop->heap_used, timer);
}

void loop_timer_cancel(struct loop *loop, struct timer *timer)
{
	unsigned place = timer->place;
	if (!place)
		return;
	timer->place = 0;
	struct timer *last = loop->heap[loop->heap_used--];
	if (last != timer)
		heap_settle(loop, place, last);
}

int64_t loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

void loop_set_turn(struct loop *loop, turn_fn *fn, void *arg)
{
	loop->turn = fn;
	loop->turn_arg = arg;
}

static void fire_timers(struct loop *loop)
{
	while (loop->heap_used > 0 && loop->heap[1]->at_ms <= loop->now_ms) {
		struct timer *timer = loop->heap[1];
		loop_timer_cancel(loop, timer);
		timer->fn(timer->arg);
	}
}

/* How long epoll may sleep: until the next timer, but no longer than LONGEST (-1: any). */
static int sleep_ms(const struct loop *loop, int64_t longest)
{
	if (loop->heap_used > 0) {
		int64_t left = loop->heap[1]->at_ms - clock_mono_ms();
		if (left < 0)
			left = 0;
		if (longest < 0 || left < longest)
			longest = left;
	}
	return longest > 60000 ? 60000 : (int)longest;
}

void loop_run(struct loop *loop)
{
	int64_t longest = 0;
	while (!atomic_load_explicit(&loop->stopped, memory_order_relaxed)) {
		struct epoll_event events[64];
		int n = epoll_wait(
			loop->epoll, events, (int)ARRAY_LEN(events), sleep_ms(loop, longest));
		loop->now_ms = clock_mono_ms();
		for (int i = 0; i < n; i++) {
			struct watch *watch = events[i].data.ptr;
			if (watch->fn)
				watch->fn(watch->arg, events[i].events);
		}
		fire_timers(loop);
		longest = loop->turn ? loop->turn(loop->turn_arg) : -1;
		free_dead(loop);
	}
}

static void wake(struct loop *loop)
{
	uint64_t one = 1;
	(void)!write(loop->wake, &one, sizeof(one));
}

void loop_stop(struct loop *loop)
{
	atomic_store(&loop->stopped, true);
	wake(loop);
}

void loop_post(struct loop *loop, task_fn *fn, void *arg)
{
	struct task *task = must(malloc(sizeof(*task)));
	task->fn = fn;
	task->arg = arg;
	pthread_mutex_lock(&loop->mailbox_lock);
	bool was_empty = STAILQ_EMPTY(&loop->mailbox);
	STAILQ_INSERT_TAIL(&loop->mailbox, task, next);
	pthread_mutex_unlock(&loop->mailbox_lock);
	if (was_empty)
		wake(loop);
}
