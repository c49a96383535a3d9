/* Whether the application is public, and the address with which it is added to a server. */
#include "application.h"

#include <inttypes.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/rest/client.h"
#include "subcommands.h"

/* Discord's permission bits: what announcements, cards and role rewards need. */
#define PERMISSION_VIEW_CHANNEL (UINT64_C(1) << 10)
#define PERMISSION_SEND_MESSAGES (UINT64_C(1) << 11)
#define PERMISSION_EMBED_LINKS (UINT64_C(1) << 14)
#define PERMISSION_ATTACH_FILES (UINT64_C(1) << 15)
#define PERMISSION_MANAGE_ROLES (UINT64_C(1) << 28)
#define PERMISSION_SEND_IN_THREADS (UINT64_C(1) << 38)

char *application_invite(void *ctx, const char *id, const char *guild, bool with_roles)
{
	uint64_t permissions = PERMISSION_VIEW_CHANNEL | PERMISSION_SEND_MESSAGES |
			       PERMISSION_SEND_IN_THREADS | PERMISSION_EMBED_LINKS |
			       PERMISSION_ATTACH_FILES | (with_roles ? PERMISSION_MANAGE_ROLES : 0);
	char *address = must(talloc_asprintf(ctx,
		"https://discord.com/oauth2/authorize?client_id=%s"
		"&scope=bot+applications.commands&permissions=%" PRIu64 "&integration_type=0",
		id, permissions));
	if (guild)
		address = must(talloc_asprintf_append(
			address, "&guild_id=%s&disable_guild_select=true", guild));
	return address;
}

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
