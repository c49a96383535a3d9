/*
 * Names of what is made up for a local play: members, roles, channels, servers.
 *
 * A name always has the same id, also in the next play, so that `ana` finds her balance again. An
 * id can be given as well: "1400000000000000042:lou" is lou from then on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"

enum name_kind { NAME_MEMBER, NAME_ROLE, NAME_CHANNEL, NAME_GUILD };

/* Most names that are remembered to be suggested; later ones work all the same. */
#define PLAY_MAX_NAMES 200

struct play_name {
	enum name_kind kind;
	const char *name;
	struct snowflake id;
};

/* On the context that it was made on. */
struct play_names {
	size_t count;
	struct play_name items[PLAY_MAX_NAMES];
};

struct play_names *play_names_create(void *ctx);

/*
 * What TEXT names: "ana", "ID" or "ID:ana", without the sign before it. False when TEXT is empty,
 * or begins with digits and a colon without being such an id. The name belongs to NAMES.
 */
MUST_CHECK bool play_names_find(
	struct play_names *names, enum name_kind kind, const char *text, struct play_name *out);

/* Remembers what was found, to be suggested, and to be found by its name alone. */
void play_names_keep(struct play_names *names, const struct play_name *name);

/* The name of ID, or NULL when it was never given. */
const char *play_names_of(const struct play_names *names, const char *id);
