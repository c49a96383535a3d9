/*
 * A database call as a command describes it, and the rows that come back. No libpq here: commands
 * fill a call, the pool runs it, commands read the rows.
 *
 * How a repository is written
 *
 * 1. The statement stands in sql/queries under its name. Parameters are written by name; the first
 *    mention of each says its type (VARCHAR, TEXT, SMALLINT, INTEGER, BIGINT, BOOLEAN, JSONB, or
 *    an array of one of them):
 *
 *	-- name: gift
 *	SELECT besace_gift($interaction_id::varchar, $member_id::varchar, $amount::integer)
 *		AS outcome;
 *
 * 2. It has a row in queries.h, with the shape of its rows: shape_none when nothing is read,
 *    shape_outcome (store/routine.h) for a routine that returns an outcome, or one of its own.
 *
 * 3. The call binds each parameter by its name, once, NULL as such:
 *
 *	db_call_begin_change(ctx, QUERY_GIFT, &member->id, out);
 *	db_set_id(out, "interaction_id", interaction);
 *	db_set_id(out, "member_id", &member->id);
 *	db_set_integer(out, "amount", GIFT_AMOUNT);
 *
 *    A name that the statement does not have, another type, a number that does not fit, a
 *    parameter that is bound twice or not at all is a defect: the call is not sent and ends with
 *    STATUS_FAILED and a sentence that names statement and parameter. Bind in the order of the
 *    statement: the name is looked for where the last one was found.
 *
 * 4. Rows are read as structs:
 *
 *	struct bag_row row;
 *	enum status status = db_row_read(ctx, rows, 0, &shape_bag_view, &row);
 *
 *    A column that is missing, in excess, elsewhere or of another type is found when a connection
 *    is made: the service then is not ready and says why.
 *
 * 5. JSON that crosses the border has a shape as well. From SQL it is read by json_shape_read, or
 *    by routine_outcome_read for an outcome: JSON_SHAPES. From C it is bound by db_set_shape or
 *    db_set_json_as: JSON_WRITTEN; the routine that takes it calls besace_json_keys with the
 *shape's name and keys. A test compares both lists with the routines.
 *
 * A call costs one allocation, and one more for each array or JSON.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/snowflake.h"
#include "besace/store/queries.h"
#include "besace/store/shape.h"

#define QUERY_VALUE(value, name, shape) QUERY_##value,
enum query { QUERIES(QUERY_VALUE) QUERY_COUNT };
#undef QUERY_VALUE

/* One statement with its parameters, as text; NULL is SQL's NULL. Texts are borrowed and must live
 * until the call has come back. */
struct db_call {
	enum query query;
	/* Changes something: it gets a transaction and a connection of its own. Every such call can
	 * be made again after an unknown outcome: receipts or the statement's nature see to it. */
	bool changes;
	/* Whose change it is: one at a time is sent for each member, so that a member whose row is
	 * locked holds one connection at most. Empty text: nobody's. See db_call_set_source. */
	struct snowflake member;

	/* Of the functions below. */
	void *ctx;
	const char **bound; /* one a parameter */
	char (*digits)[21]; /* room for each parameter's number */
	unsigned next; /* the parameter after the one bound last */
	char *fault; /* the first defect */
};

/* Begins *out, a read. What is bound is allocated on CTX. */
void db_call_begin(void *ctx, enum query query, struct db_call *out);

/* Begins *out, a change of MEMBER's; NULL: of nobody in particular. */
void db_call_begin_change(
	void *ctx, enum query query, const struct snowflake *member, struct db_call *out);

/* Binds the parameter NAME. Texts and ids are borrowed, everything else is copied. For TEXT and
 * ID, NULL (and an empty id) is a defect, unless the function says so. */
void db_set_null(struct db_call *call, const char *name);
void db_set_text(struct db_call *call, const char *name, const char *text);
void db_set_text_or_null(struct db_call *call, const char *name, const char *text);
void db_set_id(struct db_call *call, const char *name, const struct snowflake *id);
void db_set_id_or_null(struct db_call *call, const char *name, const struct snowflake *id);
void db_set_integer(struct db_call *call, const char *name, int64_t number);
void db_set_bool(struct db_call *call, const char *name, bool value);

/* JSON is given up; NULL is a defect. */
void db_set_json(struct db_call *call, const char *name, json_t *json);
/* IN, a struct of SHAPE, as a JSON object. */
void db_set_shape(
	struct db_call *call, const char *name, const struct db_shape *shape, const void *in);

/* JSON, which is given up, and which must have the keys of SHAPE: else it is a defect. */
void db_set_json_as(
	struct db_call *call, const char *name, const struct db_shape *shape, json_t *json);
/* The same of JSON that is bound within another parameter: only looked at. */
void db_check_json(struct db_call *call, const struct db_shape *shape, const json_t *json);

/* Arrays. NULL among TEXTS is SQL's NULL. */
void db_set_texts(struct db_call *call, const char *name, const char *const *texts, size_t count);
void db_set_integers(struct db_call *call, const char *name, const int64_t *numbers, size_t count);
void db_set_bools(struct db_call *call, const char *name, const bool *values, size_t count);

/* The first defect of CALL: of binding, or a parameter that was not bound. NULL when there is none.
 * The pool asks before it sends. */
const char *db_call_fault(struct db_call *call);

/* Makes CALL, a change, one of the shim SOURCE's, which are sent one at a time like a member's:
 * they would only wait for each other's locks. */
void db_call_set_source(struct db_call *call, const char *source);

/* What a call returned; valid only during the callback that hands it over. */
struct db_rows {
	const void *result; /* a PGresult */
};

int db_rows_count(const struct db_rows *rows);

/*
 * Reads row number ROW into OUT, a struct of SHAPE, which is the one that queries.h names for the
 * statement. Texts are borrowed from ROWS; JSON belongs to CTX. STATUS_FAILED, and a line in the
 * log, when there is no such row, a required value is NULL, or a value is not of its type.
 */
MUST_CHECK enum status db_row_read(
	void *ctx, const struct db_rows *rows, int row, const struct db_shape *shape, void *out);
