/* Counts changes by the second, for half a minute. */
#include "besace/jobs/changes.h"

#include <pthread.h>
#include <stddef.h>

/* The contract's span, in seconds. */
#define SPAN_S 30

/* So many must have failed before anything is said. */
#define MIN_FAILED 3

static struct {
	pthread_mutex_t lock;
	struct second {
		int64_t second;
		unsigned succeeded, failed;
	} seconds[SPAN_S];
} changes = {.lock = PTHREAD_MUTEX_INITIALIZER};

void changes_count(bool succeeded, int64_t now_ms)
{
	int64_t now_s = now_ms / 1000;
	struct second *second = &changes.seconds[now_s % SPAN_S];
	pthread_mutex_lock(&changes.lock);
	if (second->second != now_s)
		*second = (struct second){.second = now_s};
	second->succeeded += succeeded;
	second->failed += !succeeded;
	pthread_mutex_unlock(&changes.lock);
}

bool changes_mostly_fail(int64_t now_ms)
{
	int64_t now_s = now_ms / 1000;
	unsigned succeeded = 0, failed = 0;
	pthread_mutex_lock(&changes.lock);
	for (size_t i = 0; i < SPAN_S; i++) {
		if (now_s - changes.seconds[i].second >= SPAN_S)
			continue;
		succeeded += changes.seconds[i].succeeded;
		failed += changes.seconds[i].failed;
	}
	pthread_mutex_unlock(&changes.lock);
	return failed >= MIN_FAILED && failed > succeeded;
}
