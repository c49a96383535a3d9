/* Money from member to member and from the house, each row of the ledger exactly once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* A gift of LC from one member to another. */
struct transfer {
	const struct member_seen *from;
	struct snowflake to;
	const char *to_name; /* as just seen; NULL when not seen: the member must exist then */
	int32_t amount; /* LC, 1 or more */
};

/* Gives for INTERACTION. NONCE is the interaction that asked for the confirmation, NULL when there
 * was none: a transfer with the same nonce is made once. Parameters are allocated on CTX. */
void transfer_call(void *ctx, const struct snowflake *interaction, const struct transfer *transfer,
	const struct snowflake *nonce, struct db_call *out);

/* Uses NONCE up, so that what FROM has cancelled cannot be confirmed any more. */
void transfer_cancel_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *from, const struct snowflake *nonce, struct db_call *out);

/* What became of a transfer or of cancelling it: the same each time its interaction is asked. */
struct transfer_outcome {
	enum {
		TRANSFER_DONE,
		TRANSFER_SELF, /* refused: to oneself */
		TRANSFER_SHORT, /* refused: more than the balance */
		TRANSFER_RECEIVER_FULL, /* refused: the receiver's balance would pass 2^31 − 1 */
		TRANSFER_RECEIVER_GONE, /* refused: the receiver is no member any more */
		TRANSFER_ALREADY_DONE, /* refused: the nonce has paid */
		TRANSFER_CANCELLED, /* refused: the nonce was cancelled */
		TRANSFER_OFF, /* refused: not in this guild */
		TRANSFER_DAY_MAX, /* refused: more than `left`, which the guild allows today */
	} result;
	int32_t balance; /* of the giver, afterwards */
	int32_t left;
	const char *receiver; /* the username, when done; on the context of the reading */
};

/* STATUS_FAILED when the rows are not what the routines return. */
MUST_CHECK enum status transfer_read(
	void *ctx, const struct db_rows *rows, struct transfer_outcome *out);
MUST_CHECK enum status transfer_cancel_read(
	void *ctx, const struct db_rows *rows, struct transfer_outcome *out);

/* The daily gift of MEMBER. */
void gift_call(void *ctx, const struct snowflake *interaction, const struct member_seen *member,
	struct db_call *out);

struct gift_outcome {
	enum { GIFT_DONE, GIFT_TOO_EARLY, GIFT_BALANCE_FULL, GIFT_OFF } result;
	int32_t amount; /* when done */
	int32_t balance; /* when done */
	int64_t next_s; /* when the next can be had, seconds since 1970; 0 when already */
};

/* As transfer_read. */
MUST_CHECK enum status gift_read(void *ctx, const struct db_rows *rows, struct gift_outcome *out);
