/* What the games of /casino share: the stake, the seeds, playing again. */
#pragma once

#include "besace/play/match.h"

/* One play: what was asked for. */
struct casino_play {
	const struct snowflake *user;
	int32_t stake;
	const char
		*bet; /* what the stake is put on, as its option has it; "" where there is none */
};

struct casino_game {
	int most; /* times the stake: the most that a play can credit */
	/* Draws a play: an element of "plays" of besace_match_open, with FACTS in it, which it
	 * takes over. */
	json_t *(*draw)(struct draws *draws, const struct casino_play *play, json_t *facts);
	/* Whether BET is one of the game's. NULL: there is none, "" only. */
	bool (*is_bet)(const char *bet);
};

extern const struct casino_game casino_roue, casino_blackjack, casino_machine;
extern const struct command command_roue, command_blackjack, command_machine, command_cotes;

/* Plays GAME on BET for the stake that the options say. */
enum step casino_ask(
	struct invocation *invocation, enum game game, const char *bet, struct db_call *out);

/* The buttons "again" and "other", and the modal that "other" opens. */
enum step casino_press_ask(struct invocation *invocation, struct db_call *out);
enum step casino_submit_ask(struct invocation *invocation, struct db_call *out);

/* Shows what a play can be verified by. */
void casino_show_proof(struct show *show);

/* Shows what an ended play brought, its proof, and the buttons to play again. */
void casino_show_end(struct show *show);
