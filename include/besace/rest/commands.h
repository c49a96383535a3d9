/*
 * Registering commands: what Discord has, what we have, and replacing the one by the other.
 *
 * Discord replaces all commands at once and drops what administrators set for a command that is
 * deleted, so besacectl asks first, compares, and writes only what differs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/rest/client.h"

/* The commands Discord has, with all their localisations. GUILD_ID is NULL for the global ones. */
struct rest_request commands_get(const char *application_id, const char *guild_id);

/* Replaces all commands of every type by COMMANDS, a JSON array; those not in it are deleted. */
struct rest_request commands_put(
	const char *application_id, const char *guild_id, const json_t *commands);

enum command_change {
	COMMAND_UNCHANGED,
	COMMAND_CREATED,
	COMMAND_CHANGED,
	COMMAND_DELETED,
	COMMAND_CARRIED, /* an entry point, which a replacement must carry along */
};
#define COMMAND_CHANGES 5

/* One command: its type (1 chat input, 2 user, 3 message, 4 entry point) and name tell it from all
 * others. */
struct command_difference {
	enum command_change change;
	int type;
	const char *name;
};

struct commands_diff {
	struct command_difference *commands; /* ours in their order, then the deleted ones */
	size_t count;
	size_t count_of[COMMAND_CHANGES];
};

/*
 * Compares THEIRS, as commands_get answers it, with OURS, as commands_put sends it. What Discord
 * adds (ids, versions, defaults, null and empty fields) and the order of commands, localisations
 * and sets make no difference; the order of options and choices does, members see it. GUILD says
 * that the commands are a guild's, which have no contexts and integration types; where ours do not
 * name integration types, Discord's own setting stands. *out is on CTX. STATUS_INVALID when either
 * is no array of objects with a name, or ours has one twice.
 */
MUST_CHECK enum status commands_diff(
	void *ctx, const json_t *theirs, const json_t *ours, bool guild, struct commands_diff *out);

/*
 * What commands_put replaces THEIRS by: OURS and, unchanged, the entry point among THEIRS. Discord
 * makes one for applications with an activity and refuses a replacement without it (50240). Both
 * must be lists as commands_diff takes them; the caller owns the reference.
 */
json_t *commands_with_entry_point(const json_t *theirs, const json_t *ours);
