/*
 * An event loop: descriptors, timers and tasks from other threads, on epoll.
 *
 * A loop belongs to the thread that runs it. Only loop_post and loop_stop may be called from
 * another thread. Callbacks may add and remove anything, themselves included.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct watch;

/* Called with the events that happened: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP. */
typedef void watch_fn(void *arg, uint32_t events);
typedef void timer_fn(void *arg);
typedef void task_fn(void *arg);

/* Called at the end of every turn, after the events of that turn. Returns the longest time in ms
 * that the loop may then sleep, or -1 for any. */
typedef int64_t turn_fn(void *arg);

/* A timer lives in its owner's struct; zero it before its first use. */
struct timer {
	int64_t at_ms; /* on clock_mono_ms */
	unsigned place; /* in the loop's heap, from 1; 0 means not set */
	timer_fn *fn;
	void *arg;
};

/* NULL with errno when the kernel gives no descriptors. */
struct loop *loop_create(void);
void loop_destroy(struct loop **loop);

/* Runs until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Watches FD for EVENTS (EPOLLIN, EPOLLOUT). The descriptor stays the caller's; remove the watch
 * before closing it. */
struct watch *loop_watch(struct loop *loop, int fd, uint32_t events, watch_fn *fn, void *arg);
void watch_set_events(struct watch *watch, uint32_t events);
/* Takes a pointer to the pointer, accepts NULL in it, leaves NULL. */
void watch_remove(struct watch **watch);

/* Sets or moves a timer; it fires once. Its fn and arg must be filled in. */
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms);
void loop_timer_cancel(struct loop *loop, struct timer *timer);

/* The time at which this turn began: cheaper than asking the clock. */
int64_t loop_now_ms(const struct loop *loop);

void loop_set_turn(struct loop *loop, turn_fn *fn, void *arg);

/* From any thread: runs FN(ARG) in the loop's thread, in the order posted. */
void loop_post(struct loop *loop, task_fn *fn, void *arg);

/* Runs what was posted and not run yet: before destroying a loop whose tasks carry something. Only
 * when the loop does not run. */
void loop_run_posted(struct loop *loop);
