/*
 * Does the imports that the panel asks for: fetches the file, says what it would do, imports it
 * when somebody says so.
 *
 * Once a second it is asked whether there is something to do; then a thread with connections of its
 * own does it, since an import waits for PostgreSQL all the time. The file stands in the database,
 * so that a process that ends, or is killed, is followed by any other one: the same file goes on
 * where it was. One import a guild and a process at a time.
 */
#pragma once

#include "besace/runtime/config.h"
#include "besace/runtime/loop.h"
#include "besace/store/pool.h"

struct importer;

struct importer *importer_create(struct loop *loop, struct pool *pool, const struct config *config);

/* Ends what is under way after its slice. */
void importer_stop(struct importer *importer);

/* Stop it first. Takes a pointer to the pointer, accepts NULL in it, leaves NULL. */
void importer_destroy(struct importer **importer);
