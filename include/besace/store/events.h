/* The repository of events: applying a batch of them, each once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/event.h"
#include "besace/store/call.h"

/*
 * Applies EVENTS (at least one), which SOURCE sent in this order. Parameters are allocated on CTX,
 * and the events may go.
 */
void events_apply_call(void *ctx, const char *source, const struct event *events, size_t count,
	struct db_call *out);

/* What became of a batch. */
struct events_applied {
	size_t accepted; /* were new */
	bool due; /* voice of the source is to be settled */
	/* Places (from 1, rising) of events of guilds that removed Besace. When there are any,
	 * nothing was applied: the batch is to be sent again without them. */
	int64_t *refused;
	size_t refused_count;
};

/* Reads it, on CTX. STATUS_FAILED when it is not what the routine returns. */
MUST_CHECK enum status events_apply_read(
	void *ctx, const struct db_rows *rows, struct events_applied *out);

/* Forgets events that came in more than seven days ago. */
void events_sweep_call(void *ctx, struct db_call *out);

/* Whether there was something to forget. */
bool events_sweep_read(const struct db_rows *rows);
