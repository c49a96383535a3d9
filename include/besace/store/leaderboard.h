/* Standings: who has most, and the place of the one who asks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Members of one page. */
#define STANDINGS_PAGE 10

enum standing_kind { STANDING_LC, STANDING_XP };

/* Where a page starts: after the member USER with VALUE, or before them when UP. Without a user:
 * at the top. */
struct standings_start {
	enum standing_kind kind;
	bool up;
	int32_t value;
	struct snowflake user; /* empty text: none */
};

struct standing {
	struct snowflake user;
	char *username;
	int32_t value; /* LC or XP */
	int64_t place; /* from 1; shared by those with equal values */
};

struct standings_page {
	size_t count;
	struct standing rows[STANDINGS_PAGE];
	bool above, below; /* whether there are pages that way */
	int32_t own_value;
	int64_t own_place;
	int64_t members; /* how many there are */
};

/* Reads a page for ASKER. Parameters are allocated on CTX. */
void standings_call(void *ctx, const struct sighting *asker, const struct standings_start *start,
	struct db_call *out);

/* As members_profile_read, found being the one who asks. The names are allocated on CTX. */
bool standings_read(
	void *ctx, const struct db_rows *rows, struct standings_page *out, bool *out_found);

/* Rows of changes folded in at once, of up to 200 values each: some tenths of a second of work at
 * most. */
#define STANDINGS_FOLD_MOST 500

/* Folds what has changed into the tree that places are read from. */
void standings_fold_call(struct db_call *out);

/* Whether there is more to fold at once. */
bool standings_fold_read(const struct db_rows *rows);
