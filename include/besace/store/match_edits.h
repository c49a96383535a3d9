/*
 * The messages of matches that expired, which are to be edited: leasing some, and
 * saying how an edit ended.
 */
#pragma once

#include <stdbool.h>

#include "besace/base/unit.h"
#include "besace/store/call.h"

struct match_edit {
	const char *guild_id, *match_id;
	const char *outcome; /* for game_end_message */
	const char *language; /* code of the language of the message, or what the guild has set */
	struct unit unit; /* the guild's */
	const char *application_id;
	const char *token; /* NULL: none that still lives */
	const char *channel_id, *message_id; /* NULL where unknown */
	const char *leased_until; /* as the database writes it */
};

/* Takes up to MAX of them, of all guilds; for LEASE_S seconds nobody else gets them. */
void match_edits_take_call(void *ctx, int max, int lease_s, struct db_call *out);

/* The one of ROW, on CTX. False behind the last. */
bool match_edits_take_read(void *ctx, const struct db_rows *rows, int row, struct match_edit *out);

/* EDIT is MADE, or there is no way to make it: then the next press shows the outcome. */
void match_edits_end_call(void *ctx, const struct match_edit *edit, bool made, struct db_call *out);
