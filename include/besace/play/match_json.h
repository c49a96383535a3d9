/*
 * JSON of the routines that matches are written by: what a play or a press brings, and where its
 * message is. The keys are described in sql/routines/ of each routine.
 */
#pragma once

#include <jansson.h>

#include "besace/engine/command.h"
#include "besace/store/matches.h"

/* Sets KEY of OBJECT to TEXT unless that is NULL or empty: Discord's ids may be absent. */
void match_json_put(json_t *object, const char *key, const char *text);

/* {"user", "result", "credit", "boost", "xp", "opponent"}: what CREDIT makes of a STAKE in GAME.
 * OPPONENT may be NULL. */
json_t *match_end_json(enum game game, const struct snowflake *user,
	const struct snowflake *opponent, int32_t stake, int32_t credit);

/* {"user", "credit"}: a stake that goes back without a match. */
json_t *match_return_json(const struct snowflake *user, int32_t stake);

/* Where the message of the pressed button is, for edits later. Empty for a private copy of the
 * board (flow.c): the match's message stays where it was. */
json_t *match_message_json(const struct invocation *invocation);

/* The outcome's "reply" when the presser reads the news only (struct show). */
json_t *match_news_json(void);
