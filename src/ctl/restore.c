/* besacectl restore, verify-backup: a backup becomes a database again, to stay or to be looked at.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "backup_file.h"
#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/query.h"
#include "check.h"
#include "interrupt.h"
#include "pg_child.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"

struct restoring {
	void *ctx;
	PGconn *conn; /* the database that the file goes into */
	const char *path, *what; /* "restore" */
	json_t *manifest;
};

static int fail(const struct restoring *restoring, const char *why)
{
	ctl_say("cannot %s: %s", restoring->what, why);
	return CTL_FAILED;
}

static int open_file(struct restoring *restoring)
{
	char *why = NULL;
	if (backup_file_open(restoring->ctx, restoring->path, &restoring->manifest, &why))
		return fail(restoring, why);
	int64_t migration = json_integer_value(json_object_get(restoring->manifest, "migration"));
	if (migration <= migrate_newest())
		return CTL_DONE;
	return fail(restoring,
		must(talloc_asprintf(restoring->ctx,
			"it was made at migration %" PRId64 " by version %s; this program knows %d",
			migration,
			json_string_value(json_object_get(restoring->manifest, "program")),
			migrate_newest())));
}

static enum status copy_in(const struct restoring *restoring, char **out_why)
{
	struct progress_line progress;
	char *database =
		must(talloc_asprintf(restoring->ctx, "--dbname=%s", PQdb(restoring->conn)));
	const char *const argv[] = {"pg_restore", "--no-owner", "--no-privileges", "--no-password",
		"--exit-on-error", "--single-transaction", database, restoring->path, NULL};
	const struct pg_child child = {.ctx = restoring->ctx,
		.conn = restoring->conn,
		.argv = argv,
		.interrupted = interrupt_watch(),
		.progress = &progress,
		.what = "restoring bytes",
		.reading = restoring->path,
		.total = json_integer_value(json_object_get(restoring->manifest, "bytes"))};
	ctl_say("restoring %lld bytes of %s",
		json_integer_value(json_object_get(restoring->manifest, "bytes")),
		json_string_value(json_object_get(restoring->manifest, "made_at")));
	progress_begin(&progress, false);
	enum status status = pg_child_run(&child, out_why);
	progress_end(&progress);
	return status;
}

static void ignore(void *arg, const char *name)
{
	(void)arg;
	(void)name;
}

/* Whether the database has as much of everything as the file says. */
static int compare(const struct restoring *restoring)
{
	const json_t *wanted = json_object_get(restoring->manifest, "counts");
	char *why = NULL, *found;
	PGresult *row;
	if (db_exec(restoring->ctx, restoring->conn,
		    must(query_find(restoring->ctx, "backup_counts")), &row, &why))
		return fail(restoring, why);
	json_t *counts = json_loads(PQgetvalue(row, 0, 1), 0, NULL);
	PQclear(row);
	found = json_equal(counts, wanted) ? NULL : json_dumps(counts, JSON_COMPACT);
	json_decref(counts);
	if (!found)
		return CTL_DONE;
	why = must(talloc_asprintf(restoring->ctx, "it holds %s, and not what it says", found));
	free(found);
	return fail(restoring, why);
}

/* The file into the database, which is empty; then all that is proved of one. */
static int fill(const struct restoring *restoring)
{
	char *why = NULL;
	if (copy_in(restoring, &why) ||
		migrate_apply(restoring->ctx, restoring->conn, ignore, NULL, &why))
		return fail(restoring, why);
	if (store_session_enter(restoring->ctx, restoring->conn, &why))
		return fail(restoring, why);
	if (json_is_true(json_object_get(restoring->manifest, "as_migrated")) &&
		db_exec(restoring->ctx, restoring->conn,
			must(query_find(restoring->ctx, "restore_catalogue")), NULL, &why))
		return fail(restoring, why);
	int status = compare(restoring);
	return status ? status : check_run(restoring->ctx, restoring->conn, NULL);
}

/* ---- restore */

static int restore(struct restoring *restoring)
{
	char *why = NULL;
	PGresult *row;
	int status = open_file(restoring);
	if (status)
		return status;
	if (db_exec(restoring->ctx, restoring->conn,
		    must(query_find(restoring->ctx, "restore_look")), &row, &why))
		return fail(restoring, why);
	char *there = must(talloc_strdup(restoring->ctx, PQgetvalue(row, 0, 0)));
	PQclear(row);
	if (*there)
		return fail(restoring, must(talloc_asprintf(restoring->ctx,
					       "the database is not empty: it holds %s", there)));
	status = fill(restoring);
	if (!status)
		printf("%s is restored; besacectl migrate --roles SERVICE,READER grants again\n",
			restoring->path);
	return status;
}

