/* What an import would do or has done, as text and as JSON. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "besace/movers/import.h"

/* Prints the plan: totals, the largest changes, refusals by kind, settings. */
void import_show_plan(const struct import_result *result);

/* The same as one object, with "import" and STATE: "planned", "imported", "done". */
json_t *import_show_json(const struct import_result *result, const char *state);
