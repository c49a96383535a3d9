/* besacectl setup: asks what Besace needs, checks each answer, and writes the files. */
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "settings.h"
#include "subcommands.h"

/* A secret's file: a token or an address. */
#define MAX_SECRET 65536

struct setup_question {
	const char *option; /* without the dashes; a secret's names a file */
	const char *heading; /* what stands above the prompt */
	const char *prompt;
	bool secret;
	const char *(*fallback)(const struct setup *setup); /* NULL: there is none */
	char *(*check)(struct setup *setup, const char *value);
	/* At a terminal: asks for what belongs to the answer; NULL: nothing does. */
	const char *(*complete)(struct setup *setup, const char *value);
};

static const char *token_there(const struct setup *setup)
{
	char *why;
	const char *token = config_read_file(
		setup->ctx, setup_path(setup->ctx, setup->secrets, SETUP_TOKEN), MAX_SECRET, &why);
	return token && *token ? token : NULL;
}

static const char *found_id(const struct setup *setup)
{
	return setup->found_id;
}

static const char *found_key(const struct setup *setup)
{
	return setup->found_key;
}

static const char *local_database(const struct setup *setup)
{
	(void)setup;
	return "postgresql:///besace?host=/run/postgresql";
}

/* Somebody at a terminal may leave it out; a script must say that it means everybody. */
static const char *any_guild(const struct setup *setup)
{
	return setup->asks ? "any" : NULL;
}

static const char *yes(const struct setup *setup)
{
	(void)setup;
	return "yes";
}

enum { TOKEN, APPLICATION, KEY, DATABASE, GUILDS, ADDRESS, PAGES, SHIM, QUESTIONS };

static const struct setup_question questions[QUESTIONS] = {
	[TOKEN] = {"token-file",
		"The bot's token: https://discord.com/developers/applications, your application "
		"(New Application\nmakes one), page Bot, Reset Token. It is not shown here.",
		"Token", true, token_there, setup_check_token},
	[APPLICATION] = {"application-id", "The application's id: page General Information.",
		"Application ID", false, found_id, setup_check_application},
	[KEY] = {"public-key", "The application's public key: the same page.", "Public Key", false,
		found_key, setup_check_key},
	[DATABASE] = {"database-url",
		"The database, as postgresql://… without its password, which is asked for by "
		"itself "
		"and kept as a\nsecret.",
		"Database", false, local_database, setup_check_database, setup_ask_password},
	[GUILDS] = {"guilds",
		"The servers that are served, by their ids with commas between (Discord: User "
		"Settings, Advanced,\nDeveloper Mode; then a right click on the server, Copy "
		"Server ID); any: all that add Besace.",
		"Servers", false, any_guild, setup_check_guilds},
	[ADDRESS] = {"public-url",
		"The address under which nginx is reached from outside, as "
		"https://besace.example.org",
		"Address", false, NULL, setup_check_address},
	[PAGES] = {"pages", "Level cards in replies, and a page with each server's leaderboard?",
		"Pages", false, yes, setup_check_pages},
	[SHIM] = {"shim", "XP from messages, reactions and voice? (besace-gateway on this machine)",
		"Shim", false, yes, setup_check_shim},
};

/* Asks until the answer is good. False at the end of the input. */
static bool ask(struct setup *setup, const struct setup_question *question)
{
	const char *fallback = question->fallback ? question->fallback(setup) : NULL;
	const char *shown = question->secret ? "the one that is there" : fallback;
	char *prompt =
		fallback ? must(talloc_asprintf(setup->ctx, "%s [%s]:", question->prompt, shown))
			 : must(talloc_asprintf(setup->ctx, "%s:", question->prompt));
	printf("\n%s\n", question->heading);
	for (;;) {
		char *answer = setup_read(setup->ctx, prompt, question->secret);
		if (!answer)
			return false;
		const char *value = *answer || !fallback ? answer : fallback;
		if (question->complete && *value)
			value = question->complete(setup, value);
		char *fault = *value ? question->check(setup, value)
				     : must(talloc_strdup(setup->ctx, "is required"));
		if (!fault)
			return true;
		printf("    %s: %s\n", question->prompt, fault);
		if (setup->is_away)
			puts("    (--offline asks neither Discord nor the database.)");
		setup->is_away = false;
	}
}

/* What the options give for QUESTION; NULL: nothing. */
static const char *given(struct setup *setup, struct arguments *arguments,
	const struct setup_question *question, const char *value)
{
	char *why;
	if (!value || !question->secret)
		return value;
	const char *text = config_read_file(setup->ctx, value, MAX_SECRET, &why);
	if (!text)
		arguments_fault(arguments, "--%s: %s", question->option, why);
	return text;
}

/* Takes QUESTION from its option, its fallback, or the terminal. False at the end of the input. */
static bool take(struct setup *setup, struct arguments *arguments,
	const struct setup_question *question, const char *option)
{
	const char *value = given(setup, arguments, question, option);
	if (!value && !option && setup->asks)
		return ask(setup, question);
	if (!value && !option && question->fallback)
		value = question->fallback(setup);
	char *fault = value ? question->check(setup, value) : NULL;
	if (!value && !option)
		arguments_fault(arguments, "--%s: is required", question->option);
	else if (fault)
		arguments_fault(arguments, "--%s: %s", question->option, fault);
	return true;
}

