/*
 * A reader: one blocking connection that only reads, for threads that wait for its answers. With a
 * role that sees the views of besace_reader alone it reads those; with one that owns the tables,
 * the tables.
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"

struct reader;

/* Connects with the first call. A reader serves one thread at a time. */
struct reader *reader_create(const char *url);
void reader_destroy(struct reader **reader);

/*
 * Runs CALL, a read; *out_rows are the reader's until its next call. A connection that is lost is
 * made anew, once. STATUS_UNAVAILABLE when the server is away, STATUS_FAILED when it refuses; with
 * a sentence on CTX.
 */
MUST_CHECK enum status reader_ask(void *ctx, struct reader *reader, struct db_call *call,
	struct db_rows *out_rows, char **out_why);
