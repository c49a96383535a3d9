/*
 * The race to 21 (c21): a total from 0, the challenger first, each adds 1, 2 or 3 in turn;
 * reaching 21 or more loses.
 *
 * Moves: "1", "2", "3". State: "1:" and all that was added, a digit each, which says the total and
 * whose turn it is: "1:132" is 6, the opponent's turn.
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/domain/versus.h"

#define RACE21_GOAL 21
#define RACE21_STEP_MAX 3

struct race21 {
	int moves; /* made so far; at most RACE21_GOAL */
	int steps[RACE21_GOAL]; /* 1 to RACE21_STEP_MAX each */
};

int race21_total(const struct race21 *game);

/* Whose turn it is, or was last in a game that has ended. */
enum side race21_turn(const struct race21 *game);

/* 0 when MOVE is none. */
int race21_step_parse(const char *move);

enum move_answer race21_add(struct race21 *game, enum side side, int step);

enum verdict race21_verdict(const struct race21 *game);

void race21_look(const struct race21 *game, struct versus_view *out);
void race21_format(const struct race21 *game, struct game_state *out);
MUST_CHECK bool race21_parse(const char *text, struct race21 *out);
