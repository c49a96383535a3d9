/* The pages of a source's API, when the operator asks for them by --url. */
#pragma once

#include "importing.h"

/*
 * Gets the URL options->files[0] and reads it. With {page} in it, page after page until one brings
 * nobody new to the list. A 429 is waited out as it says. No redirect is followed: the token is
 * for this host alone.
 */
MUST_CHECK enum status fetch_pages(struct importing *importing);
