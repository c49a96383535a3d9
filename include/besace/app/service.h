/*
 * The service: loops that answer HTTP, and the main loop beside them.
 *
 *	main loop    the listening socket (connections are dealt out in turn), signals, calls to
 *	             Discord's REST API, work that nobody asks for
 *	HTTP loops   one a core: libmicrohttpd, signatures, commands, a share of the database
 *	             connections; they share nothing with each other
 *	connector    a thread that makes database connections
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/config.h"

/*
 * Runs the service until SIGTERM or SIGINT, then lets what is in flight finish (DRAIN_MS at
 * most). STATUS_OK after a clean end; otherwise a sentence in *out_why, on CTX, and nothing was
 * served: the address is taken, the database is refused. STATUS_INVALID when a setting is to
 * blame, so that starting again is of no use.
 */
MUST_CHECK enum status service_run(void *ctx, const struct config *config, char **out_why);
