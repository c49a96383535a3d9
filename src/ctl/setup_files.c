/* Writes the settings and the secrets, each for root alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <time.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "keyfile.h"
#include "setup.h"

#define EVENT_KEY_ID "shim-1"
#define DEFAULT_API_URL "https://discord.com/api/v10"

#define HEADER                                                                                     \
	"# Written by besacectl setup. The README explains every variable; restart the program "   \
	"after a\n# change. Secrets are files of their own.\n"

char *setup_path(void *ctx, const char *folder, const char *name)
{
	return must(talloc_asprintf(ctx, "%s/%s", folder, name));
}

static bool exists(const char *path)
{
	struct stat facts;
	return lstat(path, &facts) == 0;
}

char *setup_existing(const struct setup *setup)
{
	static const char *const names[] = {SETUP_SERVICE_ENV, SETUP_GATEWAY_ENV, SETUP_WEB_ENV};
	char *found = NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path = setup_path(setup->ctx, setup->folder, names[i]);
		if (exists(path))
			found = found ? must(talloc_asprintf(setup->ctx, "%s %s", found, path))
				      : path;
	}
	return found;
}

/* Gives PATH's place free: what is there is kept under a name with the time. */
static bool put_away(void *ctx, const char *path, char **out_why)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm utc;
	if (!exists(path))
		return true;
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
	char *name = must(talloc_asprintf(ctx, "%s.before-%s", path, stamp));
	if (!exists(name) && rename(path, name) == 0) {
		printf("    %s is now %s\n", path, name);
		return true;
	}
	*out_why = must(talloc_asprintf(ctx, "cannot rename \"%s\" to \"%s\": %s", path, name,
		exists(name) ? "that is there already" : strerror(errno)));
	return false;
}

static bool write_text(
	const struct setup *setup, const char *path, const char *text, char **out_why)
{
	if (!put_away(setup->ctx, path, out_why) ||
		keyfile_write(setup->ctx, path, text, strlen(text), out_why))
		return false;
	printf("    %s\n", path);
	return true;
}

/* A secret that is there already, and the same, stays. */
static bool write_secret(
	const struct setup *setup, const char *name, const char *value, char **out_why)
{
	char *why, *path = setup_path(setup->ctx, setup->secrets, name);
	const char *there = config_read_file(setup->ctx, path, 65536, &why);
	if (there && strcmp(there, value) == 0) {
		printf("    %s (stays)\n", path);
		return true;
	}
	return write_text(setup, path, must(talloc_asprintf(setup->ctx, "%s\n", value)), out_why);
}

/* The public half of the shim's key, which is made unless it is there: one that is replaced is
 * lost, and its shim with it. */
static bool make_event_key(
	const struct setup *setup, char out_public[static KEYFILE_PUBLIC_HEX], char **out_why)
{
	bool exposed;
	char *path = setup_path(setup->ctx, setup->secrets, SETUP_EVENT_KEY);
	if (exists(path)) {
		unsigned char *secret = keyfile_read(setup->ctx, path, &exposed, out_why);
		if (!secret)
			return false;
		sodium_bin2hex(out_public, KEYFILE_PUBLIC_HEX, secret + crypto_sign_SEEDBYTES,
			crypto_sign_PUBLICKEYBYTES);
		sodium_free(secret);
		printf("    %s (stays)\n", path);
		return true;
	}
	if (keyfile_create(setup->ctx, path, out_public, out_why))
		return false;
	printf("    %s\n", path);
	return true;
}

static bool make_link_key(const struct setup *setup, char **out_why)
{
	char *path = setup_path(setup->ctx, setup->secrets, SETUP_LINK_KEY);
	bool stays = exists(path);
	if (!stays && keyfile_create_link(setup->ctx, path, out_why))
		return false;
	printf("    %s%s\n", path, stays ? " (stays)" : "");
	return true;
}

/* ---- Files of settings, as systemd's EnvironmentFile reads them */

static char *add(char *text, const char *name, const char *value)
{
	if (strcspn(value, " \t'\"\\$`#;") == strlen(value))
		return must(talloc_asprintf_append_buffer(text, "%s=%s\n", name, value));
	text = must(talloc_asprintf_append_buffer(text, "%s=\"", name));
	for (const char *c = value; *c; c++)
		text = must(talloc_asprintf_append_buffer(
			text, "%s%c", strchr("\"\\$`", *c) ? "\\" : "", *c));
	return must(talloc_asprintf_append_buffer(text, "\"\n"));
}

/* NAME_FILE=…: what systemd passes to the unit of PROGRAM, or the file itself. */
static char *add_secret(const struct setup *setup, char *text, const char *name,
	const char *program, const char *file)
{
	bool passed = strcmp(setup->secrets, SETUP_SECRETS) == 0;
	char *path = passed ? must(talloc_asprintf(
				      setup->ctx, "/run/credentials/%s.service/%s", program, file))
			    : setup_path(setup->ctx, setup->secrets, file);
	return add(text, must(talloc_asprintf(setup->ctx, "%s_FILE", name)), path);
}

