/* Leaderboards of a guild: the members with most, and the rank of the member who asks. */
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
/* A member with both neighbours. */
#define LEADERBOARD_AROUND 3

/* The last two are at most some minutes old: see leaderboard_ranked_call. */
enum leaderboard_metric {
	LEADERBOARD_LC,
	LEADERBOARD_XP,
	LEADERBOARD_MESSAGES,
	LEADERBOARD_VOICE,
	LEADERBOARD_METRICS
};

enum leaderboard_side {
	LEADERBOARD_TOP,
	LEADERBOARD_OWN,
	LEADERBOARD_DOWN,
	LEADERBOARD_UP,
	LEADERBOARD_AT
};

/* Where a page is: at the top, around the member who asks, after (DOWN) or before (UP) the member
 * USER, who had VALUE, or behind the first VALUE members (AT; the last page if there are fewer). */
struct leaderboard_start {
	enum leaderboard_metric metric;
	enum leaderboard_side side;
	int32_t value;
	struct snowflake user; /* of DOWN and UP */
	int64_t position; /* theirs, counted from 1 without ties, as a button knew it; 0: not known
			   */
};

struct leaderboard_row {
	struct snowflake user;
	char *username;
	int32_t value; /* LC, XP, messages or seconds */
	int64_t rank; /* from 1; shared by those with equal values */
};

struct leaderboard_page {
	size_t count;
	struct leaderboard_row rows[LEADERBOARD_PAGE];
	/* The asker and both neighbours, when the asker is not among the rows. */
	size_t around_count;
	struct leaderboard_row around[LEADERBOARD_AROUND];
	bool above, below; /* whether there are pages that way */
	int32_t own_value;
	int64_t own_rank;
	int64_t members; /* of the guild */
	int64_t position; /* how many stand before the page, if it was asked for by AT; else 0 */
	char *address; /* of the guild's web page; NULL: it has none */
};

/* The position of the last of the COUNT rows of PAGE that are shown, which START led to: from 1,
 * and counted on among those who share a rank, as far as rows and START tell. */
int64_t leaderboard_last_position(
	const struct leaderboard_page *page, size_t count, const struct leaderboard_start *start);

/* Reads a page for ASKER, of their guild; HAS_PAGES: with the address of its web page, which is
 * made when there was none. Parameters are allocated on CTX. */
void leaderboard_call(void *ctx, const struct member_seen *asker,
	const struct leaderboard_start *start, bool has_pages, struct db_call *out);

/* STATUS_FAILED when it is not what the routine returns. The names are allocated on CTX. */
MUST_CHECK enum status leaderboard_read(
	void *ctx, const struct db_rows *rows, struct leaderboard_page *out);

/* Leaves nobody in *PAGE but USER. */
void leaderboard_keep_own(struct leaderboard_page *page, const struct snowflake *user);

/* Rows of changes folded in at once: of a member each or, where many came at once, of up to 200
 * values. Some tenths of a second of work at most. */
#define LEADERBOARD_FOLD_MAX 1000

/* Folds what has changed, of all guilds, into the trees that ranks are read from. */
void leaderboard_fold_call(void *ctx, struct db_call *out);

/* Brings those who changed, of all guilds, into the copy that pages are read from. */
void leaderboard_ranked_call(void *ctx, struct db_call *out);

/* Whether there is more to fold at once; of both calls. */
bool leaderboard_fold_read(const struct db_rows *rows);
