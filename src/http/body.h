/*
 * The body of a request that is not verified yet: kept as far as it has come, within a budget that
 * all such bodies share.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"

/* Bytes that unverified bodies may take together, over all loops. */
struct body_budget {
	atomic_size_t used;
	size_t max;
};

struct body {
	unsigned char *bytes; /* SIGNATURE_HEADROOM bytes before them are free; NULL: none yet */
	size_t length;

	/* Its own. */
	size_t room;
	size_t charged; /* to the budget */
	struct body_budget *budget;
};

/* Appends LENGTH bytes; WHOLE is the length of the whole body when it is known, else 0. False when
 * the budget is used up: the body is then empty. */
MUST_CHECK bool body_append(struct body *body, const void *bytes, size_t length, size_t whole);

/* Makes the bytes of an empty body exist, for whoever wants a pointer. */
void body_complete(struct body *body);

/* The body belongs to a request that was verified: it is not of the budget any more. */
void body_verified(struct body *body);

/* Gives everything back; the body may be used again. */
void body_release(struct body *body);
