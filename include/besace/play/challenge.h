/* What the games against another member share: the challenge and the turns. */
#pragma once

#include "besace/domain/versus.h"
#include "besace/play/flow.h"

/* The options "adversaire" and "mise" of all of them. */
#define CHALLENGE_OPTIONS 2
extern const struct command_option challenge_options[CHALLENGE_OPTIONS];

/* Challenges the member that the options name to the game of the command. */
enum step challenge_ask(struct invocation *invocation, struct db_call *out);

/* A press on any button of such a game. */
enum step challenge_press_ask(struct invocation *invocation, struct db_call *out);

/* The view of an accepted game with turns. False: its state is none. */
bool challenge_view(const struct match *match, struct versus_view *out);

/* The member on SIDE. */
const struct snowflake *challenge_member(const struct match *match, enum side side);
