/* Messages to channels, as the bot. */
#pragma once

#include "besace/rest/client.h"

/* Characters of a message's nonce: Discord's limit. */
#define NONCE_MAX_CHARS 25

/*
 * Fills in *out: posts MESSAGE, a JSON object, in the channel. NONCE names this message, the same
 * for every attempt, in this process or another: Discord answers the earlier message instead of
 * posting a second one within some minutes. The nonce is written into MESSAGE, which stays the
 * caller's. STATUS_INVALID for a nonce that is empty or above NONCE_MAX_CHARS.
 */
MUST_CHECK enum status channels_create_message(
	const char *channel_id, json_t *message, const char *nonce, struct rest_request *out);

/* Replaces MESSAGE_ID, one of the bot's own, by MESSAGE. Safe to repeat. */
struct rest_request channels_edit_message(
	const char *channel_id, const char *message_id, struct content message);

/* Asks for a channel: its "guild_id" among others. */
struct rest_request channels_get(const char *channel_id);
