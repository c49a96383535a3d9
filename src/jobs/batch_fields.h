/* Fields of an event's JSON, as the readers of all types take them. */
#pragma once

#include <stdbool.h>

#include "batch.h"
#include "besace/discord/document.h"

struct batch_reading {
	void *ctx;
	const struct batch_terms *terms;
};

const char *field_text(const struct node *object, const char *key);
bool field_id(const struct node *object, const char *key, struct snowflake *out);
bool field_is_there(const struct node *object, const char *key);

/* An id that may be absent or null. */
bool field_id_or_none(const struct node *object, const char *key, struct snowflake *out);

/* A flag that may be absent. False when it is there and no boolean. */
bool field_flag(const struct node *object, const char *key, bool *out);

/* The guild of EVENT. NULL, or what is wrong as a sentence: it is not served, for one. */
const char *field_guild(
	const struct batch_reading *reading, const struct node *event, struct snowflake *out_guild);
