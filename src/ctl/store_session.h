/* A connection that calls this build's routines. */
#pragma once

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Makes sure that the schema is this program's and enters it. STATUS_FAILED with a sentence. */
MUST_CHECK enum status store_session_enter(void *ctx, PGconn *conn, char **out_why);
