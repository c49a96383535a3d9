/*
 * The repository of lounges. Settling looks first and writes what it decided only if nobody else
 * has settled the same lounges in between; else it looks again.
 *
 *	lounges_look_call → lounges_look_read → lounge_settle of each → lounges_settle_call
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/lounge.h"
#include "besace/store/call.h"

/* A lounge as it was found, and what settling it has brought. */
struct visit {
	struct snowflake guild;
	int64_t version;
	struct lounge lounge;
	struct lounge_log log;
	int64_t *positions; /* of the log's events */
	struct settlement settlement;
};

/* Lounges of one shim. */
struct visits {
	char *source; /* NULL when there is none */
	struct visit *visits;
	size_t count; /* 0 when none is due */
};

/* Finds some lounges of SOURCE that are due; NULL: of any shim. Parameters are borrowed. */
void lounges_look_call(const char *source, struct db_call *out);

/* Reads what was found into *out, allocated on CTX; freeing it frees the lounges. STATUS_FAILED
 * when it is not what the query returns. */
MUST_CHECK enum status lounges_look_read(
	void *ctx, const struct db_rows *rows, struct visits **out);

/* Writes what settling VISITS (at least one) has brought, unless somebody else has settled one of
 * them since the look: then nothing is written, and the next look finds them still due. Level-ups
 * are announced in CHANNEL; NULL: they are not. Parameters are on CTX. */
void lounges_settle_call(
	void *ctx, const struct visits *visits, const char *channel, struct db_call *out);

/* Removes what no lounge needs any more, a bounded number of rows. */
void lounges_sweep_call(struct db_call *out);
