/* Imports in the lists of what was done. */
#pragma once

#include <jansson.h>

#include "besace/text/catalogue.h"

/* A line in LANGUAGE on the import that JSON tells of (store/import_told.h), and who did it when:
 * ACTOR is escaped; on CTX. */
char *import_told_line(
	void *ctx, enum language language, const json_t *json, const char *actor, int64_t at_s);
