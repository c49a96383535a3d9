/* Leaderboards of a guild: the members with most, and the rank of the one who asks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Members of one page. */
#define LEADERBOARD_PAGE 10

enum leaderboard_metric { LEADERBOARD_LC, LEADERBOARD_XP };

/* Where a page starts: after the member USER with VALUE, or before them when UP. Without a user:
 * at the top. */
struct leaderboard_start {
	enum leaderboard_metric metric;
	bool up;
	int32_t value;
	struct snowflake user; /* empty text: none */
};

struct leaderboard_row {
	struct snowflake user;
	char *username;
	int32_t value; /* LC or XP */
	int64_t rank; /* from 1; shared by those with equal values */
};

struct leaderboard_page {
	size_t count;
	struct leaderboard_row rows[LEADERBOARD_PAGE];
	bool above, below; /* whether there are pages that way */
	int32_t own_value;
	int64_t own_rank;
	int64_t members; /* of the guild */
};

/* Reads a page for ASKER, of their guild. Parameters are allocated on CTX. */
void leaderboard_call(void *ctx, const struct sighting *asker,
	const struct leaderboard_start *start, struct db_call *out);

/* STATUS_FAILED when it is not what the routine returns. The names are allocated on CTX. */
MUST_CHECK enum status leaderboard_read(
	void *ctx, const struct db_rows *rows, struct leaderboard_page *out);

/* Rows of changes folded in at once, of up to 200 values each: some tenths of a second of work at
 * most. */
#define LEADERBOARD_FOLD_MAX 500

/* Folds what has changed, of all guilds, into the trees that ranks are read from. */
void leaderboard_fold_call(void *ctx, struct db_call *out);

/* Whether there is more to fold at once. */
bool leaderboard_fold_read(const struct db_rows *rows);
