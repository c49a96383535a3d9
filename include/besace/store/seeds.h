/*
 * The seeds that a member's draws in the casino are made of; see besace/domain/fair.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/fair.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Gives WHO seeds unless they have some. */
void seeds_make_call(void *ctx, const struct sighting *who, const struct fair_seed *server,
	const char *member, struct db_call *out);

/* Sets the member's own seed (MEMBER), or puts SERVER in the place of the secret one, which is
 * revealed; one of the two is NULL. */
void seeds_change_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	const char *member, const struct fair_seed *server, struct db_call *out);

struct seeds_change {
	enum {
		SEEDS_DONE,
		SEEDS_UNUSED, /* nothing was drawn from the secret one yet */
		SEEDS_OPEN, /* a match that was is still open */
	} outcome;
	struct fair_seed server; /* the next one, secret */
	const char *member;
	int64_t counter;
	bool revealed;
	struct fair_seed old; /* when one was revealed, and how many games were drawn from it */
	int64_t games;
};

MUST_CHECK enum status seeds_change_read(
	void *ctx, const struct db_rows *rows, struct seeds_change *out);
