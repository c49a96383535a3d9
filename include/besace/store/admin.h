/* Acts of administrators: what they change, and what is written down about it. */
#pragma once

#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/level.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* A reason's characters: the column's width. */
#define ADMIN_REASON_MOST 200

/* Items given or taken at once: more is a slip of the hand. */
#define ADMIN_QUANTITY_MOST 1000

enum admin_act { ADMIN_ADD, ADMIN_REMOVE, ADMIN_SET };

struct admin_order {
	const struct sighting *actor, *target; /* of one guild; may be the same member */
	enum admin_act act;
	const char *what; /* "lc", "xp" or the type of an item */
	int32_t amount; /* 0 or more */
	const char *reason; /* 1 to ADMIN_REASON_MOST characters, of any content */
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
