/* The named queries of sql/queries: their texts, found once at start. */
#pragma once

#include "besace/store/call.h"

struct query_text {
	const char *name;
	char *sql;
	int param_count;
};

/* Texts of all queries in the order of enum query, on CTX. A name of the table that sql/ does not
 * hold ends the process: both are compiled into it, and a test prepares every one. */
struct query_text *queries_load(void *ctx);

/* The text of any named query, on CTX; NULL when sql/ holds none of that name. */
char *query_find(void *ctx, const char *name);
