/*
 * Asking Discord who a user is: the name, and whether it is a bot.
 *
 * The REST client belongs to the main loop; who wants to know is the sending thread, which waits.
 */
#pragma once

#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/rest/client.h"
#include "besace/runtime/loop.h"
#include "people.h"

struct lookup;

/* Everything stays the caller's and must outlive the lookup. */
struct lookup *lookup_create(struct loop *loop, struct rest *rest, struct people *people);

/* When the loop no longer runs, the REST client is gone and no thread asks. */
void lookup_destroy(struct lookup **lookup);

/*
 * From one thread that is not the loop's: asks, waits, and remembers the answer in people.
 * NOT_FOUND, INVALID: Discord knows no such user. UNAVAILABLE: nothing is known, later may be
 * better; also after lookup_cancel.
 */
MUST_CHECK enum status lookup_user(struct lookup *lookup, uint64_t id, struct known_user *out);

/* From any thread: whoever waits, now or later, waits no longer. */
void lookup_cancel(struct lookup *lookup);
