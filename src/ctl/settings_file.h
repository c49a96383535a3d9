/* Files of settings: what besacectl settings exports, and reads again. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "besace/store/settings.h"

/* What an export says of itself under "format": a file of something else is refused. */
#define SETTINGS_FILE_FORMAT "besace settings 1"

/* Puts OBJECT, keys and values, into *out, which borrows its texts. Returns the faults on CTX, a
 * line each; "" when there is none. */
char *settings_file_state(void *ctx, const json_t *object, struct settings_state *out);

/* The settings of an export that are not the defaults: a new reference. NULL: *out_why says why
 * not, a line each. */
json_t *settings_file_read(void *ctx, const char *bytes, size_t length, char **out_why);
