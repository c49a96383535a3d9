/* The named statements of sql/queries: their texts and parameters, read once. */
#pragma once

#include "besace/store/call.h"

struct query_param {
	const char *name;
	enum db_type type;
	unsigned oid; /* PostgreSQL's number of the type */
};

struct query_text {
	const char *name;
	char *sql; /* with $1, $2, … in place of names, without comments */
	int param_count;
	const struct query_param *params;
	const unsigned *oids; /* of the parameters, for PQprepare */
	const struct db_shape *shape;
};

/* Texts of all queries in the order of enum query. They last as long as the process. A statement
 * that is missing or cannot be read ends the process at its start: both are compiled into it, and
 * a test reads every one. */
const struct query_text *queries(void);

/*
 * Reads SQL: names become numbers, in the order in which they are first mentioned. False when a
 * parameter's first mention does not say its type, or says one that does not cross the border;
 * *out_why then gets a sentence. Everything is on CTX.
 */
MUST_CHECK bool query_parse(
	void *ctx, const char *name, const char *sql, struct query_text *out, char **out_why);

/* The text of any named query, as it stands in sql/, on CTX; NULL when sql/ holds none of that
 * name. */
char *query_find(void *ctx, const char *name);

/* The type on the border of PostgreSQL's type OID of a column. */
bool query_column_fits(enum db_type type, unsigned oid);
