/*
 * What Discord posts to the interactions endpoint, read into plain structs.
 *
 * Reading is strict about what Besace uses (types, ids, bounds) and ignores everything else:
 * Discord adds fields at any time. Bytes are only read after their signature was checked, but a
 * signature says who sent them, not that they make sense.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"
#include "besace/base/status.h"

/* Options of one level of a command: Discord's limit. */
#define INTERACTION_MAX_OPTIONS 25

/* Inputs of one modal: Discord's limit. */
#define INTERACTION_MAX_INPUTS 5

/* An interaction token is a path segment of our own REST calls; real ones have about 220 bytes. */
#define INTERACTION_MAX_TOKEN 1024

enum interaction_type {
	INTERACTION_PING = 1,
	INTERACTION_COMMAND = 2,
	INTERACTION_COMPONENT = 3,
	INTERACTION_AUTOCOMPLETE = 4,
	INTERACTION_MODAL = 5,
};

enum command_type {
	COMMAND_CHAT_INPUT = 1,
	COMMAND_USER = 2,
	COMMAND_MESSAGE = 3,
	COMMAND_ENTRY_POINT = 4, /* of an activity; Besace registers none, but others may have */
};

/* Discord's numbers. Options of other types are read as OPTION_OTHER, without a value. */
enum option_type {
	OPTION_OTHER = 0,
	OPTION_STRING = 3,
	OPTION_INTEGER = 4,
	OPTION_BOOLEAN = 5,
	OPTION_USER = 6,
	OPTION_CHANNEL = 7,
	OPTION_ROLE = 8,
	OPTION_NUMBER = 10,
	OPTION_ATTACHMENT = 11,
};

/* A user of Discord. The texts are UTF-8 of any content, never shown unescaped. */
struct user {
	struct snowflake id;
	const char *username; /* the unique handle */
	const char *display; /* nickname here, else global name, else the handle */
	bool bot;
	bool is_member; /* of the guild of the interaction, at this moment */
	/* The hashes of pictures, as they came: everywhere, and of the guild's own. NULL: none. */
	const char *avatar, *guild_avatar;
};

/* A role that was chosen, as Discord resolved it. */
struct resolved_role {
	struct snowflake id;
	const char *name; /* as a user's texts */
	int position;
	uint64_t permissions;
	bool managed; /* by Discord or another application: cannot be given */
};

/* Discord's numbers of the types of channels that are told apart here. */
enum channel_type {
	CHANNEL_TEXT = 0,
	CHANNEL_VOICE = 2,
	CHANNEL_CATEGORY = 4,
	CHANNEL_NEWS = 5,
	CHANNEL_NEWS_THREAD = 10,
	CHANNEL_PUBLIC_THREAD = 11,
	CHANNEL_PRIVATE_THREAD = 12,
	CHANNEL_STAGE = 13,
	CHANNEL_FORUM = 15,
	CHANNEL_MEDIA = 16,
};

/* A channel that was chosen, or in which the interaction happened. */
struct resolved_channel {
	struct snowflake id;
	int64_t type;
	const char *name; /* as a user's texts; "" when absent */
	struct snowflake parent_id; /* its category, or a thread's channel; empty: none */
	bool has_app_permissions;
	uint64_t app_permissions; /* the bot's there */
};

/* A file that was sent along. */
struct resolved_attachment {
	struct snowflake id;
	const char *filename;
	int64_t size; /* bytes */
	const char *url;
};

/* One option of a command, sub-commands already stepped into. */
struct option {
	const char *name; /* always the default name, never a localised one */
	enum option_type type;
	bool focused;
	const char *text; /* STRING; any focused option: what was typed so far */
	int64_t integer; /* INTEGER, BOOLEAN */
	double number; /* NUMBER */
	struct user user; /* USER, joined with what Discord resolved; autocomplete: the id alone */
	struct snowflake id; /* CHANNEL, ROLE, ATTACHMENT: see interaction_role and its like */
};

