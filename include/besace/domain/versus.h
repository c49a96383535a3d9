/*
 * Two members, one against the other: whose turn it is, who has won.
 *
 * A match between two members is played over the text of its state, so that play/ does not know the
 * games apart: a game with turns has a struct versus_rules in its row. A duel has no turns: it is
 * decided at acceptance (domain/duel).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/domain/game.h"

enum side { SIDE_CHALLENGER, SIDE_OPPONENT, SIDE_COUNT };

enum side side_other(enum side side);

enum verdict {
	VERDICT_OPEN, /* goes on */
	VERDICT_CHALLENGER, /* has won */
	VERDICT_OPPONENT,
	VERDICT_DRAW, /* both get their stakes back */
};

enum verdict verdict_for(enum side winner);

/* What became of a move. All but MOVE_TAKEN are refusals: nothing has changed. */
enum move_answer {
	MOVE_TAKEN,
	MOVE_UNKNOWN, /* the game has no such move: a forged or outdated button */
	MOVE_OVER, /* the game has ended */
	MOVE_NOT_YOUR_TURN,
	MOVE_ALREADY_CHOSEN, /* the choice of this round stands */
	MOVE_NO_BULLET,
};

/* What one can tell of a state. */
struct versus_view {
	enum verdict verdict;
	bool owes[SIDE_COUNT]; /* who has to press; nobody when the game has ended */
	int round; /* from 1; moves of an earlier round's message are refused by comparing it */
};

/* What a game with turns is made of. A game's file defines one and names it in its rules. */
struct versus_rules {
	/* The state at acceptance. */
	void (*start)(struct game_state *out);
	/* As versus_look and versus_move below. */
	bool (*look)(const char *text, struct versus_view *out);
	bool (*move)(const char *text, enum side side, const char *move, struct game_state *next,
		enum move_answer *out_answer);
	/* As versus_chosen below; NULL: nothing is chosen in secret. */
	const char *(*chosen)(const char *text, enum side side);
};

/* Whether GAME is played in turns between two. */
bool versus_has_turns(enum game game);

/* The state at acceptance. GAME has turns. */
void versus_start(enum game game, struct game_state *out);

/* False when TEXT is no state of GAME; *out is then untouched. */
MUST_CHECK bool versus_look(enum game game, const char *text, struct versus_view *out);

/*
 * SIDE makes a move, named as in the headers of the games ("rock", "reload", "3"). False when TEXT
 * is no state of GAME. Otherwise *out_answer says whether the move counts, and *next is the state
 * after it: TEXT as it was unless it was MOVE_TAKEN.
 */
MUST_CHECK bool versus_move(enum game game, const char *text, enum side side, const char *move,
	struct game_state *next, enum move_answer *out_answer);

/* The move that SIDE has chosen in secret in the round that is open; NULL: none. Static. */
const char *versus_chosen(enum game game, const char *text, enum side side);

/* The verdict when a turn has expired: the side that let it pass loses; both: a draw. VIEW is of an
 * open match. */
enum verdict versus_expire(const struct versus_view *view);

/* What STAKE turned into for SIDE. VERDICT is not open; both staked the same. */
int32_t versus_credit(enum verdict verdict, enum side side, int32_t stake);
