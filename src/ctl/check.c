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
#include "settings.h"
#include "subcommands.h"

/* Each returns rows of a guild, a member and a sentence; without a guild it is a table. */
static const char *const audits[] = {"audit_ledger", "audit_members", "audit_bags", "audit_orphans",
	"audit_stakes", "audit_acts", "audit_leaderboard", "audit_activity", "audit_catalogue"};

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

/* Prints what one audit found, adding to *faults. */
static bool audit(void *ctx, PGconn *conn, const char *name, const char *guild, long *faults)
{
	PGresult *result = ask(ctx, conn, name, audit_sql(ctx, name), guild);
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

static int check(void *ctx, PGconn *conn, const char *guild)
{
	char *why = NULL;
	enum schema schema;
	if (db_exec(ctx, conn, BEGIN_SNAPSHOT, NULL, &why) ||
		migrate_look(ctx, conn, &schema, &why))
		return fail(why);
	if (schema != SCHEMA_CURRENT)
		return fail(
			must(talloc_asprintf(ctx, "the schema is not this program's: %s", why)));
	if (build_enter(ctx, conn, &why))
		return fail(why);
	long faults = 0;
	for (size_t i = 0; i < ARRAY_LEN(audits); i++)
		if (!audit(ctx, conn, audits[i], guild, &faults))
			return CTL_FAILED;
	return summarise(ctx, conn, guild, faults);
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *guild = NULL;
	struct snowflake id;
	const struct argument rows[] = {
		{"guild", "ID", "look at this guild only", .text = &guild},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[--guild ID]",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.description =
			"Proves that 25 LC plus what came in minus what went out is the balance "
			"of every member\nof every guild, that levels follow XP, and that all "
			"constraints and triggers are in place.\nPrints a line for each fault, "
			"MEMBER_ID: in guild GUILD_ID, what is wrong, and exits 1 if\nthere is "
			"any. Reads DATABASE_URL, changes nothing, and is right while the service "
			"runs.",
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		if (guild && !snowflake_parse(guild, &id))
			arguments_fault(
				&arguments, "--guild: must be a Discord id, got \"%s\"", guild);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = check(ctx, conn, guild);
			PQfinish(conn); /* the snapshot goes with it */
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_check = {"check", "prove the ledger and the constraints", run};
