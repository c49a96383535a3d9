/*
 * Questions to Discord: what a command asks by REST before it goes on. The command says what; who
 * runs it makes the calls, and defers the answer meanwhile.
 */
#pragma once

#include <jansson.h>

#include "besace/base/snowflake.h"

enum question_type {
	QUESTION_GUILD, /* the guild: its owner */
	QUESTION_ROLES, /* all its roles */
	QUESTION_SELF, /* Besace's own member of it */
	QUESTION_CHANNEL, /* a channel: its permissions */
};

struct question {
	enum question_type type;
	struct snowflake channel; /* QUESTION_CHANNEL */

	/* The answer. Without any, as when there is no bot token, or Discord is away: 0 and NULL.
	 */
	int http;
	int code; /* Discord's own, of a refusal */
	const json_t *body; /* of a success */
};

/* The most of one invocation: Discord lets a bot make 50 calls a second, and others wait. */
#define QUESTIONS_MAX 61
