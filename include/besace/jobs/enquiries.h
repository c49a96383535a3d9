/*
 * Enquiries: what invocations ask Discord by REST. Workers hand them over from their own threads,
 * the main loop asks, and the answers come back to the worker's loop.
 */
#pragma once

#include <stddef.h>

#include "besace/engine/question.h"
#include "besace/rest/client.h"
#include "besace/runtime/loop.h"

struct enquiries;
struct enquiry;

/* Asks through REST, which like LOOP is the main loop's and must outlive this. */
struct enquiries *enquiries_create(struct loop *loop, struct rest *rest);
/* When REST has ended what it had under way. Accepts NULL in *enquiries. */
void enquiries_destroy(struct enquiries **enquiries);

/* Called in the loop of the caller, once, unless the enquiry was freed before. */
typedef void enquiry_fn(void *arg);

struct enquiry_order {
	struct loop *loop; /* the caller's own */
	struct snowflake guild, self; /* SELF: the id of the bot */
	struct question *questions; /* get their answers; the caller's, until the end */
	size_t count; /* at least one */
	enquiry_fn *done;
	void *arg;
};

/* From any thread: asks everything at once. Bodies of answers belong to the enquiry, which lives on
 * CTX; freed before its answers are there, it is cancelled. */
struct enquiry *enquiry_start(
	void *ctx, struct enquiries *enquiries, const struct enquiry_order *order);
