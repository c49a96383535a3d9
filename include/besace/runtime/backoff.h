/*
 * Delays between attempts: doubling up to a cap, each drawn between half and whole, so that many
 * clients of a server that came back do not all knock at once.
 */
#pragma once

#include <stdint.h>

struct backoff {
	int64_t first_ms; /* the first delay, before jitter */
	int64_t cap_ms; /* no delay is longer */
	unsigned tries; /* attempts so far; 0 after backoff_reset */
};

/* Counts one more attempt and returns the delay to wait before it: between half and whole of
 * min(cap, first · 2^tries). */
int64_t backoff_next_ms(struct backoff *backoff);

void backoff_reset(struct backoff *backoff);
