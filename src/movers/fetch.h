/* The pages of a source's API, when the operator asks for them by --url. */
#pragma once

#include "importing.h"

/*
 * Gets the URL options->files[0] and reads it. With {page} in it, page after page until one brings
 * nobody new to the list. A 429 is waited out as it says. No redirect is followed: the token is
 * for this host alone.
 */
MUST_CHECK enum status fetch_pages(struct importing *importing);

#define FETCH_NOT_SAID (-1L)

/* The seconds that the header LINE of LENGTH bytes, which need not end in a NUL, asks to wait; a
 * little more than anybody waits for whatever is more. FETCH_NOT_SAID when it is another header, a
 * date, or no number. */
long fetch_retry_after_s(const char *line, size_t length);
