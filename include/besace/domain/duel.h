/*
 * The duel: an even chance, decided at acceptance.
 *
 * Draws: one number below 2; 0 is the challenger, 1 the opponent. The member seeds are mixed in
 * this order: challenger, opponent.
 */
#pragma once

#include "besace/domain/draws.h"
#include "besace/domain/odds.h"
#include "besace/domain/versus.h"

enum side duel_winner(struct draws *draws);

/* For either of the two; `what` is an enum result. */
void duel_odds(struct odds *out);
