/* besace-web as a whole: starting, serving, ending. */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/runtime/config.h"

/* Serves until SIGTERM or SIGINT. STATUS_FAILED with a sentence on CTX when it cannot begin. */
MUST_CHECK enum status site_run(void *ctx, const struct config *config, char **out_why);
