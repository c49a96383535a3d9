/* A payload of the Gateway: {op, d, s, t}. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* What the JSON of a frame may cost in memory, about: five times the largest GUILD_CREATE. Sixteen
 * MiB of nothing but brackets would take more than a GiB. */
#define FRAME_MAX_COST (128u * 1024u * 1024u)

struct frame {
	int op;
	int64_t seq; /* s, -1 when null */
	const char *type; /* t, NULL when null */
	const json_t *data; /* d, NULL when absent */
	json_t *tree; /* owns the above */
};

/* Parses the JSON text of one payload. STATUS_INVALID when it is none, STATUS_TOO_LARGE when it
 * would cost more than FRAME_MAX_COST; *out is then untouched. frame_release it. */
MUST_CHECK enum status frame_parse(const char *text, size_t length, struct frame *out);
void frame_release(struct frame *frame);

/* A user object of Discord's. */
struct frame_user {
	const char *id; /* a valid snowflake */
	const char *name; /* not empty, but not yet cut to the columns' width */
	bool bot; /* bot or system */
};

/* Reads a user object; false when its id is no snowflake or its name is missing. */
bool frame_user(const json_t *user, struct frame_user *out);

/* A text that is a valid snowflake at KEY of an object, else NULL (also when null). */
const char *frame_id(const json_t *object, const char *key);

/* Whether KEY is there and true. */
bool frame_true(const json_t *object, const char *key);

/* The number of a valid snowflake text. */
uint64_t frame_number(const char *id);
