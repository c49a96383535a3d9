/* What the games against the house share: the stake, the seeds, playing again. */
#pragma once

#include <jansson.h>

#include "besace/domain/draws.h"
#include "besace/engine/command.h"
#include "besace/engine/custom_id.h"
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

/* Actions of the buttons of a play that is over. The first two play for the stake that is their
 * number, on the bet that is their word; the third opens the form in which another is typed. */
#define CASINO_AGAIN "again"
#define CASINO_DOUBLE "double"
#define CASINO_OTHER "other"

/* The id of such a button of OWNER's. STAKE may be CUSTOM_ID_NO_NUMBER. */
struct custom_id casino_id(enum game game, const struct snowflake *owner, const char *bet,
	const char *action, int64_t stake);

/* Those buttons and 🔎, and the form. */
enum step casino_press_ask(struct invocation *invocation, struct db_call *out);
enum step casino_submit_ask(struct invocation *invocation, struct db_call *out);

/* What the ended play brought its member, in bold: "Tom gagne 100 LC". */
const char *casino_outcome(struct show *show);

/* Whether they have lost. */
bool casino_is_lost(const struct show *show);

/* Shows below the separator what else an ended play brought, and the buttons to play again. */
void casino_show_end(struct show *show);
