/* The repository of guilds: what is left of those that removed Besace. */
#pragma once

#include <stdbool.h>

#include "besace/store/call.h"

/* Erases a slice of the rows of a guild that removed Besace more than DAYS days ago. */
void guild_erase_call(void *ctx, int days, struct db_call *out);

/* Whether there may be more to erase at once. */
bool guild_erase_read(const struct db_rows *rows);
