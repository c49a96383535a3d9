/* Requests that follow an interaction. */
#include "besace/rest/webhooks.h"

struct rest_request webhooks_edit_original(
	const char *application_id, const char *token, struct content message)
{
	return (struct rest_request){
		.method = "PATCH",
		.route = "/webhooks/{application}/{token}/messages/@original",
		.params = {application_id, token},
		.content = message,
		.not_yet = true,
	};
}

struct rest_request webhooks_delete_original(const char *application_id, const char *token)
{
	return (struct rest_request){
		.method = "DELETE",
		.route = "/webhooks/{application}/{token}/messages/@original",
		.params = {application_id, token},
		.not_yet = true,
	};
}

struct rest_request webhooks_follow_up(
	const char *application_id, const char *token, struct content message)
{
	return (struct rest_request){
		.method = "POST",
		.route = "/webhooks/{application}/{token}",
		.params = {application_id, token},
		.content = message,
		.once = true,
		.not_yet = true,
	};
}
