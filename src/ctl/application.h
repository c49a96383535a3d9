/* What an operator should know of their application before others find it. */
#pragma once

#include "besace/runtime/config.h"

/* Discord's answer to "who am I", GET /applications/@me, says whether anybody may add the
 * application to a server. If so, and BESACE_GUILDS names none, says on standard error what that
 * means. An answer that does not come is said too: it keeps nobody from what was asked. */
void application_warn_if_public(void *ctx, const struct config *config);

/* The address with which an administrator adds the application ID to a server, GUILD when it is not
 * NULL; WITH_ROLES asks for the permission that role rewards need. */
char *application_invite(void *ctx, const char *id, const char *guild, bool with_roles);
