/* What the games against the house share: the stake, the seeds, playing again. */
#pragma once

#include <jansson.h>

#include "besace/domain/draws.h"
#include "besace/engine/command.h"
#include "besace/play/face.h"

/* One play: what was asked for. */
struct casino_play {
	const struct snowflake *user;
	int32_t stake;
	const char
		*bet; /* what the stake is put on, as its option has it; "" where there is none */
};

struct casino_game {
	int factor_max; /* the highest credit of a play is this times the stake */
	/* Draws a play: an element of "plays" of besace_match_open, with FACTS in it, which it
	 * takes over. */
	json_t *(*draw)(struct draws *draws, const struct casino_play *play, json_t *facts);
	/* Whether BET is one of the game's. NULL: there is none, "" only. */
	bool (*is_bet)(const char *bet);
};

/* Plays the game of the command that runs on BET, for the stake of the options. */
enum step casino_ask(struct invocation *invocation, const char *bet, struct db_call *out);

/* The buttons "again" and "other", and the modal that "other" opens. */
enum step casino_press_ask(struct invocation *invocation, struct db_call *out);
enum step casino_submit_ask(struct invocation *invocation, struct db_call *out);

/* Shows what a play can be verified by. */
void casino_show_proof(struct show *show);

/* Shows what an ended play brought, its proof, and the buttons to play again. */
void casino_show_end(struct show *show);
