/* besacectl invite: the address with which the application is added to a server. */
#include <stdio.h>
#include <talloc.h>

#include "application.h"
#include "arguments.h"
#include "besace/base/memory.h"
#include "settings.h"
#include "subcommands.h"

static int invite(void *ctx, const char *guild, bool with_roles)
{
	struct config *config = must(talloc(ctx, struct config));
	int status = settings_application(ctx, config);
	if (status)
		return status;
	printf("%s\n", application_invite(ctx, config->application_id.text, guild, with_roles));
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
		arguments_id(&arguments, "guild", guild, false, &id);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : invite(ctx, guild, with_roles);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_invite = {
	"invite", "print the address with which a server adds the application", run};
