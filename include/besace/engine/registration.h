/* What Discord is told about the commands: the body of a bulk overwrite. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The list of all commands in Discord's form, with their localisations. Where they can be used and
 * installed is said for global registration only. The caller owns the reference. */
json_t *registration_build(bool global);
