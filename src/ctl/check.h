/* Proving a database, for the subcommands that end in it. */
#pragma once

#include <libpq-fe.h>

/* Proves what besacectl check proves, of GUILD (NULL: of all), in one snapshot; prints what it
 * finds. CONN may be used on. CTL_DONE or CTL_FAILED. */
int check_run(void *ctx, PGconn *conn, const char *guild);
