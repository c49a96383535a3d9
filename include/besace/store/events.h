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

/* Reads how many of the events were new, and whether guilds of the source are now to be settled.
 * STATUS_FAILED when it is not what the routine returns. */
MUST_CHECK enum status events_apply_read(
	const struct db_rows *rows, size_t *out_accepted, bool *out_due);

/* Forgets events that came in more than seven days ago. */
void events_sweep_call(struct db_call *out);
