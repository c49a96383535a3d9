/*
 * JSON of any size, read in a constant amount of memory: the importer names the places where
 * records stand, and is given each as a small tree. Several documents may follow one another.
 *
 * NaN and Infinity, which are no JSON but which some bots write, are read as texts that begin with
 * an N or an I, so that figure_parse refuses them and the rest of the file is read.
 */
#pragma once

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "input.h"

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOLEAN,
	JSON_KIND_NUMBER,
	JSON_KIND_TEXT,
	JSON_KIND_LIST,
	JSON_KIND_OBJECT
};

struct json_value {
	enum json_kind kind;
	const char *key; /* of a member of an object; NULL for an item */
	const char *text; /* TEXT; NUMBER as it is written; BOOLEAN: "true", "false" */
	struct json_value *first, *next; /* of LIST and OBJECT; among siblings */
};

/* Where records stand. A name of the root object: its value as a whole; "name[]", "name{}": each
 * item of that list, each member of that object; "[]", "{}": those of the root, unless another
 * place has the name. */
struct json_path {
	const char *where;
};

struct json_record {
	size_t place; /* of the list of places */
	const struct json_value *value; /* NULL: it is too large to be a record */
	uint64_t line;
};

typedef enum status json_record_fn(void *arg, const struct json_record *record);

/* PLACES ends with one whose `where` is NULL. Nobody keeps a record: the next one takes its room.
 */
struct json_reading {
	const struct json_path *places;
	json_record_fn *record; /* what it returns but STATUS_OK ends the reading */
	void *arg;
};

/* STATUS_INVALID with a sentence for what is not JSON; else what input_read and the record function
 * say. *out_places gets a bit for each place that the file has. */
MUST_CHECK enum status json_records_read(void *ctx, struct input *input,
	const struct json_reading *reading, unsigned *out_places, char **out_why);

/* The member KEY of an object; NULL when there is none, it is null, or VALUE is no object. */
const struct json_value *json_value_get(const struct json_value *value, const char *key);

/* The text of the member KEY: of a text, a number or a boolean; NULL for anything else. */
const char *json_value_text(const struct json_value *value, const char *key);
bool json_value_is_true(const struct json_value *value, const char *key);

/* The text of VALUE itself, likewise. */
const char *json_value_scalar(const struct json_value *value);
