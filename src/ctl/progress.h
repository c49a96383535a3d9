/* How far a long command has come: one line that is written over on a terminal, a plain line every
 * few seconds elsewhere. On standard error, so that standard output has the result alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress_line {
	bool quiet, is_terminal;
	const char *what; /* of the line that stands there; NULL: none does */
	int64_t began_us, said_us, began_at;
};

void progress_begin(struct progress_line *progress, bool quiet);

/* DONE of TOTAL (0: nobody knows) of WHAT, a literal: "members". */
void progress_say(struct progress_line *progress, const char *what, int64_t done, int64_t total);

/* Ends the line that stands there. */
void progress_end(struct progress_line *progress);
