/*
 * JSON from outside, read into a tree that nobody changes: the bodies of interactions, and batches
 * of events.
 *
 * Strict: UTF-8 without a fault, no NUL in a key, no half of a surrogate pair, no key twice, no
 * number beyond what 64 bits hold, nothing behind the end, at most DOCUMENT_MAX_DEPTH levels and
 * DOCUMENT_MAX_KEYS keys an object.
 *
 * Functions accept NULL for a node and say "absent", so that a path can be followed in one line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Nesting. Discord's deepest real payload (a modal inside a message with nested components) stays
 * under 16. */
#define DOCUMENT_MAX_DEPTH 32

/* Keys of one object: Discord's largest have some thirty. Each is compared with those before it. */
#define DOCUMENT_MAX_KEYS 256

enum node_type {
	NODE_NULL,
	NODE_BOOLEAN,
	NODE_INTEGER,
	NODE_REAL,
	NODE_TEXT,
	NODE_UNUSABLE, /* of a lenient reading only */
	NODE_LIST,
	NODE_OBJECT
};

/* A value. Only the member of its type may be read; node_text and its like check that. */
struct node {
	enum node_type type;
	unsigned count; /* LIST, OBJECT */
	const char *key; /* of a member; NULL for an item and for the root */
	const struct node *next; /* among its siblings */
	union {
		const char *text; /* TEXT: UTF-8 without a NUL */
		int64_t integer; /* INTEGER; BOOLEAN: 0 or 1 */
		double real; /* REAL */
		const struct node *first; /* LIST, OBJECT: NULL when empty */
	};
};

/* What becomes of values that are JSON and that nobody can use: a text with a NUL or with half of a
 * surrogate pair, a number beyond what 64 bits hold, an object with a key twice or with too many,
 * what nests too deep. */
enum document_mode {
	DOCUMENT_STRICT, /* nothing is read */
	DOCUMENT_LENIENT, /* the value is UNUSABLE, the rest is read */
};

/* Reads LENGTH bytes. The tree and its texts belong to CTX. STATUS_INVALID with a sentence. */
MUST_CHECK enum status document_read(void *ctx, const char *json, size_t length,
	enum document_mode mode, const struct node **out, char **out_why);

/* What is read of a text of which most is nobody's business. */
struct document_keys {
	const char *const *names; /* in the order of strcmp; they must outlive the tree */
	size_t count;
	size_t max_nodes; /* what the tree may hold: 32 bytes each */
};

/* Reads as DOCUMENT_LENIENT, of each object only the members that KEYS names: of others neither
 * memory nor copy is made. STATUS_TOO_LARGE when max_nodes are not enough. */
MUST_CHECK enum status document_read_keys(void *ctx, const char *json, size_t length,
	const struct document_keys *keys, const struct node **out);

bool node_is(const struct node *node, enum node_type type);

/* The member KEY of an object; NULL when there is none, or NODE is no object. */
const struct node *node_get(const struct node *node, const char *key);

/* The first item of a list; NULL when there is none, or NODE is no list. */
const struct node *node_first(const struct node *node);

/* NULL when NODE is no text. */
const char *node_text(const struct node *node);

/* Whether NODE is there and not null. */
bool node_is_there(const struct node *node);

/* 0 when NODE is no whole number. */
int64_t node_integer(const struct node *node);

/* Of a whole number as well; 0 when NODE is no number. */
double node_number(const struct node *node);

bool node_is_true(const struct node *node);
