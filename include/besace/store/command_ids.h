/* The ids that Discord has given our commands, which members' replies name them by. */
#pragma once

#include <jansson.h>
#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Keeps those of LIST, all commands of GUILD (NULL: of everywhere) as Discord lists them, in place
 * of the ones known before. The connection is within the build's schema. As db_exec. */
MUST_CHECK enum status command_ids_keep(
	void *ctx, PGconn *conn, const char *guild, const json_t *list, char **out_why);
