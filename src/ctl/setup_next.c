/* Says what leads from the files to the first /sac. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "application.h"
#include "besace/base/memory.h"
#include "setup.h"

#define PORTAL "https://discord.com/developers/applications/"

/* "https://besace.example.org:8443/x": besace.example.org. */
static const char *host_of(void *ctx, const char *url)
{
	const char *host = strstr(url, "://") + 3;
	return must(talloc_strndup(ctx, host, strcspn(host, ":/")));
}

/* Where besacectl finds the settings by itself, for root. */
static bool is_usual(const struct setup *setup)
{
	return strcmp(setup->folder, SETUP_FOLDER) == 0 &&
	       strcmp(setup->secrets, SETUP_SECRETS) == 0;
}

static void print_tables(const struct setup *setup, int number)
{
	printf("\n%d. Make the tables, and let the pages read them. As their owner:\n\n", number);
	if (is_usual(setup))
		puts("     sudo besacectl migrate --roles besace,besace-web");
	else
		printf("     sudo -u besace DATABASE_URL='%s' besacectl migrate --roles "
		       "besace,besace-web\n",
			setup_has_password(setup->database_url) ? "postgresql://…"
								: setup->database_url);
}

static void print_commands(const struct setup *setup, int number)
{
	printf("\n%d. Tell Discord the commands:\n\n", number);
	if (is_usual(setup))
		puts("     sudo besacectl register");
	else
		printf("     sudo DISCORD_APPLICATION_ID=%s DISCORD_BOT_TOKEN_FILE=%s besacectl "
		       "register\n",
			setup->application_id, setup_path(setup->ctx, setup->secrets, SETUP_TOKEN));
}

static void print_start(const struct setup *setup, int *number)
{
	if (setup->pages)
		print_tables(setup, (*number)++);
	printf("\n%d. Start:\n\n     sudo systemctl enable --now besace%s%s\n", (*number)++,
		setup->pages ? " besace-web" : "", setup->shim ? " besace-gateway" : "");
}

static void print_door(const struct setup *setup, int *number)
{
	char *endpoint = must(talloc_asprintf(setup->ctx, "%s/interactions", setup->public_url));
	printf("\n%d. Put nginx in front, with a certificate for that name:\n\n"
	       "     scripts/nginx/render --server-name %s | sudo tee "
	       "/etc/nginx/sites-available/besace\n"
	       "     sudo ln -s ../sites-available/besace /etc/nginx/sites-enabled/\n"
	       "     sudo nginx -t && sudo systemctl reload nginx\n",
		(*number)++, host_of(setup->ctx, setup->public_url));
	if (setup->endpoint && strcmp(setup->endpoint, endpoint) == 0) {
		printf("\n   Discord knows the address already: %s\n", endpoint);
		return;
	}
	printf("\n%d. On " PORTAL "%s/information\n   set Interactions Endpoint URL to\n\n"
	       "     %s\n\n   Discord tries it on the spot.%s%s\n",
		(*number)++, setup->application_id, endpoint,
		setup->endpoint ? " Today it is " : "", setup->endpoint ? setup->endpoint : "");
}

void setup_print_next(const struct setup *setup)
{
	int number = 1;
	const char *only = setup->guilds && !strchr(setup->guilds, ',') ? setup->guilds : NULL;
	puts("\nWhat is next:");
	print_start(setup, &number);
	print_door(setup, &number);
	print_commands(setup, number++);
	printf("\n%d. Add Besace to your server (whoever opens this must have Manage Server "
	       "there):\n\n     %s\n",
		number++, application_invite(setup->ctx, setup->application_id, only, true));
	if (setup->is_public && !setup->guilds)
		printf("\n   Anybody else may do so too: turn Public Bot off on\n   " PORTAL
		       "%s/bot\n   or name your servers in BESACE_GUILDS.\n",
			setup->application_id);
	printf("\n%d. Type /sac there. /reglages has the server's own settings, its language "
	       "among them.\n",
		number);
}
