/* besacectl check: proves the ledger and the constraints. */
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/store/build.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/query.h"
#include "check.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"

/* Each returns rows of a guild, a member and a sentence; without a guild it is a table. */
static const struct audit {
	const char *name;
	const char *means; /* for members */
	const char *todo; /* for the operator */
} audits[] = {
	{"audit_ledger",
		"their balance is not what its movements add up to: LC came or went untold",
		"find the change (besacectl member ID --guild ID has the last movements), then "
		"give "
		"or take the difference with /admin lc: nothing repairs money by itself"},
	{"audit_members", "their level is not that of their XP, or a figure is impossible",
		"besacectl check --repair sets levels anew; an impossible figure comes from "
		"outside "
		"of Besace: restore it from a backup"},
	{"audit_bags", "they have items or multipliers that nobody can have",
		"the row was written from outside of Besace: correct it in user_inventory or "
		"active_multipliers"},
	{"audit_orphans", "rows belong to nobody; who they were sees nothing of them",
		"a constraint was dropped: besacectl check --repair frees stakes of games that are "
		"gone; delete other rows, or restore the member from a backup"},
	{"audit_stakes", "a stake was taken and is neither in a game nor paid, or was paid twice",
		"give or take it with /admin lc; besacectl check --repair only frees who is held "
		"by "
		"a game that is gone"},
	{"audit_acts", "what an administrator's act says is not what the ledger has",
		"the ledger counts; the row was changed from outside of Besace"},
	{"audit_leaderboard", "ranks are shown that are not theirs",
		"besacectl check --repair counts the leaderboards anew"},
	{"audit_ranked", "they stand at another place of a leaderboard than is theirs",
		"besacectl check --repair asks for it, and besace does it within a minute"},
	{"audit_catalogue", "nothing yet; but what keeps the rules is gone",
		"a constraint, index or trigger was changed from outside of Besace: restore it as "
		"the migration in sql/migrations makes it"},
};

/* All audits see the database at one moment: the service may go on meanwhile. */
#define BEGIN_SNAPSHOT "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

static int fail(const char *why)
{
	ctl_say("cannot check: %s", why);
	return CTL_FAILED;
}

/* Runs SQL, the query NAME, for GUILD (NULL: all). NULL when it failed, which has been said. */
static PGresult *ask(void *ctx, PGconn *conn, const char *name, const char *sql, const char *guild)
{
	char *why;
	PGresult *result;
	const struct db_named_query query = {name, sql, {{"guild_id", guild}}};
	if (db_exec_query(ctx, conn, &query, &result, &why) == STATUS_OK)
		return result;
	ctl_say("cannot check (%s): %s", name, why);
	return NULL;
}

/* The query NAME as a table of what it finds in one guild or in all: up to the semicolon that ends
 * it, behind which comments may stand. */
static char *audit_sql(void *ctx, const char *name)
{
	const char *sql = must(query_find(ctx, name));
	const char *end = strstr(sql, ";\n");
	return must(talloc_asprintf(ctx,
		"SELECT * FROM (%.*s) AS found (guild_id, subject, fault)"
		" WHERE $guild_id::varchar IS NULL OR guild_id IS NULL OR guild_id = $guild_id"
		" ORDER BY guild_id NULLS LAST, subject, fault",
		end ? (int)(end - sql) : (int)strlen(sql), sql));
}

/* What was found, in words: once, behind the rows of one kind. */
static void explain(const struct audit *audit)
{
	fflush(stdout);
	ctl_say("for members: %s", audit->means);
	ctl_say("what to do: %s", audit->todo);
}

/* Prints what one audit found, adding to *faults. */
static bool run_audit(
	void *ctx, PGconn *conn, const struct audit *audit, const char *guild, long *faults)
{
	PGresult *result = ask(ctx, conn, audit->name, audit_sql(ctx, audit->name), guild);
	if (!result)
		return false;
	for (int row = 0; row < PQntuples(result); row++) {
		const char *subject = PQgetvalue(result, row, 1);
		if (PQgetisnull(result, row, 0))
			printf("%s: %s\n", subject, PQgetvalue(result, row, 2));
		else
			printf("%s: in guild %s, %s\n", subject, PQgetvalue(result, row, 0),
				PQgetvalue(result, row, 2));
	}
	if (PQntuples(result) > 0)
		explain(audit);
	*faults += PQntuples(result);
	PQclear(result);
	return true;
}

static int summarise(void *ctx, PGconn *conn, const char *guild, long faults)
{
	if (faults > 0) {
		ctl_say("%ld fault%s found", faults, faults == 1 ? "" : "s");
		return CTL_FAILED;
	}
	PGresult *result =
		ask(ctx, conn, "audit_counts", must(query_find(ctx, "audit_counts")), guild);
	if (!result)
		return CTL_FAILED;
	const char *members = PQgetvalue(result, 0, 0), *entries = PQgetvalue(result, 0, 1);
	printf("%s member%s, %s transaction%s: every LC is explained\n", members,
		strcmp(members, "1") == 0 ? "" : "s", entries,
		strcmp(entries, "1") == 0 ? "" : "s");
	PQclear(result);
	return CTL_DONE;
}

