/* What the games against another member share: the challenge and the turns. */
#pragma once

#include "match.h"

/* The options "adversaire" and "mise" of all of them. */
#define CHALLENGE_OPTIONS 2
extern const struct command_option challenge_options[CHALLENGE_OPTIONS];

/* Challenges the member that the options name to GAME. */
enum step challenge_ask(struct run *run, enum game game, struct db_call *out);

/* A press on any button of such a game. */
enum step challenge_press_ask(struct run *run, struct db_call *out);

/* The view of an accepted game with turns. False: its state is none. */
bool challenge_view(const struct match *match, struct versus_view *out);

/* The member on SIDE. */
const struct snowflake *challenge_member(const struct match *match, enum side side);

/* ---- The duel, which has no turns */

/* Facts of a challenge to a duel: the seed of its draw is made now. Takes FACTS over. */
json_t *duel_facts(const struct match_look *look, json_t *facts);

/* Draws the winner; MEMBER is the opponent's seed. Completes FACTS. False: the facts are none. */
bool duel_draw(json_t *facts, const char *member, enum verdict *out);
