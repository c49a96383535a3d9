/* besacectl undo import. */
#pragma once

#include <libpq-fe.h>

#include "besace/movers/import.h"

/* Takes a batch back on CONN, says what became of it, and returns an exit status. */
int undo_import(void *ctx, PGconn *conn, struct undo_options *options);