/* Values that were chosen: of a text select their values, of the others ids. */
struct values {
	size_t count;
	const char *const *texts;
};

/* What was given in one input of a modal. */
struct submitted_input {
	const char *custom_id;
	const char *value; /* typed, or of a radio group; "" when left empty */
	struct values values; /* of a select, of checkboxes, of files: ids */
	bool checked; /* a checkbox */
};

struct interaction {
	enum interaction_type type;
	struct snowflake id;
	struct snowflake application_id; /* empty text when absent */
	const char *token;
	bool in_guild;
	struct snowflake guild_id, channel_id; /* empty text when absent */
	/* Whether the application is installed in that guild; in a direct message, whether that is
	 * one with the bot. An installation for the user alone is none. */
	bool is_installed;
	struct user user; /* of the member who typed or pressed */
	uint64_t permissions; /* of that member here; 0 outside a guild */
	uint64_t app_permissions; /* of the bot here; 0 when absent */
	struct resolved_channel channel; /* where it happened; its id is empty when absent */
	size_t role_count;
	const struct snowflake *roles; /* of that member */
	const char *joined_at; /* ISO 8601, or NULL */
	bool pending; /* the member has not accepted the guild's rules yet */
	const char *locale, *guild_locale; /* "" when absent */
	bool is_community; /* else Discord fixes guild_locale to en-US, whatever is spoken */

	/* Commands and autocomplete. */
	enum command_type command_type;
	const char *name; /* "sac" */
	const char *group, *subcommand; /* NULL when the command has none */
	size_t option_count;
	struct option options[INTERACTION_MAX_OPTIONS];
	bool has_target; /* a user command: the user that was clicked on */
	struct user target;

	/* Components and modals. */
	const char *custom_id;
	/* The message pressed on. A modal has one when a component opened it, none when a command
	 * did: only then may its answer be an update. */
	bool has_message;
	bool message_ephemeral; /* only the member who presses sees it */
	struct snowflake message_id;
	struct values values; /* of a select that was used */
	size_t input_count;
	struct submitted_input inputs[INTERACTION_MAX_INPUTS];

	/* What Discord resolved of the ids above, each once. */
	size_t resolved_role_count, resolved_channel_count, attachment_count;
	const struct resolved_role *resolved_roles;
	const struct resolved_channel *resolved_channels;
	const struct resolved_attachment *attachments;
};

/*
 * Reads LENGTH bytes of JSON. On success *out and everything in it belong to CTX. STATUS_INVALID
 * with a sentence in *out_why (on CTX) when the bytes are not JSON, nest deeper than
 * DOCUMENT_MAX_DEPTH, repeat a key, are of an unknown type, or lack or mistype what Besace needs.
 */
MUST_CHECK enum status interaction_parse(
	void *ctx, const char *json, size_t length, struct interaction **out, char **out_why);

/* The option called NAME, or NULL. */
const struct option *interaction_option(const struct interaction *in, const char *name);

/* The option that is being typed (autocomplete), or NULL. */
const struct option *interaction_focused(const struct interaction *in);

/* What was typed into the modal's field CUSTOM_ID; NULL when the modal has none of that id. */
const char *interaction_input(const struct interaction *in, const char *custom_id);

/* The modal's input CUSTOM_ID, whatever its type; NULL when it has none of that id. */
const struct submitted_input *interaction_field(
	const struct interaction *in, const char *custom_id);

/* What Discord resolved of ID; NULL when it did not. */
const struct resolved_role *interaction_role(
	const struct interaction *in, const struct snowflake *id);
const struct resolved_channel *interaction_channel(
	const struct interaction *in, const struct snowflake *id);
const struct resolved_attachment *interaction_attachment(
	const struct interaction *in, const struct snowflake *id);

/* The roles of the member who invoked, separated by commas. */
char *interaction_roles(void *ctx, const struct interaction *in);

/* Whether the member who invoked has the role ID. */
bool interaction_has_role(const struct interaction *in, const struct snowflake *id);
