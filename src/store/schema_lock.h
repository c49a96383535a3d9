/* The lock that those who change the schema take turns on. */
#pragma once

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Waits for the lock. */
MUST_CHECK enum status schema_lock(void *ctx, PGconn *conn, char **out_why);

/* Gives it back. What STATUS is, unless that fails: a lock that cannot be released goes with the
 * connection. */
MUST_CHECK enum status schema_unlock(void *ctx, PGconn *conn, enum status status);
