/* Time that a member spent somewhere, in words. */
#pragma once

#include <stdint.h>

#include "besace/text/catalogue.h"

/* "12 min", "3 h 20 min", and from a hundred hours on "128 h"; on CTX. */
char *time_spent(void *ctx, enum language language, int32_t seconds);