static int prove(void *ctx, PGconn *conn, const char *guild, long *faults)
{
	char *why = NULL;
	enum schema schema;
	if (migrate_look(ctx, conn, &schema, &why))
		return fail(why);
	if (schema != SCHEMA_CURRENT)
		return fail(
			must(talloc_asprintf(ctx, "the schema is not this program's: %s", why)));
	if (build_enter(ctx, conn, &why))
		return fail(why);
	for (size_t i = 0; i < ARRAY_LEN(audits); i++)
		if (!run_audit(ctx, conn, &audits[i], guild, faults)) {
			*faults = 0; /* not all of them: no result */
			return CTL_FAILED;
		}
	return summarise(ctx, conn, guild, *faults);
}

/* Keeps what was found, for the metrics of the service. A database that only lets itself be read
 * has been checked all the same. */
static void keep(void *ctx, PGconn *conn, long faults)
{
	char text[24], *why;
	snprintf(text, sizeof(text), "%ld", faults);
	const struct db_named_query query = {
		"check_keep", must(query_find(ctx, "check_keep")), {{"faults", text}}};
	if (db_exec_query(ctx, conn, &query, NULL, &why))
		ctl_say("the result could not be kept for the metrics: %s", why);
}

int check_run(void *ctx, PGconn *conn, const char *guild)
{
	char *why = NULL;
	if (db_exec(ctx, conn, BEGIN_SNAPSHOT, NULL, &why))
		return fail(why);
	long faults = 0;
	int status = prove(ctx, conn, guild, &faults);
	enum status ended = db_exec(ctx, conn, "ROLLBACK", NULL, &why);
	if (ended && !status)
		return fail(why);
	if (!ended && !guild && (!status || faults > 0))
		keep(ctx, conn, faults);
	return status;
}

/* ---- Repairs */

static bool run_repair(void *ctx, PGconn *conn, const char *name, const char *guild, bool dry_run)
{
	PGresult *result = ask(ctx, conn, name, must(query_find(ctx, name)), guild);
	if (!result)
		return false;
	for (int row = 0; row < PQntuples(result); row++)
		printf("%s %s: in guild %s, %s\n", dry_run ? "would repair" : "repaired",
			PQgetvalue(result, row, 1), PQgetvalue(result, row, 0),
			PQgetvalue(result, row, 2));
	PQclear(result);
	return true;
}

/* Derives anew what can be, all of it in one transaction. */
static int repair(void *ctx, PGconn *conn, const char *guild, bool dry_run)
{
	static const char *const repairs[] = {
		"repair_levels", "repair_escrow", "repair_leaderboard"};
	char *why = NULL;
	if (store_session_enter(ctx, conn, &why) || db_exec(ctx, conn, "BEGIN", NULL, &why))
		return fail(why);
	for (size_t i = 0; i < ARRAY_LEN(repairs); i++)
		if (!run_repair(ctx, conn, repairs[i], guild, dry_run))
			return CTL_FAILED; /* the transaction goes with the connection */
	if (db_exec(ctx, conn, dry_run ? "ROLLBACK" : "COMMIT", NULL, &why))
		return fail(why);
	return CTL_DONE;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *guild = NULL;
	bool repairs = false, dry_run = false;
	struct snowflake id;
	const struct argument rows[] = {
		{"guild", "ID", "look at this guild only", .text = &guild},
		{.name = "repair",
			.description = "first derive anew what follows from something else:\n"
				       "levels, leaderboards, stakes held by games that are\n"
				       "gone; never money",
			.on = &repairs},
		{.name = "dry-run",
			.description = "of --repair: say what would be done, and do nothing",
			.on = &dry_run},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[--guild ID] [--repair [--dry-run]]",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.description =
			"Proves that 25 LC plus what came in minus what went out is the balance "
			"of every member\nof every guild, that levels follow XP, and that all "
			"constraints and triggers are in place.\nPrints a line for each fault, "
			"MEMBER_ID: in guild GUILD_ID, what is wrong, and exits 1 if\nthere is "
			"any; what it means and what to do stands on standard error. Reads "
			"DATABASE_URL, changes\nnothing without --repair but what it keeps for the "
			"metrics,\nand is right while the "
			"service runs. Repairs are written down in\nbesace_repairs.",
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		arguments_id(&arguments, "guild", guild, false, &id);
		if (dry_run && !repairs)
			arguments_fault(&arguments, "--dry-run: is for --repair");
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn && repairs)
			status = repair(ctx, conn, guild, dry_run);
		if (conn && !status)
			status = check_run(ctx, conn, guild);
		PQfinish(conn);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_check = {"check", "prove the ledger and the constraints", run};