/* What would be replaced, before anything is asked. False when nothing is to be done. */
static bool may_write(struct setup *setup, struct arguments *arguments)
{
	char *there = setup_existing(setup);
	if (!there || setup->replace)
		return true;
	if (!setup->asks) {
		arguments_fault(arguments,
			"--replace: is required, for there is already %s (it would be kept under "
			"another name)",
			there);
		return true;
	}
	printf("There is already %s.\nWith new ones in their place these are kept under another "
	       "name.\n",
		there);
	char *answer = setup_read(setup->ctx, "Go on? [no]:", false);
	setup->replace = answer && (*answer == 'y' || *answer == 'Y');
	return setup->replace;
}

static int begin(struct setup *setup, struct arguments *arguments, const char *const *options)
{
	setup->asks = setup->asks && setup_is_terminal();
	if (setup->asks)
		puts("This asks what Besace needs, checks each answer, and writes nothing before "
		     "the last one.\nThe answer in brackets is taken when you press Enter; Ctrl-C "
		     "ends it.\n");
	if (!may_write(setup, arguments)) {
		ctl_say("nothing was written");
		return CTL_FAILED;
	}
	for (size_t i = 0; i < QUESTIONS; i++)
		if (!take(setup, arguments, &questions[i], options[i])) {
			ctl_say("nothing was written");
			return CTL_FAILED;
		}
	if (arguments_are_bad(arguments))
		return setup->is_away ? CTL_FAILED : CTL_USAGE;
	char *why = NULL;
	if (setup_write(setup, &why)) {
		ctl_say("%s", why);
		return CTL_FAILED;
	}
	setup_print_next(setup);
	return CTL_DONE;
}

/* Secrets stand in files, not among the arguments, which everybody on the machine can read. */
static const char *read_database(
	struct setup *setup, struct arguments *arguments, const char *url, const char *file)
{
	char *why;
	if (url && file)
		arguments_fault(
			arguments, "--database-url-file: cannot be had with --database-url");
	if (url && setup_has_password(url))
		arguments_fault(arguments,
			"--database-url: holds a password, which others could read: give "
			"--database-url-file");
	if (!file)
		return url;
	url = config_read_file(setup->ctx, file, MAX_SECRET, &why);
	if (!url)
		arguments_fault(arguments, "--database-url-file: %s", why);
	return url;
}

/* What is not asked. An exit status. */
static int prepare(struct setup *setup, struct arguments *arguments)
{
	struct config *config = must(talloc(setup->ctx, struct config));
	setup->folder = setup->folder ? setup->folder : SETUP_FOLDER;
	setup->secrets = setup->secrets ? setup->secrets : SETUP_SECRETS;
	if (setup->folder[0] != '/')
		arguments_fault(arguments, "--folder: must be an absolute path");
	if (setup->secrets[0] != '/')
		arguments_fault(arguments, "--secrets: must be an absolute path");
	if (arguments_are_bad(arguments))
		return CTL_USAGE;
	int status = settings_rest(setup->ctx, config);
	setup->api_url = config->api_url;
	return status;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct setup setup = {.ctx = ctx, .asks = true};
	const char *options[QUESTIONS] = {0}, *database_file = NULL;
	bool accepts = false;
	const struct argument rows[] = {
		{"token-file", "FILE", "the bot's token", .text = &options[TOKEN]},
		{"application-id", "ID", "(what Discord says)", .text = &options[APPLICATION]},
		{"public-key", "KEY", "(what Discord says)", .text = &options[KEY]},
		{"database-url", "URL", "(postgresql:///besace?host=/run/postgresql)",
			.text = &options[DATABASE]},
		{"database-url-file", "FILE", "the same, with a password", .text = &database_file},
		{"guilds", "ID,…", "the servers that are served, or any", .text = &options[GUILDS]},
		{"public-url", "URL", "under which nginx is reached from outside",
			.text = &options[ADDRESS]},
		{"pages", "yes|no", "cards and pages, by besace-web (yes)",
			.text = &options[PAGES]},
		{"shim", "yes|no", "XP from messages and voice, by besace-gateway (yes)",
			.text = &options[SHIM]},
		{"folder", "FOLDER", "of the settings (/etc/besace)", .text = &setup.folder},
		{"secrets", "FOLDER", "of the secrets (/etc/credstore)", .text = &setup.secrets},
		{"replace", NULL, "put settings that exist away, under another name",
			.on = &setup.replace},
		{"offline", NULL, "ask neither Discord nor the database", .on = &setup.offline},
		{"yes", NULL, "ask nothing: what is not given has the value in brackets",
			.on = &accepts},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[OPTION…]",
		.description =
			"A guided first start: asks for what Besace needs, checks each answer "
			"against Discord and the\ndatabase, writes the settings and the secrets "
			"(mode 0600, never over a file that exists), and\nsays what is next. "
			"Without a terminal, or with --yes, the answers come from the options "
			"alone. Reads\nDISCORD_API_URL.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		setup.asks = !accepts;
		options[DATABASE] =
			read_database(&setup, &arguments, options[DATABASE], database_file);
		status = prepare(&setup, &arguments);
		if (!status)
			status = begin(&setup, &arguments, options);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_setup = {
	"setup", "a guided first start: asks, checks, writes the settings", run};
