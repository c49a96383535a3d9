/* Threads with one queue. */
#include "crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <talloc.h>

#include "besace/base/memory.h"

struct crew_task {
	crew_task_fn *fn;
	void *arg;
	STAILQ_ENTRY(crew_task) next;
};

struct crew {
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	STAILQ_HEAD(, crew_task) tasks;
	unsigned waiting, queue_max;
	bool ending;

	struct crew_tools tools;
	pthread_t *threads;
	unsigned count;
};

/* Waits for the next task; NULL when there will be none any more. */
static struct crew_task *take(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (STAILQ_EMPTY(&crew->tasks) && !crew->ending)
		pthread_cond_wait(&crew->changed, &crew->lock);
	struct crew_task *task = STAILQ_FIRST(&crew->tasks);
	if (task) {
		STAILQ_REMOVE_HEAD(&crew->tasks, next);
		crew->waiting--;
	}
	pthread_mutex_unlock(&crew->lock);
	return task;
}

static void *crew_run(void *arg)
{
	struct crew *crew = arg;
	/* Linux gives each thread its own. Without the permission it stays as it is. */
	if (crew->tools.nice)
		setpriority(PRIO_PROCESS, 0, crew->tools.nice);
	void *tools = crew->tools.begin ? crew->tools.begin(crew->tools.arg) : NULL;
	struct crew_task *task;
	while ((task = take(crew))) {
		task->fn(tools, task->arg);
		free(task);
	}
	if (crew->tools.end)
		crew->tools.end(tools);
	return NULL;
}

struct crew *crew_create(unsigned count, unsigned queue_max, const struct crew_tools *tools)
{
	struct crew *crew = must(talloc_zero(NULL, struct crew));
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->changed, NULL);
	STAILQ_INIT(&crew->tasks);
	crew->queue_max = queue_max;
	crew->tools = tools ? *tools : (struct crew_tools){0};
	crew->threads = must(talloc_zero_array(crew, pthread_t, count));
	for (; crew->count < count; crew->count++)
		if (pthread_create(&crew->threads[crew->count], NULL, crew_run, crew) != 0)
			abort(); /* no thread at start: the machine is out of everything */
	return crew;
}

bool crew_post(struct crew *crew, crew_task_fn *fn, void *arg)
{
	struct crew_task *task = must(malloc(sizeof(*task)));
	*task = (struct crew_task){.fn = fn, .arg = arg};
	pthread_mutex_lock(&crew->lock);
	bool taken = crew->waiting < crew->queue_max && !crew->ending;
	if (taken) {
		STAILQ_INSERT_TAIL(&crew->tasks, task, next);
		crew->waiting++;
		pthread_cond_signal(&crew->changed);
	}
	pthread_mutex_unlock(&crew->lock);
	if (!taken)
		free(task);
	return taken;
}

void crew_destroy(struct crew **handle)
{
	struct crew *crew = *handle;
	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->ending = true;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 0; i < crew->count; i++)
		pthread_join(crew->threads[i], NULL);
	pthread_cond_destroy(&crew->changed);
	pthread_mutex_destroy(&crew->lock);
	talloc_free(crew);
	*handle = NULL;
}
