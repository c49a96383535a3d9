/* UTF-8 text by code points: stepping, counting and cutting without breaking a character. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for bytes that are no UTF-8. */
#define UTF8_REPLACEMENT 0xFFFD

/* The code point at *TEXT, which moves past it. A byte that starts nothing valid counts as one
 * UTF8_REPLACEMENT. 0 at the end, without moving. */
uint32_t utf8_next(const char **text);

/* Code points in TEXT. */
size_t utf8_length(const char *text);

/* Bytes of the longest prefix of TEXT that has at most MOST code points. */
size_t utf8_prefix(const char *text, size_t max);

/* Whether all of LENGTH bytes are UTF-8. */
bool utf8_is_valid(const char *bytes, size_t length);