/* ---- verify-backup */

/* A connection to DATABASE of the same cluster, as CONN. */
static PGconn *connect_other(void *ctx, PGconn *conn, const char *database)
{
	PQconninfoOption *options = must(PQconninfo(conn));
	const char *keywords[64], *values[64];
	size_t count = 0;
	for (const PQconninfoOption *option = options; option->keyword && count < 63; option++) {
		bool is_database = strcmp(option->keyword, "dbname") == 0;
		if (!is_database && (!option->val || !*option->val))
			continue;
		keywords[count] = option->keyword;
		values[count++] = is_database ? database : option->val;
	}
	keywords[count] = values[count] = NULL;
	PGconn *other = must(PQconnectdbParams(keywords, values, 0));
	PQconninfoFree(options);
	char *why = NULL;
	if (PQstatus(other) == CONNECTION_OK &&
		db_exec(ctx, other, "SET TimeZone = 'UTC'", NULL, &why) == STATUS_OK)
		return other;
	PQfinish(other);
	return NULL;
}

static int verify_in(struct restoring *restoring, PGconn *conn, const char *database)
{
	struct restoring other = *restoring;
	other.conn = connect_other(restoring->ctx, conn, database);
	if (!other.conn)
		return fail(restoring, "the scratch database cannot be reached");
	int status = fill(&other);
	PQfinish(other.conn);
	return status;
}

static int verify(struct restoring *restoring)
{
	char *why = NULL, name[40];
	int status = open_file(restoring);
	if (status)
		return status;
	snprintf(name, sizeof(name), "besace_verify_%08x%08x", randombytes_random(),
		randombytes_random());
	if (db_exec(restoring->ctx, restoring->conn,
		    must(talloc_asprintf(restoring->ctx,
			    "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'", name)),
		    NULL, &why))
		return fail(restoring,
			must(talloc_asprintf(restoring->ctx,
				"a scratch database cannot be made (the role needs CREATEDB): %s",
				why)));
	status = verify_in(restoring, restoring->conn, name);
	if (db_exec(restoring->ctx, restoring->conn,
		    must(talloc_asprintf(restoring->ctx, "DROP DATABASE %s WITH (FORCE)", name)),
		    NULL, &why))
		return fail(restoring,
			must(talloc_asprintf(restoring->ctx,
				"the scratch database %s stays; drop it: %s", name, why)));
	if (!status)
		printf("%s: it restores, and every LC in it is explained\n", restoring->path);
	return status;
}

/* ---- Both */

static int run_with(int argc, char **argv, const char *what, const char *description,
	int (*act)(struct restoring *restoring))
{
	void *ctx = must(talloc_new(NULL));
	struct restoring restoring = {.ctx = ctx, .what = what};
	struct arguments arguments = {
		.ctx = ctx, .synopsis = "FILE", .description = description, .operands_max = 1};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		if (arguments.operand_count == 0)
			arguments_fault(&arguments, "FILE: is required");
		else
			restoring.path = arguments.operands[0];
		status = arguments_are_bad(&arguments) ? CTL_USAGE
						       : settings_connect(ctx, &restoring.conn);
		if (restoring.conn) {
			status = act(&restoring);
			PQfinish(restoring.conn);
		}
		json_decref(restoring.manifest);
	}
	talloc_free(ctx);
	return status;
}

static int run_restore(int argc, char **argv)
{
	return run_with(argc, argv, "restore",
		"Reads FILE, which besacectl backup wrote, into the database of DATABASE_URL, "
		"which must "
		"be\nempty; brings it to this program's schema and ends in besacectl check. One "
		"transaction: what\nis cut short leaves the database empty. Needs pg_restore.",
		restore);
}

static int run_verify(int argc, char **argv)
{
	return run_with(argc, argv, "verify",
		"Restores FILE into a scratch database other that of DATABASE_URL, runs besacectl "
		"check "
		"there,\ncompares what it holds with what FILE says, and drops it. The role needs "
		"CREATEDB. Needs\npg_restore.",
		verify);
}

const struct subcommand subcommand_restore = {
	"restore", "read a backup into an empty database", run_restore};
const struct subcommand subcommand_verify_backup = {
	"verify-backup", "prove that a backup can be restored", run_verify};
