/* Acts of administrators: what they change, and what is written down about it. */
#pragma once

#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/level.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* A reason's characters: the column's width. */
#define ADMIN_REASON_MAX 200

/* Items given or taken at once: more is a slip of the hand. */
#define ADMIN_QUANTITY_MAX 1000

enum admin_act { ADMIN_ADD, ADMIN_REMOVE, ADMIN_SET };

struct admin_order {
	const struct member_seen *actor, *target; /* of one guild; may be the same member */
	enum admin_act act;
	const char *what; /* "lc", "xp" or the type of an item */
	int32_t amount; /* 0 or more */
	const char *reason; /* 1 to ADMIN_REASON_MAX characters, of any content */
};

/* Parameters are allocated on CTX; the texts of ORDER are borrowed. */
void admin_call(void *ctx, const struct snowflake *interaction, const struct admin_order *order,
	struct db_call *out);

struct admin_outcome {
	enum {
		ADMIN_DONE,
		ADMIN_SHORT, /* refused: the member has less than is to be taken */
		ADMIN_FULL, /* refused: more than 2^31 − 1 */
		ADMIN_UNKNOWN, /* refused: the target was not seen and is no member */
	} result;
	int64_t before, now; /* what the member had, and has */
	int64_t audit; /* the number of the act, when done */
	struct level_gain gained; /* by XP */
};

/* STATUS_FAILED when the rows are not what the routine returns. */
MUST_CHECK enum status admin_read(void *ctx, const struct db_rows *rows, struct admin_outcome *out);

/* ---- What was done */

/* An act as it was written down. */
struct admin_entry {
	int64_t audit;
	struct snowflake actor; /* empty: the operator */
	const char *actor_name; /* NULL: the operator */
	/* Of an import; the next five are then empty. NULL: of an act. */
	const json_t *import;
	struct snowflake target; /* empty: erased since */
	const char *target_name; /* NULL: of an import */
	const char *what;
	int32_t amount; /* what the target has more of since */
	const char *reason;
	int64_t at_s;
	bool undone;
	int64_t undoes; /* the act that it reverses; 0: none */
};

/* The COUNT acts in GUILD before BEFORE (0: the latest), newest first. */
void admin_journal_call(
	void *ctx, const struct snowflake *guild, int64_t before, int count, struct db_call *out);

/* Reads them into *out on CTX, how many into *out_count. */
MUST_CHECK enum status admin_journal_read(
	void *ctx, const struct db_rows *rows, struct admin_entry **out, size_t *out_count);

/* Reverses the act AUDIT for ACTOR, by an act of the opposite amount. */
void admin_undo_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, int64_t audit, struct db_call *out);

struct admin_undone {
	enum {
		ADMIN_UNDO_DONE,
		ADMIN_UNDO_UNKNOWN, /* there is no such act */
		ADMIN_UNDO_UNDONE, /* it was reversed already */
		ADMIN_UNDO_IS_UNDO, /* it reverses another one itself */
		ADMIN_UNDO_SHORT, /* the member does not have it any more */
		ADMIN_UNDO_FULL,
		ADMIN_UNDO_COUNT
	} result;
	const char *username, *what; /* of the target */
	int64_t amount, now;
};

MUST_CHECK enum status admin_undo_read(
	void *ctx, const struct db_rows *rows, struct admin_undone *out);
