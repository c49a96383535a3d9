/* Checks each answer: its form as the programs do, then by asking Discord and the database. */
#include <grp.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/rest/client.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/pooler.h"
#include "settings.h"
#include "setup.h"

/* The system user whose name peer authentication sees; the units' own. */
#define SERVICE_USER "besace"

/* What the tests run on, and Debian 12 has. */
#define POSTGRESQL_MIN 150000

/* ---- Form: the settings' own parsers, with an environment of one variable */

static const char *probe_name, *probe_value;

static const char *get_probe(const char *name)
{
	return strcmp(name, probe_name) == 0 ? probe_value : NULL;
}

/* The fault that a program finds in NAME=VALUE, or NULL. */
static char *form_fault(void *ctx, const char *name, const char *value)
{
	struct config *config = must(talloc(ctx, struct config));
	char *faults = NULL, *fault = NULL, *line;
	size_t length = strlen(name);
	probe_name = name;
	probe_value = value;
	if (config_load(ctx, PROGRAM_BESACE, get_probe, settings_checks, config, &faults))
		while (!fault && (line = strsep(&faults, "\n")))
			if (strncmp(line, name, length) == 0 && line[length] == ':')
				fault = must(talloc_strdup(ctx, line + length + 2));
	return fault;
}

/* Keeps a copy of VALUE in *OUT, unless there is a fault. */
static char *keep(struct setup *setup, const char *name, const char *value, const char **out)
{
	char *fault = form_fault(setup->ctx, name, value);
	if (!fault)
		*out = must(talloc_strdup(setup->ctx, value));
	return fault;
}

/* ---- Discord */

static const char *text_of(struct setup *setup, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? must(talloc_strdup(setup->ctx, text)) : NULL;
}

static char *explain(struct setup *setup, const struct rest_answer *answer)
{
	if (answer->http == 401)
		return must(talloc_strdup(setup->ctx,
			"Discord does not know this token: the portal's Bot page makes a new one "
			"(Reset Token)"));
	setup->is_away = true;
	return must(talloc_asprintf(
		setup->ctx, "Discord cannot be asked: %s", rest_explain(setup->ctx, answer)));
}

static void learn(struct setup *setup, const json_t *application)
{
	setup->found_id = text_of(setup, application, "id");
	setup->found_name = text_of(setup, application, "name");
	setup->found_key = text_of(setup, application, "verify_key");
	setup->endpoint = text_of(setup, application, "interactions_endpoint_url");
	setup->is_public = json_is_true(json_object_get(application, "bot_public"));
	setup->application_id = setup->public_key = NULL;
}

/* A bot's user has the id of its application, but for applications older than 2016. */
static void greet(const struct setup *setup, const json_t *user)
{
	const char *name = json_string_value(json_object_get(user, "username"));
	printf("    This is the token of %s, which appears as @%s.\n",
		setup->found_name ? setup->found_name : "an application", name ? name : "?");
	if (setup->is_public)
		puts("    Its bot is public: anybody may add it to a server of theirs. Turn Public "
		     "Bot off on\n    the portal's Bot page, or name the servers below.");
	if (setup->endpoint)
		printf("    Discord sends its interactions to %s.\n", setup->endpoint);
}

char *setup_check_token(struct setup *setup, const char *value)
{
	char *fault = keep(setup, "DISCORD_BOT_TOKEN", value, &setup->token);
	if (fault || setup->offline)
		return fault;
	const struct rest_options options = {
		.api_url = setup->api_url, .bot_token = setup->token, .at_terminal = true};
	const struct rest_request requests[] = {
		{.method = "GET", .route = "/applications/@me", .within_ms = REST_TERMINAL_MS},
		{.method = "GET", .route = "/users/@me", .within_ms = REST_TERMINAL_MS},
	};
	struct rest_answer answers[ARRAY_LEN(requests)] = {{0}};
	if (rest_run(&options, requests, ARRAY_LEN(requests), answers))
		return must(talloc_strdup(setup->ctx, "libcurl cannot be started"));
	for (size_t i = 0; i < ARRAY_LEN(answers) && !fault; i++)
		if (answers[i].status)
			fault = explain(setup, &answers[i]);
	if (!fault) {
		learn(setup, answers[0].body);
		greet(setup, answers[1].body);
	}
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		json_decref((json_t *)answers[i].body);
	return fault;
}

char *setup_check_application(struct setup *setup, const char *value)
{
	if (setup->found_id && strcmp(value, setup->found_id) != 0)
		return must(talloc_asprintf(setup->ctx,
			"the token belongs to the application %s, not to %s", setup->found_id,
			value));
	return keep(setup, "DISCORD_APPLICATION_ID", value, &setup->application_id);
}

char *setup_check_key(struct setup *setup, const char *value)
{
	if (setup->found_key && strcasecmp(value, setup->found_key) != 0)
		return must(talloc_asprintf(setup->ctx,
			"Discord says that the application's public key is %s", setup->found_key));
	return keep(setup, "DISCORD_PUBLIC_KEY", value, &setup->public_key);
}

/* ---- The database */

static const char *option_of(const PQconninfoOption *options, const char *keyword)
{
	for (; options && options->keyword; options++)
		if (strcmp(options->keyword, keyword) == 0 && options->val && *options->val)
			return options->val;
	return NULL;
}

static bool url_has(const char *url, const char *keyword)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool has = option_of(options, keyword) != NULL;
	PQconninfoFree(options);
	return has;
}

bool setup_has_password(const char *url)
{
	return url_has(url, "password");
}

/* Whether URL goes over a network, and leaves its password out. */
static bool may_want_password(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	const char *host = option_of(options, "host");
	bool may = ((host && *host != '/') || option_of(options, "hostaddr")) &&
		   !option_of(options, "password");
	PQconninfoFree(options);
	return may;
}

