/* Reads a subcommand's settings from the environment, or from the service's files for root. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/pooler.h"
#include "host.h"
#include "subcommands.h"

const struct config_check settings_checks[] = {
	{"DATABASE_URL", db_url_fault},
	{NULL, NULL},
};

static bool starts(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* The environment as it looks to those who use the database, and to those who talk to Discord. */
static bool reads_database(const char *name)
{
	return starts(name, "DATABASE_URL");
}

static const char *get_database(const char *name)
{
	bool is_read =
		reads_database(name) || starts(name, "BESACE_LOG") || starts(name, "CREDENTIALS_");
	return is_read ? getenv(name) : NULL;
}

static bool reads_discord(const char *name)
{
	return starts(name, "DISCORD_") || strcmp(name, "BESACE_GUILDS") == 0;
}

static const char *get_discord(const char *name)
{
	bool is_read =
		reads_discord(name) || starts(name, "BESACE_LOG") || starts(name, "CREDENTIALS_");
	return is_read ? getenv(name) : NULL;
}
/* The fault of an absent NAME (or NAME_FILE when it is a SECRET), added to FAULTS. */
static char *require(void *ctx, char *faults, const char *name, bool secret)
{
	char *file = must(talloc_asprintf(ctx, "%s_FILE", name));
	if (host_is_set(name) || (secret && host_is_set(file)))
		return faults;
	const char *of_root = host_settings_of_root();
	return must(talloc_asprintf_append(faults, "%s: is required%s%s%s%s%s%s\n", name,
		secret ? " (or " : "", secret ? file : "", secret ? ")" : "",
		of_root ? "; with sudo it is taken from " : "", of_root ? of_root : "",
		of_root ? ", as the service does" : ""));
}

static char *load(void *ctx, config_getenv *get, struct config *out)
{
	char *faults = NULL;
	if (config_load(ctx, PROGRAM_CTL, get, settings_checks, out, &faults) == STATUS_OK)
		faults = must(talloc_strdup(ctx, ""));
	return faults;
}

/* HOSTED: the settings are this machine's service's, so the rest is done as its user. Secrets are
 * read by now. */
static int end_loading(const struct config *config, const char *faults, bool hosted)
{
	if (*faults) {
		ctl_say_lines(faults);
		return CTL_USAGE;
	}
	log_setup(config->log_level, config->log_json);
	return hosted ? host_become_user() : CTL_DONE;
}

int settings_connect(void *ctx, PGconn **out)
{
	struct config config;
	bool hosted = host_take_settings(ctx, "besace", reads_database);
	char *faults = load(ctx, get_database, &config);
	faults = require(ctx, faults, "DATABASE_URL", true);
	int status = end_loading(&config, faults, hosted);
	if (status)
		return status;
	char *why;
	if (db_connect(ctx, config.database_url, true, out, &why)) {
		ctl_say("the database cannot be reached: %s", why);
		return CTL_FAILED;
	}
	enum status looked = pooler_look(ctx, *out, config.database_url, &why);
	if (!looked)
		return CTL_DONE;
	PQfinish(*out);
	*out = NULL;
	ctl_say("DATABASE_URL: %s", why);
	return looked == STATUS_DENIED ? CTL_USAGE : CTL_FAILED;
}

bool settings_have_database(void)
{
	return host_is_set("DATABASE_URL") || host_is_set("DATABASE_URL_FILE");
}

static const char *get_rest(const char *name)
{
	bool is_read = strcmp(name, "DISCORD_API_URL") == 0 || starts(name, "BESACE_LOG");
	return is_read ? getenv(name) : NULL;
}

int settings_rest(void *ctx, struct config *out)
{
	char *faults = load(ctx, get_rest, out);
	return end_loading(out, faults, false);
}

int settings_application(void *ctx, struct config *out)
{
	bool hosted = host_take_settings(ctx, "besace", reads_discord);
	char *faults = load(ctx, get_discord, out);
	return end_loading(out, require(ctx, faults, "DISCORD_APPLICATION_ID", false), hosted);
}

/* register also keeps what it learns; only then is the database's address looked at. */
static bool reads_discord_or_database(const char *name)
{
	return reads_discord(name) || reads_database(name);
}

int settings_discord(void *ctx, struct config *out)
{
	bool hosted = host_take_settings(ctx, "besace", reads_discord_or_database);
	char *faults = load(ctx, get_discord, out);
	faults = require(ctx, faults, "DISCORD_APPLICATION_ID", false);
	faults = require(ctx, faults, "DISCORD_BOT_TOKEN", true);
	return end_loading(out, faults, hosted);
}
