/* Key ids: they become an HTTP header, so their form is strict. */
#pragma once

#include <stdbool.h>
#include <string.h>

/* The form that BESACE_EVENT_KEYS takes. */
#define KEYID_MOST 64
#define KEYID_FORM "must be 1 to 64 letters, digits, '-', '_' or '.'"

static inline bool keyid_is_good(const char *text)
{
	size_t length = strlen(text);
	return length >= 1 && length <= KEYID_MOST &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-_.") == length;
}
