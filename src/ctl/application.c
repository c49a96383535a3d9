/* Asks Discord whether the application is public. */
#include "application.h"

#include <talloc.h>

#include "besace/rest/client.h"
#include "subcommands.h"

void application_warn_if_public(void *ctx, const struct config *config)
{
	if (config->guild_count > 0)
		return;
	const struct rest_options options = {
		.api_url = config->api_url, .bot_token = config->bot_token};
	const struct rest_request request = {
		.method = "GET", .route = "/applications/@me", .within_ms = REST_TERMINAL_MS};
	struct rest_answer answer = {0};
	if (rest_run(&options, &request, 1, &answer) || answer.status)
		ctl_say("warning: cannot ask whether the application is public: %s",
			rest_explain(ctx, &answer));
	else if (json_is_true(json_object_get(answer.body, "bot_public")))
		ctl_say("warning: the application is public: anybody can add it to a server of "
			"their "
			"own and is served there; name your servers in BESACE_GUILDS, or turn "
			"\"Public Bot\" off in the developer portal");
	json_decref((json_t *)answer.body);
}
