/* What the readers of JSON have in common. */
#pragma once

#include "importing.h"
#include "json_records.h"

struct json_source {
	const struct json_path *places; /* as json_reading has them */
	unsigned wanted; /* bits of places; the file must have one of them */
	const char *wants; /* them, for messages: "players" */
	/* A record is no larger than it may be. STATUS_OK, or what entry_end returned. */
	enum status (*record)(struct importing *importing, const struct json_record *record);
};

/* Reads INPUT. A file without any of the wanted places is refused, with the message that an API has
 * put into it in their place. */
MUST_CHECK enum status json_source_read(
	struct importing *importing, struct input *input, const struct json_source *source);
