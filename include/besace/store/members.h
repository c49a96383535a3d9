/* The repository of members: reading what one has, creating and renaming. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/store/call.h"

/* A member as just seen: who, under which name, when. The name is at most LIMIT_USERNAME_CHARS
 * characters of UTF-8; SEEN_MS is milliseconds since 1970 UTC. */
struct sighting {
	struct snowflake guild;
	struct snowflake id;
	const char *username;
	int64_t seen_ms;
};

/* Binds $member_id, $username and $seen_ms to MEMBER, which is borrowed. */
void members_bind(struct db_call *call, const struct sighting *member);

struct profile {
	int32_t balance; /* LC */
	int32_t xp;
};

/* Reads WHO; ASKER is who asks, the same person or another. Parameters are allocated on CTX. */
void members_profile_call(
	void *ctx, const struct sighting *who, const struct sighting *asker, struct db_call *out);

/* False when one of the two is unknown or was seen under a newer name: members_touch_call, then
 * ask again. *out is set all the same when WHO has a row; out_found says so. */
bool members_profile_read(const struct db_rows *rows, struct profile *out, bool *out_found);

/* Creates WHO and ASKER on first contact and refreshes their names. */
void members_touch_call(
	void *ctx, const struct sighting *who, const struct sighting *asker, struct db_call *out);
