/* The report of an import: everything that is not imported as it stands, by kind, with its line. */
#pragma once

#include "importing.h"

struct report;

/* Opens the file of the report, if PATH is not NULL. STATUS_FAILED with a sentence. */
MUST_CHECK enum status report_open(
	void *ctx, const char *path, struct report **out, char **out_why);

/* Notes it in RESULT and writes it to the file. FILE is the one that is read. */
void report_note(struct report *report, struct import_result *result, const char *file,
	const struct refusal_note *note);

/* Whether all was written; closes the file. */
MUST_CHECK enum status report_close(struct report *report, char **out_why);
