/* besacectl check: proves the ledger and the constraints. */
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/query.h"
#include "settings.h"
#include "subcommands.h"

/* Each returns rows of a member (or a constraint) and a sentence. */
static const char *const audits[] = {"audit_ledger", "audit_members", "audit_bags", "audit_orphans",
	"audit_stakes", "audit_acts", "audit_standings", "audit_constraints"};

/* All audits see the database at one moment: the service may go on meanwhile. */
#define BEGIN_SNAPSHOT "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

static int fail(const char *why)
{
	ctl_say("cannot check: %s", why);
	return CTL_FAILED;
}

/* Runs the named query. NULL when it failed, which has been said. */
static PGresult *ask(void *ctx, PGconn *conn, const char *name)
{
	char *why;
	PGresult *result;
	if (db_exec(ctx, conn, must(query_find(ctx, name)), &result, &why) == STATUS_OK)
		return result;
	ctl_say("cannot check (%s): %s", name, why);
	return NULL;
}

/* Prints what one audit found, adding to *faults. */
static bool audit(void *ctx, PGconn *conn, const char *name, long *faults)
{
	PGresult *result = ask(ctx, conn, name);
	if (!result)
		return false;
	for (int row = 0; row < PQntuples(result); row++)
		printf("%s: %s\n", PQgetvalue(result, row, 0), PQgetvalue(result, row, 1));
	*faults += PQntuples(result);
	PQclear(result);
	return true;
}

static int summarise(void *ctx, PGconn *conn, long faults)
{
	if (faults > 0) {
		ctl_say("%ld fault%s found", faults, faults == 1 ? "" : "s");
		return CTL_FAILED;
	}
	PGresult *result = ask(ctx, conn, "audit_counts");
	if (!result)
		return CTL_FAILED;
	const char *members = PQgetvalue(result, 0, 0), *entries = PQgetvalue(result, 0, 1);
	printf("%s member%s, %s transaction%s: every LC is explained\n", members,
		strcmp(members, "1") == 0 ? "" : "s", entries,
		strcmp(entries, "1") == 0 ? "" : "s");
	PQclear(result);
	return CTL_DONE;
}

static int check(void *ctx, PGconn *conn)
{
	char *why = NULL;
	enum schema schema;
	if (db_exec(ctx, conn, BEGIN_SNAPSHOT, NULL, &why) ||
		migrate_look(ctx, conn, &schema, &why))
		return fail(why);
	if (schema != SCHEMA_CURRENT)
		return fail(
			must(talloc_asprintf(ctx, "the schema is not this program's: %s", why)));
	long faults = 0;
	for (size_t i = 0; i < ARRAY_LEN(audits); i++)
		if (!audit(ctx, conn, audits[i], &faults))
			return CTL_FAILED;
	return summarise(ctx, conn, faults);
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "",
		.about =
			"Proves that 25 LC plus what came in minus what went out is the balance "
			"of every member,\nthat levels follow XP, and that all constraints are in "
			"place. Prints a line for each\nfault, MEMBER_ID: what is wrong, and exits "
			"1 if there is any. Reads DATABASE_URL,\nchanges nothing, and is right "
			"while "
			"the service runs.",
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		PGconn *conn = NULL;
		status = arguments_are_bad(&arguments) ? CTL_USAGE : settings_connect(ctx, &conn);
		if (conn) {
			status = check(ctx, conn);
			PQfinish(conn); /* the snapshot goes with it */
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_check = {"check", "prove the ledger and the constraints", run};
