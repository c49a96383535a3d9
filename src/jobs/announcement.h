/* The message that announces a level-up. */
#pragma once

#include <jansson.h>

#include "besace/store/outbox.h"

/* The message in Discord's form, with CTX for what is needed on the way. It names the member and
 * pings them only if announcement->ping allows it. Its picture is below PUBLIC_URL and signed by
 * KEY; without an address there is none. The caller owns the reference. */
json_t *announcement_message(void *ctx, const struct announcement *announcement,
	const char *public_url, const struct link_key *key);
