/*
 * A crew: threads that take tasks from one bounded queue. Drawing, fetching and reading block, and
 * each has a crew of its own, so that no kind of work waits for another.
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"

struct crew;

/* What a thread has for itself: made when it begins, given to each of its tasks, ended with it. */
struct crew_tools {
	void *(*begin)(void *arg);
	void (*end)(void *tools);
	void *arg;
	int nice; /* added to the threads' own: work that others need not wait for */
};

/* Does ARG's work in a thread of the crew, with the thread's tools (NULL without any). */
typedef void crew_task_fn(void *tools, void *arg);

/* COUNT threads, and at most QUEUE_MAX tasks that wait for one. */
struct crew *crew_create(unsigned count, unsigned queue_max, const struct crew_tools *tools);

/* False when the queue is full or the crew ends: the task is then nobody's. */
MUST_CHECK bool crew_post(struct crew *crew, crew_task_fn *fn, void *arg);

/* Ends the threads once the queue is empty. */
void crew_destroy(struct crew **crew);
