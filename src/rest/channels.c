/* Requests to post in channels and to edit what was posted. */
#include "besace/rest/channels.h"

#include <string.h>

enum status channels_create_message(
	const char *channel_id, json_t *message, const char *nonce, struct rest_request *out)
{
	if (*nonce == '\0' || strlen(nonce) > NONCE_MAX_CHARS)
		return STATUS_INVALID;
	if (json_object_set_new(message, "nonce", json_string(nonce)) != 0 ||
		json_object_set_new(message, "enforce_nonce", json_true()) != 0)
		return STATUS_INVALID;
	*out = (struct rest_request){
		.method = "POST",
		.route = "/channels/{channel}/messages",
		.params = {channel_id},
		.body = message,
	};
	return STATUS_OK;
}

struct rest_request channels_edit_message(
	const char *channel_id, const char *message_id, struct content message)
{
	return (struct rest_request){
		.method = "PATCH",
		.route = "/channels/{channel}/messages/{message}",
		.params = {channel_id, message_id},
		.content = message,
	};
}

struct rest_request channels_get(const char *channel_id)
{
	return (struct rest_request){
		.method = "GET",
		.route = "/channels/{channel}",
		.params = {channel_id},
	};
}
