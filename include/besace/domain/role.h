/*
 * Roles of a guild, and which of them may be rewards: Discord lets Besace give only what is below
 * its own highest role, and a reward must not hand out what its setter could not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/snowflake.h"

/* A role, as Discord tells of it. */
struct guild_role {
	struct snowflake id;
	int position;
	uint64_t permissions;
	bool managed;
};

/* Permissions that no reward may bring. */
#define ROLE_DANGERS(X)                                                                            \
	X(KICK_MEMBERS, 1)                                                                         \
	X(BAN_MEMBERS, 2)                                                                          \
	X(ADMINISTRATOR, 3)                                                                        \
	X(MANAGE_CHANNELS, 4)                                                                      \
	X(MANAGE_GUILD, 5)                                                                         \
	X(MANAGE_MESSAGES, 13)                                                                     \
	X(MENTION_EVERYONE, 17)                                                                    \
	X(MANAGE_ROLES, 28)                                                                        \
	X(MANAGE_WEBHOOKS, 29)                                                                     \
	X(MANAGE_EXPRESSIONS, 30)                                                                  \
	X(MANAGE_THREADS, 34)                                                                      \
	X(MODERATE_MEMBERS, 40)

#define ROLE_DANGER(name, bit) ROLE_DANGER_##name,
enum role_danger { ROLE_DANGERS(ROLE_DANGER) ROLE_DANGER_COUNT };
#undef ROLE_DANGER

/* The bit of DANGER in a role's permissions. */
uint64_t role_danger_bit(enum role_danger danger);

/* All of them. besace_role_dangers has the same. */
uint64_t role_dangers(void);

/* Why a role may not be a reward, the first that applies. */
enum role_fault {
	ROLE_FINE,
	ROLE_EVERYONE,
	ROLE_UNKNOWN, /* the guild has no such role */
	ROLE_MANAGED, /* of a bot, of boosts, linked */
	ROLE_DANGEROUS, /* the permissions say by what */
	ROLE_ABOVE_BESACE, /* not below Besace's highest role */
	ROLE_ABOVE_SETTER, /* not below the highest role of the member who sets it */
	ROLE_FAULT_COUNT
};

/* Who chooses a role. */
struct role_setter {
	bool is_owner; /* of the guild: every role will do */
	const struct snowflake *roles;
	size_t role_count;
};

/* What is known of a guild's roles. */
struct guild_roles {
	const struct guild_role *roles;
	size_t count;
	struct snowflake guild; /* also the id of @everyone */
	struct snowflake own; /* Besace's highest role; empty: not known, and not judged by */
};

/* Whether A stands above B: by position, and by the lower id where that is the same. */
bool role_is_above(const struct guild_role *a, const struct guild_role *b);

/* Judges ROLE. SETTER NULL: nobody in particular, as when a reward is due. */
enum role_fault role_check(const struct guild_roles *known, const struct snowflake *role,
	const struct role_setter *setter);
