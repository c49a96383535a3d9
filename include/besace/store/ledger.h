/* A member's own movements, a page at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Movements of one page. */
#define LEDGER_PAGE 10

/* The types of rules.md; MOVEMENT_OTHER is what a later version has written. */
enum movement_type {
	MOVEMENT_TRANSFER,
	MOVEMENT_GIFT,
	MOVEMENT_LEVEL_UP,
	MOVEMENT_JACKPOT,
	MOVEMENT_BET,
	MOVEMENT_WIN,
	MOVEMENT_REFUND,
	MOVEMENT_ADMIN,
	MOVEMENT_OPENING,
	MOVEMENT_OTHER,
};

struct movement {
	int64_t id;
	enum movement_type type;
	int64_t amount; /* LC that came in; negative: that went out */
	const char *other; /* the other member's username; NULL: the house */
	const char *game; /* of a bet, win or refund, as in game_history.game_type; NULL: none */
	int64_t at_s; /* seconds since 1970 */
};

struct ledger_page {
	size_t count;
	struct movement
		movements[LEDGER_PAGE]; /* newest first; the texts live as long as the rows */
	bool newer, older; /* whether there are pages that way */
	int32_t balance;
};

/* Reads the page of WHO's movements after AFTER, or before it when NEWER; 0: the newest page. */
void ledger_call(
	void *ctx, const struct sighting *who, int64_t after, bool newer, struct db_call *out);

/* As members_profile_read; AFTER and NEWER as above. */
bool ledger_read(const struct db_rows *rows, int64_t after, bool newer, struct ledger_page *out,
	bool *out_found);
