/*
 * The roulette: a table that members join; one player gets the pot.
 *
 * Draws: one number below the number of players, counted from 0 in the order in which they
 * joined. Everybody has the same chance, whatever they staked.
 */
#pragma once

#include <stdint.h>

#include "besace/domain/draws.h"
#include "besace/domain/odds.h"

/* Players that a draw is made and verified for. A table seats fewer: its result has to show the
 * numbers of all of them (MATCH_SEATS_MAX in include/besace/play/flow.h). */
#define ROULETTE_PLAYERS_MAX 100

/* Below this the table is closed and everybody refunded. */
#define ROULETTE_PLAYERS_MIN 2

/* The place of the winner. COUNT from ROULETTE_PLAYERS_MIN to ROULETTE_PLAYERS_MAX. */
int roulette_winner(int count, struct draws *draws);

/* All stakes together: what the winner's stake turned into. */
int32_t roulette_pot(const int32_t *stakes, int count);

/* For one of COUNT players who all stake the same; `what` is an enum result. */
void roulette_odds(int count, struct odds *out);
