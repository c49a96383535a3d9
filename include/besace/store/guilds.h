/* The repository of guilds: what interactions tell of them, and what is left of those that removed
 * Besace. */
#pragma once

#include <stdbool.h>

#include "besace/base/snowflake.h"
#include "besace/store/call.h"

/* What an interaction tells of its guild. */
struct guild_seen {
	struct snowflake guild;
	const char *locale; /* "" when absent */
	bool is_community;
	/* The code of the language of a public reply, static; NULL: it is none. */
	const char *reply_language;
	int64_t seen_ms; /* a removal that came later stays */
	/* Where it happened (empty: not told), and what that stands in: a thread in its channel,
	 * any other channel in its category (empty: in none). */
	struct snowflake channel, above;
	bool in_thread;
};

/* Keeps SEEN, which is copied, the language of the guild's first public reply, and where its
 * channel stands. Writes only what differs. */
void guild_see_call(void *ctx, const struct guild_seen *seen, struct db_call *out);

/* Whether what interactions tell of members matters in that guild. */
bool guild_see_read(const struct db_rows *rows);

/* Erases a slice of the rows of a guild that removed Besace more than DAYS days ago. */
void guild_erase_call(void *ctx, int days, struct db_call *out);

/* Whether there may be more to erase at once. */
bool guild_erase_read(const struct db_rows *rows);