/* URL with PASSWORD: as a URI has it, or as a conninfo text has it. */
static char *with_password(void *ctx, const char *url, const char *password)
{
	bool is_uri = strstr(url, "://") != NULL;
	char *text = must(talloc_asprintf(ctx, "%s%spassword=%s", url,
		!is_uri            ? " "
		: strchr(url, '?') ? "&"
				   : "?",
		is_uri ? "" : "'"));
	for (const unsigned char *c = (const unsigned char *)password; *c; c++)
		if (is_uri)
			text = must(talloc_asprintf_append_buffer(text, "%%%02X", *c));
		else
			text = must(talloc_asprintf_append_buffer(
				text, "%s%c", *c == '\'' || *c == '\\' ? "\\" : "", *c));
	return is_uri ? text : must(talloc_strdup_append_buffer(text, "'"));
}

const char *setup_ask_password(struct setup *setup, const char *url)
{
	if (!may_want_password(url))
		return url;
	char *password =
		setup_read(setup->ctx, "Its password, not shown here (Enter: none):", true);
	return password && *password ? with_password(setup->ctx, url, password) : url;
}

/* What is wrong with the database of CONN, or NULL. */
static char *look(void *ctx, PGconn *conn, const char *url)
{
	enum schema schema;
	char *why = NULL;
	int version = PQserverVersion(conn);
	if (version < POSTGRESQL_MIN)
		return must(talloc_asprintf(ctx, "it is PostgreSQL %d.%d; Besace needs %d or newer",
			version / 10000, version % 10000, POSTGRESQL_MIN / 10000));
	const char *encoding = PQparameterStatus(conn, "server_encoding");
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return must(talloc_asprintf(ctx,
			"its encoding is %s; make one with createdb --encoding UTF8 --template "
			"template0",
			encoding ? encoding : "not known"));
	if (pooler_look(ctx, conn, url, &why))
		return why;
	if (migrate_look(ctx, conn, &schema, &why) || schema == SCHEMA_REFUSED)
		return why;
	bool may = true;
	if (schema == SCHEMA_BEHIND && (migrate_may(ctx, conn, &may, &why) || !may))
		puts("    Its role may not make tables: run besacectl migrate as their owner "
		     "before "
		     "the service\n    starts.");
	return NULL;
}

static char *ask_database(void *ctx, const char *url)
{
	PGconn *conn;
	char *why;
	if (db_connect(ctx, url, false, &conn, &why))
		return must(talloc_asprintf(ctx, "it cannot be reached: %s", why));
	char *fault = look(ctx, conn, url);
	PQfinish(conn);
	return fault;
}

/* Becomes the user that the service runs as: a socket's peer authentication asks for their name. */
static bool become(const struct passwd *user)
{
	return initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
	       setuid(user->pw_uid) == 0;
}

/* The same as USER, in a process of their own. Its first byte says whether there is a fault. */
static char *ask_as(void *ctx, const struct passwd *user, const char *url)
{
	int ends[2];
	char said[1024] = "";
	fflush(stdout);
	if (pipe(ends) != 0)
		return must(talloc_strdup(ctx, "no process can be started to ask it"));
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		char *fault = become(user) ? ask_database(ctx, url)
					   : must(talloc_strdup(ctx, "cannot become its user"));
		if (fault)
			dprintf(ends[1], "%s", fault);
		fflush(stdout);
		_exit(fault ? 1 : 0);
	}
	close(ends[1]);
	int status = 1;
	FILE *from = fdopen(ends[0], "r");
	size_t length = from ? fread(said, 1, sizeof(said) - 1, from) : 0;
	said[length] = '\0';
	if (from)
		fclose(from);
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
		return must(talloc_strdup(ctx, *said ? said : "it could not be asked"));
	return NULL;
}

char *setup_check_database(struct setup *setup, const char *value)
{
	char *fault = keep(setup, "DATABASE_URL", value, &setup->database_url);
	if (fault || setup->offline)
		return fault;
	const struct passwd *user =
		geteuid() == 0 && !url_has(value, "user") ? getpwnam(SERVICE_USER) : NULL;
	fault = user ? ask_as(setup->ctx, user, value) : ask_database(setup->ctx, value);
	if (!fault)
		puts("    The database answers, and Besace may use it.");
	return fault;
}

/* ---- The rest */

char *setup_check_guilds(struct setup *setup, const char *value)
{
	if (strcmp(value, "any") == 0) {
		setup->guilds = NULL;
		return NULL;
	}
	return keep(setup, "BESACE_GUILDS", value, &setup->guilds);
}

char *setup_check_address(struct setup *setup, const char *value)
{
	char *fault = keep(setup, "BESACE_PUBLIC_URL", value, &setup->public_url);
	if (fault)
		return fault;
	size_t length = strlen(setup->public_url);
	while (length > 0 && setup->public_url[length - 1] == '/')
		length--;
	setup->public_url = must(talloc_strndup(setup->ctx, setup->public_url, length));
	return NULL;
}

static char *keep_choice(struct setup *setup, const char *value, bool *out)
{
	*out = strcasecmp(value, "yes") == 0 || strcasecmp(value, "y") == 0;
	if (*out || strcasecmp(value, "no") == 0 || strcasecmp(value, "n") == 0)
		return NULL;
	return must(talloc_strdup(setup->ctx, "must be yes or no"));
}

char *setup_check_pages(struct setup *setup, const char *value)
{
	return keep_choice(setup, value, &setup->pages);
}

char *setup_check_shim(struct setup *setup, const char *value)
{
	return keep_choice(setup, value, &setup->shim);
}
