/* The two clocks: one that never jumps, for delays, and the calendar, for Discord and PostgreSQL.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds since some fixed point; never goes back. For deadlines and delays. */
int64_t clock_mono_ms(void);

/* Microseconds on the same clock, for measuring. */
int64_t clock_mono_us(void);

/* Milliseconds since 1970 UTC. */
int64_t clock_wall_ms(void);

/* An HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT") in ms since 1970 UTC; 0 for anything else,
 * and for what was before. */
int64_t clock_parse_http_date(const char *text);

/* MS (0 or more) from now on the clock that never jumps, as pthread functions want deadlines. */
struct timespec clock_deadline(int64_t ms);

/* Makes a condition whose timed waits end by clock_deadline; pthread's own follow the calendar,
 * and wait for an hour when that is set back by one. */
void clock_cond_init(pthread_cond_t *cond);
