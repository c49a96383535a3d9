/*
 * The settings that a subcommand uses, and no others: what it does not use cannot stop it. For root
 * they are those of this machine's service, where the environment does not say otherwise, and the
 * process then becomes the service's user (host.h).
 */
#pragma once

#include <stdbool.h>

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/runtime/config.h"

/* The checks of values that only higher layers than the settings' own know, for config_load. */
extern const struct config_check settings_checks[];

/* Reads DATABASE_URL, sets the log up and connects for statements that may take their time. An
 * exit status; faults have been said on standard error. */
MUST_CHECK int settings_connect(void *ctx, PGconn **out);

/* Whether DATABASE_URL is given: for what can also be done without a database. */
bool settings_have_database(void);

/* Reads DISCORD_API_URL, from the environment alone, and sets the log up. */
MUST_CHECK int settings_rest(void *ctx, struct config *out);

/* Reads DISCORD_APPLICATION_ID, which is required, and what else is about Discord. CTL_DONE, or
 * CTL_USAGE with its faults said. */
MUST_CHECK int settings_application(void *ctx, struct config *out);

/* Reads DISCORD_APPLICATION_ID, DISCORD_BOT_TOKEN and DISCORD_API_URL, and sets the log up. */
MUST_CHECK int settings_discord(void *ctx, struct config *out);
