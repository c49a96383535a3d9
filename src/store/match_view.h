/* Reading matches from the JSON that besace_match_view and besace_matches_end make. */
#pragma once

#include "besace/store/matches.h"

/* The match of OBJECT, which must live as long as CTX; NULL, and a line in the log, when it is
 * none. */
struct match *match_view_read(void *ctx, const json_t *object);

/* The JSON object of TEXT, on CTX; NULL when it is none. */
const json_t *match_view_parse(void *ctx, const char *text);
