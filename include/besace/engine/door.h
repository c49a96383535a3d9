/*
 * Buttons that open a command: what a member types as well, in one press. Whoever presses sees
 * their own, privately; only the gift is given in public, as the command gives it.
 */
#pragma once

#include "besace/discord/reply.h"
#include "besace/engine/command.h"

enum door {
	DOOR_LEVEL,
	DOOR_BAG,
	DOOR_STATS,
	DOOR_LEADERBOARD,
	DOOR_EARNINGS,
	DOOR_REWARDS,
	DOOR_GIFT,
	DOOR_COUNT
};

/* The action of a custom id that opens its command. */
#define DOOR_ACTION "open"

/* The button that opens DOOR, on CTX. */
struct button door_button(void *ctx, enum language language, enum door door);

/* From `press_ask`: whether the press opens the command that runs. It is then answered by a new
 * message, privately: invocation->ephemeral. */
bool door_opens(struct invocation *invocation);
