/*
 * The shim: Discord's Gateway on one side, the service's /events on the other, a spool between.
 *
 *	transport's thread   WebSocket, inflate
 *	main loop            session, filter, writing the spool, Discord's REST API, signals
 *	sender's thread      batches to the service
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/config.h"

/* A config_check for DISCORD_BOT_TOKEN: an IDENTIFY with it must fit into a payload. */
char *shim_token_fault(void *ctx, const char *token);

/* A config_check for DISCORD_GATEWAY_URL: the query is ours to add. */
char *shim_url_fault(void *ctx, const char *url);

/*
 * Runs until SIGTERM or SIGINT, then flushes the spool (DRAIN_MS at most; what is not taken
 * stays in it). STATUS_OK after a clean end. Otherwise a sentence in *out_why, on CTX: it could not
 * start, or Discord ended the session for good.
 */
MUST_CHECK enum status shim_run(void *ctx, const struct config *config, char **out_why);
