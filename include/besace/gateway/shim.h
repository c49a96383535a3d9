/*
 * The shim: Discord's Gateway on one side, the service's /events on the other, a spool between.
 *
 * All of it runs on one loop, but the WebSocket library, which has a thread of its own.
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/config.h"

/*
 * Runs until SIGTERM or SIGINT, then flushes the spool (DRAIN_MS at most; what is not taken
 * stays in it). STATUS_OK after a clean end. Otherwise a sentence in *out_why, on CTX: it could not
 * start, or Discord ended the session for good.
 */
MUST_CHECK enum status shim_run(void *ctx, const struct config *config, char **out_why);
