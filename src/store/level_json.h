/* Level-ups in JSON, as the routines write them. */
#pragma once

#include "besace/base/compiler.h"
#include "besace/domain/level.h"
#include "besace/store/shape.h"

/* Reads OBJECT, what besace_level_reward returned; NULL (no level was crossed) clears *out. False,
 * with a sentence on CTX, when it is anything else. */
MUST_CHECK bool level_up_read(
	void *ctx, const json_t *object, struct level_gain *out, char **out_why);

/* Reads how many of each item: an object that holds those of which there are some. */
MUST_CHECK bool level_items_read(
	void *ctx, const json_t *object, int32_t out[ITEM_COUNT], char **out_why);
