/* Installing this build's routines, as part of bringing a database to its schema. */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* The table of the builds. */
#define CREATE_BUILDS                                                                              \
	"CREATE TABLE IF NOT EXISTS besace_builds (build_schema VARCHAR(63) PRIMARY KEY, "         \
	"installed_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'), "                     \
	"used_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'))"

/* Whether this build's routines are in place. */
MUST_CHECK enum status build_look(void *ctx, PGconn *conn, bool *out, char **out_why);

/* Creates the schema and the routines, in one transaction. The schema lock is held. */
MUST_CHECK enum status build_install(void *ctx, PGconn *conn, char **out_why);
