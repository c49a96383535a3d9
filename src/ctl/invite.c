/* besacectl invite: the address with which the application is added to a server. */
#include <inttypes.h>
#include <stdio.h>
#include <talloc.h>

#include "application.h"
#include "arguments.h"
#include "besace/base/memory.h"
#include "settings.h"
#include "subcommands.h"

/* Discord's permission bits: what announcements, cards and role rewards need. */
#define PERMISSION_VIEW_CHANNEL (UINT64_C(1) << 10)
#define PERMISSION_SEND_MESSAGES (UINT64_C(1) << 11)
#define PERMISSION_EMBED_LINKS (UINT64_C(1) << 14)
#define PERMISSION_ATTACH_FILES (UINT64_C(1) << 15)
#define PERMISSION_MANAGE_ROLES (UINT64_C(1) << 28)
#define PERMISSION_SEND_IN_THREADS (UINT64_C(1) << 38)

static void print_address(const struct config *config, const char *guild, bool with_roles)
{
	uint64_t permissions = PERMISSION_VIEW_CHANNEL | PERMISSION_SEND_MESSAGES |
			       PERMISSION_SEND_IN_THREADS | PERMISSION_EMBED_LINKS |
			       PERMISSION_ATTACH_FILES | (with_roles ? PERMISSION_MANAGE_ROLES : 0);
	printf("https://discord.com/oauth2/authorize?client_id=%s"
	       "&scope=bot+applications.commands&permissions=%" PRIu64 "&integration_type=0",
		config->application_id.text, permissions);
	if (guild)
		printf("&guild_id=%s&disable_guild_select=true", guild);
	putchar('\n');
}

static int invite(void *ctx, const char *guild, bool with_roles)
{
	struct config *config = must(talloc(ctx, struct config));
	int status = settings_application(ctx, config);
	if (status)
		return status;
	print_address(config, guild, with_roles);
	if (config->bot_token)
		application_warn_if_public(ctx, config);
	else
		ctl_say("without DISCORD_BOT_TOKEN it is not checked whether the application is "
			"public");
	return CTL_DONE;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *guild = NULL;
	bool with_roles = false;
	const struct argument rows[] = {
		{"guild", "ID", "choose this server beforehand", .text = &guild},
		{"roles", NULL, "with the permission to give roles, for role rewards",
			.on = &with_roles},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[--guild ID] [--roles]",
		.description =
			"Prints the address with which an administrator adds the application to "
			"their server.\nReads DISCORD_APPLICATION_ID and, to warn when anybody "
			"could "
			"do so, DISCORD_BOT_TOKEN,\nDISCORD_API_URL and BESACE_GUILDS.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		struct snowflake id;
		if (guild && !snowflake_parse(guild, &id))
			arguments_fault(
				&arguments, "--guild: must be a Discord id, got \"%s\"", guild);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : invite(ctx, guild, with_roles);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_invite = {
	"invite", "print the address with which a server adds the application", run};
