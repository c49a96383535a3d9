/* The repository of bags: looking into one, using an item exactly once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/bag.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Looks into MEMBER's bag. Parameters are allocated on CTX. */
void bags_view_call(void *ctx, const struct member_seen *member, struct db_call *out);

/* As members_profile_read; XP tells how far the next item is. */
bool bags_view_read(void *ctx, const struct db_rows *rows, struct bag *out, int32_t *out_xp);

/* Opens a jackpot worth REWARD for the press INTERACTION of MEMBER. USE is the use that the button
 * stands for (uses of struct bag when it was shown); -1: whichever is next. */
void bags_open_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t use, int32_t reward, struct db_call *out);

/* Jackpots that one press opens at most. */
#define BAG_OPEN_MAX 100

/* Opens the jackpots there are, up to COUNT of them (at most BAG_OPEN_MAX), each worth one of
 * REWARDS, in their order. USE as above. */
void bags_open_all_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t use, const int32_t *rewards, size_t count,
	struct db_call *out);

/* Activates one multiplier ITEM (ITEM_X2 or ITEM_X3). USE as above. */
void bags_activate_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t use, enum item item, struct db_call *out);

/* What a press did: the same for each time its interaction is asked. */
struct bag_press {
	enum {
		PRESS_DONE,
		PRESS_NONE_LEFT, /* refused: no such item left */
		PRESS_USED, /* refused: the button has used one already */
		PRESS_ALREADY_ACTIVE, /* refused: a multiplier is active */
		PRESS_BALANCE_FULL, /* refused: the balance would pass 2^31 − 1 */
	} outcome;
	int32_t reward, balance; /* of opened jackpots */
	int32_t opened; /* how many, where all were to be opened; else 0 */
	struct bag bag; /* as it is afterwards */
};

/* Reads what bags_open_call, bags_open_all_call (ITEM_JACKPOT) or bags_activate_call, of ITEM,
 * returned. STATUS_FAILED when it is not what the routine returns. */
MUST_CHECK enum status bags_press_read(
	void *ctx, const struct db_rows *rows, enum item item, struct bag_press *out);
