/*
 * What calls of the routines have in common: the acting member, and an outcome in JSON.
 *
 * A routine that changes something takes the interaction and the member first, and returns one
 * JSON object: {"done": true, …} or {"done": false, "refusal": …}.
 */
#pragma once

#include <jansson.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Begins *out: the change QUERY of MEMBER for INTERACTION, both borrowed. Binds $guild_id,
 * $member_id, $username, $seen_ms and $interaction_id. */
void routine_begin(void *ctx, enum query query, const struct snowflake *interaction,
	const struct member_seen *member, struct db_call *out);

/* What a routine may return: {"done": true} with the keys of DONE, or {"done": false, "refusal":
 * one of REFUSALS} with the keys of REFUSED. Both are shapes of the same struct. */
struct outcome_format {
	const struct db_shape *done, *refused;
	/* COUNT of them; the first is not used. */
	const char *const *refusals;
	unsigned count;
};

/*
 * Reads the outcome that a routine returned into OUT, a struct of FORMAT's shapes, which the caller
 * has zeroed. *out_refusal is where the refusal stands among FORMAT's, 0 when it was done. Texts
 * and JSON of *out are borrowed from CTX. STATUS_FAILED, and a line in the log, for anything that
 * FORMAT does not say.
 */
MUST_CHECK enum status routine_outcome_read(void *ctx, const struct db_rows *rows,
	const struct outcome_format *format, unsigned *out_refusal, void *out);
