/* PostgreSQL's own programs, run as children. */
#pragma once

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "progress.h"

struct pg_child {
	void *ctx;
	PGconn *conn; /* whose host, user and password it gets, by its environment */
	const char *database; /* NULL: that of CONN */
	const char *const *argv; /* found by PATH; ends with NULL */
	const atomic_int *interrupted;
	struct progress_line *progress;
	const char *what; /* for the progress */
	const char *growing; /* the file whose size is told; NULL: none */
	const char *reading; /* the file of which is told how far the child has read; NULL: none */
	int64_t total; /* its bytes */
};

/* Runs it to its end; what it says goes to standard error. STATUS_UNAVAILABLE when interrupted,
 * STATUS_FAILED otherwise, both with a sentence. */
MUST_CHECK enum status pg_child_run(const struct pg_child *child, char **out_why);
