/* The message that follows giving roles to everybody who has their level, while its token lives. */
#pragma once

#include "besace/discord/reply.h"
#include "besace/store/roles.h"
#include "besace/text/catalogue.h"

/* Makes *out the message that says how far RUN is, with buttons that stop it and lead to the page
 * of rewards. Texts are on CTX. */
void run_message(void *ctx, enum language language, const struct role_run *run, struct reply *out);
