/* The repository of what is kept of a member, and of forgetting them, both at their own wish. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

struct my_data {
	const char *file; /* JSON, at most 8 MiB; NULL: nothing is kept of them */
	bool is_whole; /* else it holds the newest movements and games */
};

/* A read that is sent as a change is: it takes longer than others, so that none shares its
 * connection, and one member's run one after the other. */
void my_data_call(void *ctx, const struct member_seen *member, struct db_call *out);

/* The file is on CTX. */
MUST_CHECK enum status my_data_read(void *ctx, const struct db_rows *rows, struct my_data *out);

/* What a member would lose. */
struct leave_view {
	int32_t balance, level, xp;
	int64_t items;
	bool is_open; /* a game of theirs is: they cannot leave now */
	int64_t until_s; /* until when backups hold them, since 1970; 0: none does */
};

void leave_view_call(void *ctx, const struct member_seen *member, struct db_call *out);

/* *out_known: whether anything is kept of them. */
MUST_CHECK enum status leave_view_read(
	void *ctx, const struct db_rows *rows, struct leave_view *out, bool *out_known);

enum leave_result { LEAVE_DONE, LEAVE_UNKNOWN, LEAVE_OPEN };

struct left {
	enum leave_result result;
	int64_t until_s; /* as above */
};

/* Erases MEMBER by their own press INTERACTION. */
void leave_call(void *ctx, const struct snowflake *interaction, const struct member_seen *member,
	struct db_call *out);
MUST_CHECK enum status leave_read(void *ctx, const struct db_rows *rows, struct left *out);
