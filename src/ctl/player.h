/*
 * Local play: bodies of interactions as Discord would send them, for a member who does not exist.
 *
 * They are compact with sorted keys and raw UTF-8, as Discord writes them, and hold the fields that
 * Discord really sends, whether or not Besace reads them. Ids are made from the clock, so each body
 * is a new interaction. All texts must be well-formed UTF-8.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"
#include "besace/base/status.h"
#include "besace/discord/interaction.h"

struct play_user {
	struct snowflake id;
	const char *username;
};

/* Who plays, and where. */
struct play {
	struct snowflake application;
	struct snowflake guild; /* empty text: a direct message */
	struct play_user member;
	const char *locale, *guild_locale;
	uint64_t last_id; /* the newest id that was made; 0 at first */
};

/* An option with its value. */
struct play_option {
	const char *name;
	enum option_type type; /* STRING, INTEGER or USER */
	const char *text;
	int64_t integer;
	struct play_user user;
};

struct play_command {
	enum command_type type; /* CHAT_INPUT or USER */
	const char *name; /* "sac"; "jeu duel" and "admin lc ajouter" name sub-commands */
	const struct play_user *target; /* of a user command, else NULL */
	const struct play_option *options;
	size_t option_count;
};

/*
 * Reads "ID" or "ID:USERNAME" (which is then FALLBACK when absent) into *out. STATUS_INVALID with
 * a sentence on CTX otherwise.
 */
MUST_CHECK enum status play_user_parse(
	void *ctx, const char *text, const char *fallback, struct play_user *out, char **out_why);

/*
 * Reads "NAME=VALUE" for the command called COMMAND. The type is that of the command's option;
 * where we have none of that name it is guessed: @ID[:USERNAME] is a user, a whole number an
 * integer, all else a string. STATUS_INVALID with a sentence on CTX.
 */
MUST_CHECK enum status play_option_parse(
	void *ctx, const char *command, const char *text, struct play_option *out, char **out_why);

/* Each returns a body on CTX. */
char *play_ping(void *ctx, struct play *play);
char *play_command(void *ctx, struct play *play, const struct play_command *command);

/* A press on the button CUSTOM_ID of MESSAGE, the data of an earlier answer; NULL: of a message
 * that holds nothing else. */
char *play_press(void *ctx, struct play *play, const char *custom_id, const json_t *message);
