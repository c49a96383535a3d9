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

/* A role, or a channel. */
struct play_thing {
	struct snowflake id;
	const char *name;
};

/* Who plays, and where. */
struct play {
	struct snowflake application;
	struct snowflake guild; /* empty text: a direct message */
	struct play_user member;
	const char *permissions; /* of the member there, decimal; NULL: an ordinary member's */
	const struct snowflake *roles; /* of the member */
	size_t role_count;
	struct play_thing channel; /* empty id: one that is always the same */
	const char *locale, *guild_locale;
	uint64_t last_id; /* the newest id that was made; 0 at first */
};

/* An option with its value. Also what is chosen in a select, without a name. */
struct play_option {
	const char *name;
	enum option_type type; /* STRING, INTEGER, BOOLEAN, NUMBER, USER, ROLE or CHANNEL */
	bool focused; /* autocomplete: it is being typed, TEXT says how far */
	const char *text;
	int64_t integer; /* INTEGER, BOOLEAN */
	double number;
	struct play_user user;
	struct play_thing thing; /* ROLE, CHANNEL */
};

struct play_command {
	enum command_type type; /* CHAT_INPUT or USER */
	const char *name; /* "sac"; "jeu duel" and "admin lc ajouter" name sub-commands */
	const struct play_user *target; /* of a user command, else NULL */
	const struct play_option *options;
	size_t option_count;
};

/* An ordinary member's permissions and those of EXTRA, on CTX, for struct play. */
char *play_permissions(void *ctx, uint64_t extra);

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

/* The same command while one of its options is being typed. */
char *play_autocomplete(void *ctx, struct play *play, const struct play_command *command);

/* A message that was answered with. */
struct play_message {
	struct snowflake id;
	const json_t *data; /* of the answer */
};

/* An id of now: no two of one PLAY are the same. */
struct snowflake play_make_id(struct play *play);

/* A button that is pressed (no values), or a select in which VALUES are chosen: COMPONENT is as the
 * message has it. */
char *play_use(void *ctx, struct play *play, const struct play_message *message,
	const json_t *component, const struct play_option *values, size_t count);

/* What was given in one input of a form; COMPONENT is as the form has it. */
struct play_input {
	const json_t *component;
	const char *text; /* of a text input or a radio group; NULL: the values count */
	bool checked; /* of a checkbox */
	const struct play_option *values;
	size_t count;
};

/* The form FORM (the data of the answer that opened it) filled in. MESSAGE: whose button opened it;
 * NULL: a command did. */
char *play_submit(void *ctx, struct play *play, const json_t *form,
	const struct play_message *message, const struct play_input *inputs, size_t count);

/* A press on the button CUSTOM_ID of MESSAGE, the data of an earlier answer; NULL: of a message
 * that holds nothing else. */
char *play_press(void *ctx, struct play *play, const char *custom_id, const json_t *message);
