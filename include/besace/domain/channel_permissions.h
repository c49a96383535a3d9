/*
 * What a member may do in a channel, as Discord computes it: the roles' permissions, then what the
 * channel allows and denies to everybody, to their roles, and to themself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/domain/role.h"

/* What a channel changes for a role or a member. */
struct channel_overwrite {
	struct snowflake id;
	bool is_role;
	uint64_t allow, deny;
};

/* A member of a guild. */
struct role_holder {
	struct snowflake user;
	const struct snowflake *roles; /* but @everyone, which all have */
	size_t role_count;
};

/* The permissions of HOLDER in a channel with OVERWRITES, by the guild's roles KNOWN. All of them
 * for an administrator. */
uint64_t channel_permissions(const struct guild_roles *known, const struct role_holder *holder,
	const struct channel_overwrite *overwrites, size_t count);
