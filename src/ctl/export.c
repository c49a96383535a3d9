/* besacectl export: writes everything that is known of a server or of a member. */
#include "besace/movers/export.h"

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "interrupt.h"
#include "progress.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"

static bool write_out(void *arg, const char *bytes, size_t length)
{
	(void)arg;
	return fwrite(bytes, 1, length, stdout) == length;
}

static void tell(void *arg, const char *kind, int64_t rows)
{
	static const char *const kinds[] = {"members", "bag", "ledger", "matches"};
	const char *what = "rows";
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			what = kinds[i]; /* progress compares the pointer */
	progress_say(arg, what, rows, 0);
}

static int export(void *ctx, PGconn *conn, struct export_options *options)
{
	struct progress_line progress;
	const struct export_listener listener = {write_out, tell, &progress};
	char *why = NULL;
	if (store_session_enter(ctx, conn, &why)) {
		ctl_say("cannot export: %s", why);
		return CTL_FAILED;
	}
	options->interrupted = interrupt_watch();
	progress_begin(&progress, false);
	enum status status = export_run(ctx, conn, options, &listener, &why);
	progress_end(&progress);
	if (!status && fflush(stdout) == 0)
		return CTL_DONE;
	ctl_say("cannot export: %s", status ? why : "the file cannot be written");
	return CTL_FAILED;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *guild = NULL, *member = NULL, *format = NULL;
	struct snowflake guild_id, member_id;
	const struct argument rows[] = {
		{"guild", "ID", "the server", .text = &guild},
		{"member", "ID", "of that member alone", .text = &member},
		{"format", "FORMAT", "json (the default) or csv", .text = &format},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "--guild ID [--member ID] [--format json|csv]",
		.description =
			"Writes everything that is known of a server, or of one of its members, "
			"to standard output:\nmembers, bags, ledger, games, acts of "
			"administrators, settings and their changes, each kind\nwith a "
			"description of its fields. From one snapshot, while the service runs. "
			"What is staked in\nopen games counts to the balances. Keys, tokens and "
			"secret seeds stay. besacectl import besace\nreads the file. Reads "
			"DATABASE_URL.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		arguments_id(&arguments, "guild", guild, true, &guild_id);
		arguments_id(&arguments, "member", member, false, &member_id);
		if (format && strcmp(format, "json") != 0 && strcmp(format, "csv") != 0)
			arguments_fault(
				&arguments, "--format: must be json or csv, got \"%s\"", format);
		struct export_options options = {.guild = &guild_id,
			.member = member ? &member_id : NULL,
			.csv = format && strcmp(format, "csv") == 0};
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = export(ctx, conn, &options);
			PQfinish(conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_export = {
	"export", "write everything that is known of a server or a member", run};
