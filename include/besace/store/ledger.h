/* A member's own rows of the ledger, a page at a time; the sweep of old ones. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Rows of one page. */
#define LEDGER_PAGE 10

/* The types of rules.md; LEDGER_TYPE_OTHER is what a later version has written. */
enum ledger_type {
	LEDGER_TYPE_TRANSFER,
	LEDGER_TYPE_GIFT,
	LEDGER_TYPE_LEVEL_UP,
	LEDGER_TYPE_JACKPOT,
	LEDGER_TYPE_BET,
	LEDGER_TYPE_WIN,
	LEDGER_TYPE_REFUND,
	LEDGER_TYPE_ADMIN,
	LEDGER_TYPE_OPENING,
	LEDGER_TYPE_OTHER,
};

struct ledger_row {
	int64_t id;
	enum ledger_type type;
	int64_t amount; /* LC that came in; negative: that went out */
	const char *other; /* the other member's username; NULL: the house */
	const char *game; /* of a bet, win or refund, as in game_history.game_type; NULL: none */
	int32_t level; /* that was rewarded; 0: none, or not known */
	int64_t at_s; /* seconds since 1970 */
};

struct ledger_page {
	size_t count;
	struct ledger_row rows[LEDGER_PAGE]; /* newest first; the texts live as long as the rows */
	bool newer, older; /* whether there are pages that way */
	int32_t balance;
};

/* Reads the page of MEMBER's rows that are older than the row AFTER, or newer when NEWER; 0: the
 * newest page. */
void ledger_call(void *ctx, const struct member_seen *member, int64_t after, bool newer,
	struct db_call *out);

/* As members_profile_read; AFTER and NEWER as above. */
bool ledger_read(const struct db_rows *rows, int64_t after, bool newer, struct ledger_page *out);

/* Summarises a slice of the movements that are older than DAYS days. */
void ledger_sweep_call(void *ctx, int days, struct db_call *out);

/* Whether there may be more to summarise at once. */
bool ledger_sweep_read(const struct db_rows *rows);
