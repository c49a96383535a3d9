/*
 * 007: both begin with a bullet and choose secretly, round for round.
 *
 * Moves: "reload" (one bullet more), "shoot" (one less; needs one; hits a player who reloads),
 * "shield" (blocks). Both shooting only cost a bullet each. After BULLETS_ROUNDS rounds it is a
 * draw.
 *
 * State: "1:" and two letters for each round, the challenger's first: "r" reload, "s" shoot, "d"
 * shield (defend), "-" not chosen yet, which only the last round may have. "1:drrs" has ended.
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/domain/versus.h"

#define BULLETS_ROUNDS 20
#define BULLETS_AT_FIRST 1

enum bullets_choice {
	BULLETS_NONE,
	BULLETS_RELOAD,
	BULLETS_SHOOT,
	BULLETS_SHIELD,
	BULLETS_CHOICES
};

struct bullets {
	int round; /* 1 to BULLETS_ROUNDS: the one that is played, or that ended the game */
	enum bullets_choice chosen[BULLETS_ROUNDS][SIDE_COUNT];
};

/* The move's name; "" for BULLETS_NONE. */
const char *bullets_choice_name(enum bullets_choice choice);

/* BULLETS_NONE when MOVE is none. */
enum bullets_choice bullets_choice_parse(const char *move);

void bullets_start(struct bullets *out);

/* SIDE chooses; what was chosen stands. With the second choice the round is decided: the game
 * ends, or the next round begins. */
enum move_answer bullets_choose(struct bullets *game, enum side side, enum bullets_choice choice);

/* Bullets of SIDE at the beginning of the current round; of a game that has ended, after it. */
int bullets_loaded(const struct bullets *game, enum side side);

enum verdict bullets_verdict(const struct bullets *game);

void bullets_look(const struct bullets *game, struct versus_view *out);
void bullets_format(const struct bullets *game, struct game_state *out);
MUST_CHECK bool bullets_parse(const char *text, struct bullets *out);
