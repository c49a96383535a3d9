/*
 * Rock, paper, scissors (pfc): both choose secretly, once.
 *
 * Moves: "rock", "paper", "scissors". State: "1:" and a letter for each side, the challenger's
 * first: "-" not yet, "r", "p", "s".
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/domain/versus.h"

enum rps_choice { RPS_NONE, RPS_ROCK, RPS_PAPER, RPS_SCISSORS, RPS_CHOICES };

struct rps {
	enum rps_choice chosen[SIDE_COUNT];
};

/* The move's name; "" for RPS_NONE. */
const char *rps_choice_name(enum rps_choice choice);

/* RPS_NONE when MOVE is none. */
enum rps_choice rps_choice_parse(const char *move);

/* SIDE chooses; what was chosen stands. */
enum move_answer rps_choose(struct rps *game, enum side side, enum rps_choice choice);

/* Open until both have chosen. */
enum verdict rps_verdict(const struct rps *game);

void rps_look(const struct rps *game, struct versus_view *out);
void rps_format(const struct rps *game, struct game_state *out);
MUST_CHECK bool rps_parse(const char *text, struct rps *out);
