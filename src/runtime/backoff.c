/* Doubling delays with jitter. */
#include "besace/runtime/backoff.h"

#include <sodium.h>

int64_t backoff_next_ms(struct backoff *backoff)
{
	int64_t whole = backoff->first_ms;
	for (unsigned i = 0; i < backoff->tries && whole < backoff->cap_ms; i++)
		whole *= 2;
	if (whole > backoff->cap_ms)
		whole = backoff->cap_ms;
	backoff->tries++;
	int64_t half = whole / 2;
	return half + (int64_t)randombytes_uniform((uint32_t)(whole - half + 1));
}

void backoff_reset(struct backoff *backoff)
{
	backoff->tries = 0;
}
