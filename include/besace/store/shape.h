/*
 * Shapes: what a row of a result, or a JSON object that crosses the border between C and SQL, is
 * made of. A shape ties each name to a member of a C struct; the type follows from the member.
 *
 *	struct profile_row {
 *		int32_t balance, xp;
 *		bool current;
 *	};
 *	DB_SHAPE(shape_profile, DB_FIELD(profile_row, balance), DB_FIELD(profile_row, xp),
 *		DB_FIELD(profile_row, current));
 *
 * Rows: the shape names the columns of the statement, all of them and in its order; that is
 * compared with the prepared statement when a connection is made, so that reading a row compares
 * no names. JSON: the order does not matter, but an unknown key is an error, as is a missing one.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"
#include "besace/base/status.h"

/* A type on the border. The members of C that hold one stand beside it. */
enum db_type {
	DB_TEXT, /* const char *: VARCHAR, TEXT; also the text of a JSON or JSONB column */
	DB_INTEGER, /* int32_t: INTEGER, SMALLINT */
	DB_BIGINT, /* int64_t: BIGINT, INTEGER */
	DB_BOOLEAN, /* bool */
	DB_SNOWFLAKE, /* struct snowflake: VARCHAR; Discord's id */
	DB_JSON, /* json_t *, const json_t *: JSON, JSONB */
	DB_TEXTS, /* parameters only: an array of texts */
	DB_INTEGERS, /* parameters only: an array of INTEGER */
	DB_BIGINTS, /* parameters only: an array of BIGINT */
	DB_BOOLEANS, /* parameters only: an array of BOOLEAN */
};

/* "text", "integer", …, for sentences. */
const char *db_type_name(enum db_type type);

enum db_presence {
	DB_REQUIRED, /* there, and not NULL */
	DB_OR_NULL, /* there, or NULL: the member is then NULL, 0, false or an empty id */
	DB_OPTIONAL, /* JSON only: the key may be missing, or null */
};

struct db_field {
	const char *name;
	enum db_type type;
	enum db_presence presence;
	size_t offset;
};

struct db_shape {
	const char *name; /* of the shape itself, for sentences and for tests */
	const struct db_field *fields;
	size_t count;
};

/* The type of a member. A member of any other type does not compile. */
/* clang-format off */
#define DB_TYPE_OF(row, member) _Generic(((struct row *)0)->member, \
	const char *: DB_TEXT, \
	int32_t: DB_INTEGER, \
	int64_t: DB_BIGINT, \
	bool: DB_BOOLEAN, \
	struct snowflake: DB_SNOWFLAKE, \
	json_t *: DB_JSON, \
	const json_t *: DB_JSON)
/* clang-format on */
/* clang-format off */
#define DB_FIELD_OF(row, member, name, presence)                                                   \
	{                                                                                          \
		name, DB_TYPE_OF(row, member), presence, offsetof(struct row, member)              \
	}
/* clang-format on */

/* MEMBER of struct ROW, which has the name of its column or key. */
#define DB_FIELD(row, member) DB_FIELD_OF(row, member, #member, DB_REQUIRED)
#define DB_FIELD_OR_NULL(row, member) DB_FIELD_OF(row, member, #member, DB_OR_NULL)
#define DB_FIELD_OPTIONAL(row, member) DB_FIELD_OF(row, member, #member, DB_OPTIONAL)

/* Defines the shape SYMBOL, which queries.h declares. */
#define DB_SHAPE(symbol, ...)                                                                      \
	const struct db_shape symbol = {#symbol, (const struct db_field[]){__VA_ARGS__},           \
		sizeof((const struct db_field[]){__VA_ARGS__}) / sizeof(struct db_field)}

/* A key of an object that no struct holds: the shape then only says what is there. */
/* clang-format off */
#define DB_KEY(name, type)                                                                         \
	{                                                                                          \
#name, type, DB_REQUIRED, 0                                                        \
	}
#define DB_KEY_OPTIONAL(name, type)                                                                \
	{                                                                                          \
#name, type, DB_OPTIONAL, 0                                                        \
	}
/* clang-format on */

/* Rows that nobody reads. */
extern const struct db_shape shape_none;

/*
 * Reads OBJECT into OUT, a struct of SHAPE. Texts and JSON are borrowed from OBJECT. False when a
 * key is unknown, missing or of another type; *out_why then gets a sentence on CTX.
 */
MUST_CHECK bool json_shape_read(
	void *ctx, const json_t *object, const struct db_shape *shape, void *out, char **out_why);

/* Whether OBJECT has the keys of SHAPE, of their types, and no others; false with a sentence. */
MUST_CHECK bool json_shape_check(
	void *ctx, const json_t *object, const struct db_shape *shape, char **out_why);

/* Writes IN, a struct of SHAPE, with all its keys. JSON members are given away. A NULL text, NULL
 * JSON or empty id is null, and left out where it is optional. */
json_t *json_shape_write(const struct db_shape *shape, const void *in);
