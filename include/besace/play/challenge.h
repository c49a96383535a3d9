/* What the games against another member share: the challenge and the turns. */
#pragma once

#include "besace/domain/versus.h"
#include "besace/engine/custom_id.h"
#include "besace/play/flow.h"

/* The options "adversaire" and "mise" of all of them. */
#define CHALLENGE_OPTIONS 2
extern const struct command_option challenge_options[CHALLENGE_OPTIONS];

/* Challenges the member that the options name to the game of the command. */
enum step challenge_ask(struct invocation *invocation, struct db_call *out);

/* The action of the button by which one of two members challenges the other again, for the stake
 * that is its number: whoever presses, of its owner and its member. */
#define CHALLENGE_AGAIN "rematch"

/* The id of such a button. STAKE may be CUSTOM_ID_NO_NUMBER. */
struct custom_id challenge_id(enum game game, const struct snowflake *owner,
	const struct snowflake *member, int64_t stake);

/* A press on any button of such a game. */
enum step challenge_press_ask(struct invocation *invocation, struct db_call *out);

/* The view of an accepted game with turns. False: its state is none. */
bool challenge_view(const struct match *match, struct versus_view *out);

/* Shows who plays SIDE, with what they HAVE (or NULL), and whether they have chosen: never what. */
struct show;
void challenge_show_side(struct show *show, enum side side, const char *have);

/* The member on SIDE. */
const struct snowflake *challenge_member(const struct match *match, enum side side);
