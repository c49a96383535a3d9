/* All there is to tell of a member. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/store/call.h"
#include "besace/store/members.h"

struct stats {
	int32_t balance; /* LC */
	int32_t xp;
	int32_t messages, invites;
	int32_t voice_s; /* in voice, seconds */
	int64_t since_s; /* member since: seconds since 1970; 0 when nobody knows */
	int64_t played, won; /* games */
};

/* As members_profile_call. */
void stats_call(void *ctx, const struct member_seen *member, const struct member_seen *asker,
	struct db_call *out);

/* As members_profile_read. */
bool stats_read(const struct db_rows *rows, struct stats *out);
