/* besacectl erase: forgets a member, or all that is kept of a server. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/store/db.h"
#include "besace/store/query.h"
#include "interrupt.h"
#include "progress.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"

struct erasing {
	void *ctx;
	PGconn *conn;
	const char *guild, *member; /* NULL: the whole guild */
	bool dry_run;
};

static int fail(const char *why)
{
	ctl_say("cannot erase: %s", why);
	return CTL_FAILED;
}

/* The answer of the query NAME; NULL when it failed, which has been said. */
static PGresult *ask(const struct erasing *erasing, const char *name)
{
	const struct db_named_query query = {name, must(query_find(erasing->ctx, name)),
		{{"guild_id", erasing->guild},
			{erasing->member ? "member_id" : NULL, erasing->member}}};
	char *why = NULL;
	PGresult *result = NULL;
	if (db_exec_query(erasing->ctx, erasing->conn, &query, &result, &why) == STATUS_OK)
		return result;
	fail(why);
	return NULL;
}

/* ---- A member */

/* The files that still hold the member, and until when. */
static void name_backups(const json_t *outcome)
{
	const json_t *backup;
	size_t at;
	json_array_foreach (json_object_get(outcome, "backups"), at, backup) {
		time_t until = (time_t)json_integer_value(json_object_get(backup, "until"));
		char day[16] = "";
		struct tm parts;
		strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&until, &parts));
		printf("the backup %s holds them until it is deleted, which is due on %s\n",
			json_string_value(json_object_get(backup, "path")), day);
	}
}

static int say_member(const struct erasing *erasing, const json_t *outcome)
{
	const char *refusal = json_string_value(json_object_get(outcome, "refusal"));
	if (json_is_true(json_object_get(outcome, "done"))) {
		printf("%s %s erased in server %s%s\n", erasing->member,
			erasing->dry_run ? "would be" : "is", erasing->guild,
			erasing->dry_run ? "; nothing was changed" : "");
		name_backups(outcome);
		return CTL_DONE;
	}
	return fail(refusal && strcmp(refusal, "open") == 0
			    ? "a game of theirs is open; it ends by itself within minutes"
			    : "nothing is kept of that member there");
}

static int erase_member(const struct erasing *erasing)
{
	char *why = NULL;
	if (db_exec(erasing->ctx, erasing->conn, "BEGIN", NULL, &why))
		return fail(why);
	PGresult *result = ask(erasing, "erase_member");
	if (!result)
		return CTL_FAILED;
	json_t *outcome = json_loads(PQgetvalue(result, 0, 0), 0, NULL);
	PQclear(result);
	const char *end = erasing->dry_run ? "ROLLBACK" : "COMMIT";
	int status = db_exec(erasing->ctx, erasing->conn, end, NULL, &why)
			     ? fail(why)
			     : say_member(erasing, outcome);
	json_decref(outcome);
	return status;
}

/* ---- A server */

/* On a terminal the operator says again which server. */
static bool is_confirmed(const struct erasing *erasing)
{
	char line[64] = "";
	if (!isatty(STDIN_FILENO))
		return true;
	fprintf(stderr, "Everything of the server goes: members, ledger, settings. Its id again: ");
	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return strcmp(line, erasing->guild) == 0;
}

static int erase_guild(const struct erasing *erasing)
{
	struct progress_line progress;
	const atomic_int *interrupted = interrupt_watch();
	int64_t total = 0, rows = 1;
	if (!is_confirmed(erasing))
		return fail("that is not its id");
	progress_begin(&progress, false);
	for (; rows > 0 && !*interrupted; total += rows) {
		PGresult *result = ask(erasing, "erase_guild");
		if (!result)
			return CTL_FAILED;
		rows = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		PQclear(result);
		progress_say(&progress, "rows", total, 0);
	}
	progress_end(&progress);
	if (rows > 0)
		return fail("interrupted: the same call goes on");
	if (total == 0)
		return fail("nothing is kept of that server");
	printf("server %s is erased: %" PRId64 " rows\n", erasing->guild, total);
	return CTL_DONE;
}

static int erase(struct erasing *erasing)
{
	char *why = NULL;
	if (store_session_enter(erasing->ctx, erasing->conn, &why))
		return fail(why);
	return erasing->member ? erase_member(erasing) : erase_guild(erasing);
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct erasing erasing = {.ctx = ctx};
	struct snowflake id;
	const struct argument rows[] = {
		{"guild", "ID", "the server", .text = &erasing.guild},
		{"member", "ID", "that member alone", .text = &erasing.member},
		{.name = "dry-run",
			.description = "of a member: say whether it can be done, and do nothing",
			.on = &erasing.dry_run},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "--guild ID [--member ID] [--dry-run]",
		.description =
			"Forgets a member of a server: their rows go, or lose their id, name and "
			"seeds. What others'\nledgers need stays with a nameless account, and what "
			"was posted in Discord stays there. A\nkeyed hash is kept for 90 days: who "
			"comes back within them starts at 0, without the daily\ngift for a day and "
			"without rewards up to the level they had. Refused while a game of theirs "
			"is\nopen. Names the backups that still hold them.\n\nWithout --member "
			"everything of the server goes, its settings too; on a terminal it asks "
			"first.\nReads DATABASE_URL.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		arguments_id(&arguments, "guild", erasing.guild, true, &id);
		arguments_id(&arguments, "member", erasing.member, false, &id);
		if (erasing.dry_run && !erasing.member)
			arguments_fault(&arguments, "--dry-run: is for --member");
		status = arguments_are_bad(&arguments) ? CTL_USAGE
						       : settings_connect(ctx, &erasing.conn);
		if (erasing.conn) {
			status = erase(&erasing);
			PQfinish(erasing.conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_erase = {"erase", "forget a member, or a server", run};
