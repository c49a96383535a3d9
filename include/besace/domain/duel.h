/*
 * The duel: an even chance, decided at acceptance.
 *
 * Draws: one number below 2; 0 is the challenger, 1 the opponent. Then one below DUEL_PHRASES:
 * which of the sentences tells the outcome, counted from 0. The member seeds are mixed in this
 * order: challenger, opponent.
 */
#pragma once

#include "besace/domain/draws.h"
#include "besace/domain/odds.h"
#include "besace/domain/versus.h"

enum side duel_winner(struct draws *draws);

/* Sentences that an outcome is told by. Part of the formula: another number changes what is drawn.
 */
#define DUEL_PHRASES 12

/* The second draw: 0 to DUEL_PHRASES − 1. */
int duel_phrase(struct draws *draws);

/* For either of the two; `what` is an enum result. */
void duel_odds(struct odds *out);