static bool write_service(const struct setup *setup, const char *public, char **out_why)
{
	char *text = must(talloc_strdup(setup->ctx, HEADER));
	if (setup_has_password(setup->database_url))
		text = add_secret(setup, text, "DATABASE_URL", "besace", SETUP_DATABASE);
	else
		text = add(text, "DATABASE_URL", setup->database_url);
	text = add(text, "DISCORD_APPLICATION_ID", setup->application_id);
	text = add(text, "DISCORD_PUBLIC_KEY", setup->public_key);
	text = add_secret(setup, text, "DISCORD_BOT_TOKEN", "besace", SETUP_TOKEN);
	if (strcmp(setup->api_url, DEFAULT_API_URL) != 0)
		text = add(text, "DISCORD_API_URL", setup->api_url);
	text = add(text, "BESACE_LISTEN", "unix:/run/besace/besace.sock");
	if (setup->guilds)
		text = add(text, "BESACE_GUILDS", setup->guilds);
	if (setup->shim)
		text = add(text, "BESACE_EVENT_KEYS",
			must(talloc_asprintf(setup->ctx, EVENT_KEY_ID ":%s", public)));
	if (setup->pages) {
		text = add(text, "BESACE_PUBLIC_URL", setup->public_url);
		text = add_secret(setup, text, "BESACE_LINK_KEY", "besace", SETUP_LINK_KEY);
	}
	return write_text(
		setup, setup_path(setup->ctx, setup->folder, SETUP_SERVICE_ENV), text, out_why);
}

/* The unit passes the two secrets of the shim by itself. */
static bool write_gateway(const struct setup *setup, char **out_why)
{
	char *text = must(talloc_strdup(setup->ctx, HEADER));
	text = add(text, "BESACE_EVENTS_URL",
		must(talloc_asprintf(setup->ctx, "%s/events", setup->public_url)));
	text = add(text, "BESACE_EVENT_KEY_ID", EVENT_KEY_ID);
	if (strcmp(setup->api_url, DEFAULT_API_URL) != 0)
		text = add(text, "DISCORD_API_URL", setup->api_url);
	if (strcmp(setup->secrets, SETUP_SECRETS) != 0) {
		text = add_secret(setup, text, "DISCORD_BOT_TOKEN", "", SETUP_TOKEN);
		text = add_secret(setup, text, "BESACE_EVENT_SECRET_KEY", "", SETUP_EVENT_KEY);
	}
	return write_text(
		setup, setup_path(setup->ctx, setup->folder, SETUP_GATEWAY_ENV), text, out_why);
}

/* The reader's address is the service's, for a role of the name of its own user, unless there is a
 * password: then it has another one. */
static bool write_web(const struct setup *setup, char **out_why)
{
	char *text = must(talloc_strdup(setup->ctx, HEADER));
	if (setup_has_password(setup->database_url))
		text = must(talloc_strdup_append_buffer(text,
			"# The address for the role that only reads, in /etc/credstore:\n"
			"DATABASE_URL_FILE=/run/credentials/besace-web.service/"
			"besace-web.database-url\n"));
	else
		text = add(text, "DATABASE_URL", setup->database_url);
	text = add(text, "BESACE_PUBLIC_URL", setup->public_url);
	text = add_secret(setup, text, "BESACE_LINK_KEY", "besace-web", SETUP_LINK_KEY);
	return write_text(
		setup, setup_path(setup->ctx, setup->folder, SETUP_WEB_ENV), text, out_why);
}

/* For root alone, and not their parents. */
static bool make_folder(void *ctx, const char *path, char **out_why)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	*out_why = must(talloc_asprintf(ctx, "cannot make \"%s\": %s", path, strerror(errno)));
	return false;
}

enum status setup_write(const struct setup *setup, char **out_why)
{
	char public[KEYFILE_PUBLIC_HEX] = "";
	puts("\nWritten:");
	bool done = make_folder(setup->ctx, setup->folder, out_why) &&
		    make_folder(setup->ctx, setup->secrets, out_why) &&
		    write_secret(setup, SETUP_TOKEN, setup->token, out_why) &&
		    (!setup_has_password(setup->database_url) ||
			    write_secret(setup, SETUP_DATABASE, setup->database_url, out_why)) &&
		    (!setup->shim || make_event_key(setup, public, out_why)) &&
		    (!setup->pages || make_link_key(setup, out_why)) &&
		    write_service(setup, public, out_why) &&
		    (!setup->shim || write_gateway(setup, out_why)) &&
		    (!setup->pages || write_web(setup, out_why));
	return done ? STATUS_OK : STATUS_FAILED;
}
