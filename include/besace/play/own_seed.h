/*
 * A seed of the game's own: made when the game opens, committed to behind 🔎 of its first message
 * (play/proof.h), revealed there once it was drawn from. The duel and the roulette have one; what
 * the casino draws comes from the member's.
 *
 * It stands in the facts of the game: "server", the seed, and "members", the numbers of the players
 * in the order in which they came. Its only draw has the nonce 0.
 */
#pragma once

#include <jansson.h>

#include "besace/base/compiler.h"
#include "besace/domain/fair.h"

/* Puts a new seed into FACTS; MEMBER is the number of whoever opens the game. */
void own_seed_make(json_t *facts, const char *member);

/* MEMBER is the number of one more player. */
void own_seed_join(json_t *facts, const char *member);

/* Starts the draw, to be ended with fair_draws_end; it borrows from CTX and FACTS. False when FACTS
 * hold no seed, or the numbers of fewer than MIN or more than MAX players. */
MUST_CHECK bool own_seed_draws(
	void *ctx, const json_t *facts, size_t min, size_t max, struct fair_draws *out);

/* The seed. False when FACTS hold none. */
MUST_CHECK bool own_seed_read(const json_t *facts, struct fair_seed *out);
