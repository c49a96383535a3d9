/* Serves the metrics at /metrics on a listener of their own, never on the public one. */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/address.h"

struct metrics_listener;

/* Listens on ADDRESS with a thread of its own. STATUS_FAILED with a sentence on CTX otherwise. */
MUST_CHECK enum status metrics_listener_create(
	void *ctx, const struct address *address, struct metrics_listener **out, char **out_why);

/* Takes a pointer to the pointer, accepts NULL in it, leaves NULL. */
void metrics_listener_destroy(struct metrics_listener **listener);
