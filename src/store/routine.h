/*
 * What calls of the routines have in common: who acts, and an outcome in JSON.
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

/* Begins *out: WHO's change QUERY for INTERACTION, both borrowed. Fills in the first four
 * parameters, the interaction and the member's id, name and time of sighting, which is on CTX. */
void routine_call(void *ctx, enum query query, const struct snowflake *interaction,
	const struct sighting *who, struct db_call *out);

/* The JSON that a routine returned, to be given to json_decref; NULL when there is none. */
json_t *routine_outcome(const struct db_rows *rows);

/* Where the refusal of OUTCOME stands among the COUNT names of REFUSALS, of which the first is
 * not used; 0 when it was done. STATUS_FAILED for any other outcome, *out is then 0. */
MUST_CHECK enum status routine_refusal(
	const json_t *outcome, const char *const *refusals, unsigned count, unsigned *out);

/* A number of OUTCOME that fits its column; 0 when there is none. */
int32_t routine_number(const json_t *outcome, const char *key);

/* JSON, which is given up, as a parameter on CTX. */
char *routine_json(void *ctx, json_t *json);
