/* The two clocks: one that never jumps, for delays, and the calendar, for Discord and PostgreSQL.
 */
#pragma once

#include <stdint.h>

/* Milliseconds since some fixed point; never goes back. For deadlines and delays. */
int64_t clock_mono_ms(void);

/* Microseconds on the same clock, for measuring. */
int64_t clock_mono_us(void);

/* Milliseconds since 1970 UTC. */
int64_t clock_wall_ms(void);
