/*
 * Snowflakes: Discord's ids, unsigned 64-bit integers written in decimal.
 *
 * Besace keeps them as text, as the tables and Discord do, and reads the number only for the time
 * that it carries.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Unsigned 64-bit decimals: 20 digits, the width of the user_id columns. */
#define SNOWFLAKE_MAX_DIGITS 20

/* Discord's epoch, 2015-01-01 UTC, in milliseconds since 1970, and how many bits of an id stand
 * below the time since then. */
#define SNOWFLAKE_EPOCH_MS INT64_C(1420070400000)
#define SNOWFLAKE_TIME_SHIFT 22

/* Room for a snowflake and its final NUL. */
struct snowflake {
	char text[SNOWFLAKE_MAX_DIGITS + 1];
};

/*
 * Reads TEXT: 1 to 20 digits, no sign, no leading zero, below 2^64, not 0. False otherwise (also
 * for NULL), and *out is then untouched.
 */
bool snowflake_parse(const char *text, struct snowflake *out);

/* Milliseconds since 1970 UTC at which Discord made the id. */
int64_t snowflake_time_ms(const struct snowflake *id);

bool snowflake_equal(const struct snowflake *a, const struct snowflake *b);
