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

/* Gives MEMBER seeds unless they have some. */
void seeds_make_call(void *ctx, const struct member_seen *member, const struct fair_seed *server,
	const char *client_seed, struct db_call *out);

/* Sets the member's own seed (CLIENT_SEED), or puts SERVER in the place of the secret one, which is
 * revealed; one of the two is NULL. */
void seeds_change_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const char *client_seed, const struct fair_seed *server,
	struct db_call *out);

struct seeds_change {
	enum {
		SEEDS_DONE,
		SEEDS_UNUSED, /* nothing was drawn from the secret one yet */
		SEEDS_OPEN, /* a match that was is still open */
	} outcome;
	struct fair_seed server; /* the next one, secret */
	const char *client_seed;
	int64_t nonce;
	bool revealed;
	struct fair_seed old; /* when one was revealed, and how many games were drawn from it */
	int64_t games;
};

MUST_CHECK enum status seeds_change_read(
	void *ctx, const struct db_rows *rows, struct seeds_change *out);
