/* besacectl config: the settings as a program would take them. */
#include "besace/runtime/config.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/runtime/tls.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "host.h"
#include "settings.h"
#include "subcommands.h"

static const struct {
	const char *name;
	enum program program;
} programs[] = {
	{"besace", PROGRAM_BESACE},
	{"besace-gateway", PROGRAM_GATEWAY},
	{"besace-web", PROGRAM_WEB},
	{"besacectl", PROGRAM_CTL},
};

/* False when NAME is no program. */
static bool find_program(const char *name, enum program *out)
{
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (strcmp(programs[i].name, name) == 0) {
			*out = programs[i].program;
			return true;
		}
	return false;
}

/* Says so when the service's role could change its own tables: one role for everything. Nothing
 * when the database cannot be asked: that is no fault of a setting. */
static void look_at_role(void *ctx, const struct config *config)
{
	PGconn *conn;
	char *why;
	bool may = false;
	if (db_connect(ctx, config->database_url, false, &conn, &why))
		return;
	if (migrate_may(ctx, conn, &may, &why) == STATUS_OK && may)
		ctl_say("one role does everything: that of DATABASE_URL may also change the "
			"tables, which the service need not; see besacectl migrate --roles");
	PQfinish(conn);
}

static bool reads_all(const char *name)
{
	(void)name;
	return true;
}

/* The name under which the settings of PROGRAM stand in /etc/besace: besacectl reads the
 * service's. */
static const char *host_name(enum program program)
{
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (programs[i].program == program && program != PROGRAM_CTL)
			return programs[i].name;
	return programs[0].name;
}

static int print(void *ctx, enum program program)
{
	bool hosted = host_take_settings(ctx, host_name(program), reads_all);
	config_print(program, config_environment, stdout);
	char *unknown = config_unknown(ctx, environ);
	if (unknown)
		ctl_say("warning: no program reads %s: misspelt?", unknown);
	struct config *config = must(talloc(ctx, struct config));
	char *faults = NULL;
	enum status status =
		config_load(ctx, program, config_environment, settings_checks, config, &faults);
	sodium_memzero(config->event_secret_key, sizeof(config->event_secret_key));
	sodium_memzero(config->link_key, sizeof(config->link_key));
	char *tls = tls_faults(ctx, config);
	if (status)
		ctl_say_lines(faults);
	if (tls)
		ctl_say_lines(tls);
	int became = hosted ? host_become_user() : CTL_DONE;
	if (!status && !became && program == PROGRAM_BESACE)
		look_at_role(ctx, config);
	return status || tls ? CTL_USAGE : became;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *name = NULL;
	const struct argument rows[] = {
		{"program", "NAME",
			"besace (when not given), besace-gateway, besace-web or besacectl",
			.text = &name},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[--program NAME]",
		.description = "Prints the settings that a program would take from this "
			       "environment, or, for "
			       "root, from\n/etc/besace as its unit would, secrets hidden, then a "
			       "line for "
			       "each fault in them; exits 2\nif there is any.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		enum program program = PROGRAM_BESACE;
		if (name && !find_program(name, &program))
			arguments_fault(&arguments,
				"--program: must be besace, besace-gateway, besace-web or "
				"besacectl, got \"%s\"",
				name);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : print(ctx, program);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_config = {
	"config", "print the effective settings and their faults", run};
