/*
 * Rows of the predecessor's tables, as texts of their columns: what becomes of each. No database
 * here; src/movers/postgres.c reads them, and the export of Besace itself has the same history.
 */
#pragma once

#include "importing.h"

/* How many columns each row has. */
enum {
	PREDECESSOR_USER_COLUMNS = 12,
	PREDECESSOR_ITEM_COLUMNS = 3,
	PREDECESSOR_MULTIPLIER_COLUMNS = 5,
	PREDECESSOR_LEDGER_COLUMNS = 7,
	PREDECESSOR_MATCH_COLUMNS = 8
};

/* The account of members that Besace has erased, in its own export: no member of Discord's. */
#define CLOSED_ACCOUNT "0"

/* Whether TEXT is somebody's id, or that account's where there can be one. */
bool predecessor_is_account(const struct importing *importing, const char *text);

/* COLUMNS in the order of the columns in predecessor.c; NULL is SQL's NULL. Times are UTC. */
MUST_CHECK enum status predecessor_user(
	struct importing *importing, uint64_t line, const char *const *columns);
MUST_CHECK enum status predecessor_item(
	struct importing *importing, uint64_t line, const char *const *columns);
MUST_CHECK enum status predecessor_multiplier(
	struct importing *importing, uint64_t line, const char *const *columns);
MUST_CHECK enum status predecessor_ledger(
	struct importing *importing, uint64_t line, const char *const *columns);
MUST_CHECK enum status predecessor_match(
	struct importing *importing, uint64_t line, const char *const *columns);
