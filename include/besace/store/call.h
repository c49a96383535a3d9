/*
 * A database call as a command describes it, and the rows that come back. No libpq here: commands
 * fill a call, the pool runs it, commands read the rows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/snowflake.h"

/* The named queries of sql/queries, in the order of src/store/query.c. */
enum query {
	QUERY_MEMBERS_PROFILE,
	QUERY_MEMBERS_TOUCH,
	QUERY_BAG_VIEW,
	QUERY_BAG_OPEN,
	QUERY_BAG_ACTIVATE,
	QUERY_SCHEMA_VERSION,
	QUERY_RECEIPTS_SWEEP,
	QUERY_TRANSFER,
	QUERY_TRANSFER_CANCEL,
	QUERY_GIFT,
	QUERY_LEDGER_OLDER,
	QUERY_LEDGER_NEWER,
	QUERY_STATS,
	QUERY_STANDINGS_PAGE,
	QUERY_STANDINGS_FOLD,
	QUERY_ADMIN_ACT,
	QUERY_MATCH_LOOK,
	QUERY_MATCH_OPEN,
	QUERY_MATCH_PLAY,
	QUERY_MATCH_PRESS,
	QUERY_MATCHES_EXPIRE,
	QUERY_MATCH_EXPIRE,
	QUERY_MATCH_EDITS_TAKE,
	QUERY_MATCH_EDITS_END,
	QUERY_SEEDS_MAKE,
	QUERY_SEEDS_CHANGE,
	QUERY_EVENTS_APPLY,
	QUERY_EVENTS_SWEEP,
	QUERY_VOICE_LOAD,
	QUERY_VOICE_SETTLE,
	QUERY_VOICE_SWEEP,
	QUERY_OUTBOX_TAKE,
	QUERY_OUTBOX_END,
	QUERY_OUTBOX_SWEEP,
	QUERY_ANNOUNCE_DEFAULT,
	QUERY_ANNOUNCE_PING,
	QUERY_COUNT
};

/* A batch of events has the most. */
#define CALL_PARAMS_MOST 14

/* One statement with its parameters, as text; NULL is SQL's NULL. Texts are borrowed and must live
 * until the call has come back. */
struct db_call {
	enum query query;
	const char *params[CALL_PARAMS_MOST];
	/* Changes something: it gets a transaction and a connection of its own. Every such call can
	 * be made again after an unknown outcome: receipts or the statement's nature see to it. */
	bool changes;
	/* Whose change it is: one at a time is sent for each member, so that a member whose row is
	 * locked holds one connection at most. Empty text: nobody's. See db_call_set_source. */
	struct snowflake member;
};

/* NUMBER as a parameter, on CTX. */
char *call_number(void *ctx, int64_t number);

/* Makes CALL, a change, one of the shim SOURCE's, which are sent one at a time like a member's:
 * they would only wait for each other's locks. */
void db_call_set_source(struct db_call *call, const char *source);

/* What a call returned; valid only during the callback that hands it over. */
struct db_rows {
	const void *result; /* a PGresult */
};

int db_rows_count(const struct db_rows *rows);
bool db_is_null(const struct db_rows *rows, int row, int column);
/* "" for NULL. */
const char *db_text(const struct db_rows *rows, int row, int column);
/* 0 for NULL. */
int64_t db_integer(const struct db_rows *rows, int row, int column);
bool db_bool(const struct db_rows *rows, int row, int column);
