/*
 * The build's own schema: what the routines of sql/routines are created in.
 *
 * It is named after their texts, besace_r_ and twelve hexadecimal digits, and stands first in the
 * search_path of each connection. So builds with different routines run side by side on one
 * database, and none ever replaces a routine under another. The table besace_builds says when each
 * was last used; one that was not for a day is dropped.
 *
 * Functions that triggers, constraints, defaults or indexes use are not routines: they belong to
 * the tables and stand in migrations.
 */
#pragma once

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* The schema of this build. */
const char *build_schema(void);

/* Puts this build's schema in front of the search_path of CONN. */
MUST_CHECK enum status build_enter(void *ctx, PGconn *conn, char **out_why);

/* Notes that this build is in use. */
MUST_CHECK enum status build_note_use(void *ctx, PGconn *conn, char **out_why);

/* Told of each schema that was dropped. */
typedef void build_dropped_fn(void *arg, const char *schema);

/* Drops schemas that no build has used for a day, as far as the role of CONN may; one that is
 * locked is left for the next time. */
MUST_CHECK enum status build_sweep(
	void *ctx, PGconn *conn, build_dropped_fn *dropped, void *arg, char **out_why);
