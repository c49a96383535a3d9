/* What a page's address and headers ask for. Nothing of it can be wrong: what is none counts as not
 * said. Texts may be NULL. */
#pragma once

#include "besace/text/catalogue.h"

/* The language that ACCEPT-LANGUAGE prefers among those there are, the first of equals. */
enum language query_language(const char *accept);

/* The number of a page: 1 for whatever is none, PAGE_NUMBER_MAX at most. */
int query_number(const char *text);

/* What is looked for, as names are shown, on CTX: NULL when it is nothing. */
const char *query_search(void *ctx, const char *text);
