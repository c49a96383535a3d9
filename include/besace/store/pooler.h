/*
 * Whether a pooler stands in front of PostgreSQL that shares sessions between transactions
 * (PgBouncer's pool_mode = transaction or statement).
 *
 * Besace's connections are sessions: each has the schema of its build's routines in its
 * search_path, its own timeouts and its prepared statements. Through such a pooler a statement
 * meets the session of another client, so that everything fails now and then, or waits without a
 * timeout. PgBouncer from 1.21 on keeps prepared statements apart, but not the search_path and the
 * timeouts. pool_mode = session gives each client a session of its own, and works.
 */
#pragma once

#include <libpq-fe.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* The sentence of a refusal. */
#define POOLER_FAULT                                                                               \
	"a pooler stands in front of the database that shares sessions between transactions "      \
	"(PgBouncer with pool_mode = transaction or statement, of any version); give this "        \
	"database an entry of its own with pool_mode=session, or name PostgreSQL itself"

/*
 * Looks, from CONN, which was opened with URL. Nothing is asked but once when PostgreSQL itself
 * answers; otherwise a second connection is made for a moment. STATUS_DENIED with POOLER_FAULT in
 * *out_why when sessions are shared; STATUS_UNAVAILABLE with a sentence when that could not be
 * found out.
 */
MUST_CHECK enum status pooler_look(void *ctx, PGconn *conn, const char *url, char **out_why);
