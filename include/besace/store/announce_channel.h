/* The operator's default channel for announcements, kept before anybody can reach a level. */
#pragma once

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Keeps CHANNEL_ID (NULL: none) at once, on a connection that is not in use yet. What is known of
 * its guild stays; outbox.h has the call that keeps it. */
MUST_CHECK enum status announce_channel_keep(
	void *ctx, PGconn *conn, const char *channel_id, char **out_why);
