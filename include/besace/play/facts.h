/*
 * The facts of a match: what its messages are made of besides its state. A JSON object in its row,
 * written by the game and shown by its face; "names" holds the shown names of its players.
 */
#pragma once

#include <jansson.h>

#include "besace/engine/command.h"
#include "besace/store/matches.h"

/* Facts with the names of the asker and, unless NULL, of OTHER. */
json_t *match_facts(const struct invocation *invocation, const struct user *other);

/* A copy of MATCH's facts to which the presser's name was added. */
json_t *match_facts_with(const struct invocation *invocation, const struct match *match);

/* Puts the name NAME of USER, which was read from the database, into FACTS. */
void match_facts_name(const struct invocation *invocation, json_t *facts,
	const struct snowflake *user, const char *name);

/* The shown name of USER, escaped when it was stored; their id when the facts hold none. */
const char *match_name(const struct match *match, const struct snowflake *user);

/* The text KEY of the facts, "" when there is none. */
const char *match_fact(const struct match *match, const char *key);
