/* What the importer's thread does: blocking, on connections of its own. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

struct import_work {
	const char *database_url, *cdn_url;
	atomic_int interrupted; /* ends soon */
	bool did_something; /* the last time */
};

/* Works at one import that is due and that no other process works at, until it ends or waits for an
 * answer. */
void import_work(struct import_work *work);
