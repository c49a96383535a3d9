/*
 * A payload of the Gateway, {op, d, s, t}, and the objects in it that several dispatches share.
 *
 * Of each object only the members that Besace reads are kept: the text of a message, pictures,
 * permissions of channels and presences are never in memory as values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/discord/document.h"

/* Values of one frame: ten times those of a GUILD_CREATE with 10,000 members in voice. They take
 * 64 MiB; 16 MiB of nothing but brackets would be eight million. */
#define FRAME_MAX_VALUES (2u * 1024u * 1024u)

struct frame {
	int op;
	int64_t seq; /* s, -1 when null */
	const char *type; /* t, NULL when null */
	const struct node *data; /* d, NULL when absent */
	void *tree; /* owns the above */
};

/* Parses the JSON text of one payload. STATUS_INVALID when it is none, STATUS_TOO_LARGE above
 * FRAME_MAX_VALUES; *out is then untouched. frame_release it. */
MUST_CHECK enum status frame_parse(const char *text, size_t length, struct frame *out);
void frame_release(struct frame *frame);

/* The id at KEY of an object, or that a text is; 0 when it is no snowflake. */
uint64_t frame_id(const struct node *object, const char *key);
uint64_t frame_id_of(const struct node *text);

/* Whether KEY is there and true. */
bool frame_true(const struct node *object, const char *key);

/* The time at KEY, ISO 8601 in UTC as Discord writes it, in ms since 1970; -1 for anything else. */
int64_t frame_time_ms(const struct node *object, const char *key);

/* A user object. */
struct frame_user {
	uint64_t id;
	const char *name; /* not empty, but not yet cut to the columns' width */
	bool bot; /* bot or system */
};

/* Reads a user object; false when its id is no snowflake or its name is missing. */
bool frame_user(const struct node *user, struct frame_user *out);

/* A voice state object. */
struct frame_voice {
	uint64_t user, channel; /* 0: not said; in no channel */
	bool deaf, mute; /* by themselves or by the server */
	bool suppress; /* in the audience of a stage */
};

struct frame_voice frame_voice(const struct node *state);

/* A message that counts: one that a member wrote, or Discord's own which says that one joined. */
enum frame_message_kind {
	FRAME_OTHER, /* a bot's, a webhook's, another of Discord's, an ephemeral one */
	FRAME_WRITTEN,
	FRAME_JOIN,
};

struct frame_message {
	uint64_t id, channel;
	int64_t sent_ms; /* since 1970, by Discord's clock */
	struct frame_user author;
	const struct node *member; /* what is said of the author in this guild */
};

/* Reads a message object; *out is filled in unless it is FRAME_OTHER. */
enum frame_message_kind frame_message(const struct node *message, struct frame_message *out);

/* Whether a webhook posted it: it makes up the author. */
bool frame_is_webhooks(const struct node *message);

/* Bytes of an emoji's name that are read: composed ones have at most 40. */
#define FRAME_MAX_EMOJI 50

struct frame_reaction {
	uint64_t channel, message, reactor;
	uint64_t author; /* of the message; 0: not said */
	/* What tells one emoji from another: the id of a custom one, since it can be renamed, else
	 * the character itself, percent-encoded. */
	char emoji[3 * FRAME_MAX_EMOJI + 1];
};

/* Reads the data of a MESSAGE_REACTION_ADD; false when a field is missing. */
bool frame_reaction(const struct node *data, struct frame_reaction *out);
