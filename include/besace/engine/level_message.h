/* The message that announces a level-up, by the guild's own template or ours. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "besace/base/snowflake.h"
#include "besace/base/unit.h"
#include "besace/discord/reply.h"
#include "besace/domain/bag.h"
#include "besace/domain/card.h"
#include "besace/text/catalogue.h"

/* Characters of a message's content: Discord's limit. */
#define LEVEL_MESSAGE_MAX 2000

/* What there is to say. */
struct level_message {
	enum language language;
	struct unit unit; /* of amounts */
	const char *template; /* the guild's; NULL: ours */
	struct snowflake member;
	const char *name; /* the member's, as they wrote it */
	int32_t old, level;
	int64_t xp, lc;
	int32_t items[ITEM_COUNT];
	const struct snowflake *roles; /* that the levels bring */
	size_t role_count;
	bool brings_items; /* levels do in this guild */
	int32_t above; /* members on a higher level; -1: not to be told */
	const char *guild; /* its name; "": not known */
	const char *channel; /* the id of that in which it happened, or is announced */
	/* What the picture of a box needs; without an address there is none. */
	const char *public_url;
	const struct link_key *link_key;
	enum card_theme theme;
	/* What the button that congratulates says of itself. */
	struct snowflake guild_id;
	int64_t id; /* of the announcement; 0: it has none */
	int64_t cheers;
};

/* The custom id of that button: its command and action; its number is the announcement's. */
#define CHEER_COMMAND "annonces"
#define CHEER_ACTION "bravo"

/* Whether it is shown in a box, with the level's tag and buttons that open the bag and
 * congratulate: one of our own that reached a multiple of five. */
bool level_message_is_box(const struct level_message *message);

/* Adds the words of such a message to OUT, beside the tag where there is a picture of it. */
void level_message_add_box(void *ctx, const struct level_message *message, struct reply *out);

/* The whole box, into OUT. */
void level_message_fill(void *ctx, const struct level_message *message, struct reply *out);

/* The whole message as Discord takes it; PING: the member is notified. */
json_t *level_message_json(void *ctx, const struct level_message *message, bool ping);

/* What is announced, on CTX. What the template leaves no room for is cut. */
char *level_message_content(void *ctx, const struct level_message *message);

/* The mentions that CONTENT may make: the member if PING, and nobody else, whatever it says. */
json_t *level_message_mentions(const struct snowflake *member, bool ping);
