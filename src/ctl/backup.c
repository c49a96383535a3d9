/* besacectl backup: writes the whole database into one file. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "backup_file.h"
#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/migrate.h"
#include "besace/store/query.h"
#include "interrupt.h"
#include "pg_child.h"
#include "settings.h"
#include "store_session.h"
#include "subcommands.h"
#include "version.h"

/* Days after which the file is to be deleted, by default. */
#define KEEP_DAYS 90
#define KEEP_DAYS_MAX 3650

struct backup {
	void *ctx;
	PGconn *conn;
	const char *path;
	char *part; /* the file while it is written */
	char *snapshot;
	json_t *manifest;
	int64_t keep_days;
};

static int fail(const char *why)
{
	ctl_say("cannot back up: %s", why);
	return CTL_FAILED;
}

/* The snapshot that pg_dump will read, and what is in it. */
static enum status take_snapshot(struct backup *backup, char **out_why)
{
	PGresult *row;
	enum status status = db_exec(backup->ctx, backup->conn,
		"SET idle_in_transaction_session_timeout = 0; "
		"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
		NULL, out_why);
	if (!status)
		status = db_exec(backup->ctx, backup->conn,
			must(query_find(backup->ctx, "backup_counts")), &row, out_why);
	if (status)
		return status;
	char now[32];
	time_t at = time(NULL);
	struct tm parts;
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &parts));
	backup->snapshot = must(talloc_strdup(backup->ctx, PQgetvalue(row, 0, 0)));
	backup->manifest = json_pack("{s:i, s:s, s:i, s:s, s:o}", "version", 1, "program",
		BESACE_VERSION, "migration", migrate_newest(), "made_at", now, "counts",
		json_loads(PQgetvalue(row, 0, 1), 0, NULL));
	json_object_set_new(
		backup->manifest, "as_migrated", json_boolean(PQgetvalue(row, 0, 2)[0] == 't'));
	PQclear(row);
	return STATUS_OK;
}

static enum status dump(struct backup *backup, char **out_why)
{
	struct progress_line progress;
	char *snapshot = must(talloc_asprintf(backup->ctx, "--snapshot=%s", backup->snapshot));
	char *file = must(talloc_asprintf(backup->ctx, "--file=%s", backup->part));
	const char *const argv[] = {
		"pg_dump", "--format=custom", "--no-password", snapshot, file, NULL};
	const struct pg_child child = {.ctx = backup->ctx,
		.conn = backup->conn,
		.argv = argv,
		.interrupted = interrupt_watch(),
		.progress = &progress,
		.what = "bytes",
		.growing = backup->part};
	progress_begin(&progress, false);
	enum status status = pg_child_run(&child, out_why);
	progress_end(&progress);
	return status;
}

/* Notes the file, so that erasing a member can name it. */
static void record(struct backup *backup)
{
	char days[24], *why = NULL;
	char *path = realpath(backup->path, NULL);
	snprintf(days, sizeof(days), "%" PRId64, backup->keep_days);
	const struct db_named_query query = {"backup_record",
		must(query_find(backup->ctx, "backup_record")),
		{{"path", path ? path : backup->path}, {"days", days}}};
	if (db_exec(backup->ctx, backup->conn, "COMMIT", NULL, &why) ||
		db_exec_query(backup->ctx, backup->conn, &query, NULL, &why))
		ctl_say("the backup is made; it could not be noted, so that erasing a member will "
			"not name it: %s",
			why);
	free(path);
}

static void say_done(const struct backup *backup)
{
	const json_t *counts = json_object_get(backup->manifest, "counts");
	printf("%s: %lld bytes; %lld members, %lld transactions; it is to be deleted after %" PRId64
	       " days\n",
		backup->path, json_integer_value(json_object_get(backup->manifest, "bytes")),
		json_integer_value(json_object_get(counts, "users")),
		json_integer_value(json_object_get(counts, "transactions")), backup->keep_days);
}

static int make(struct backup *backup)
{
	char *why = NULL;
	if (store_session_enter(backup->ctx, backup->conn, &why) || take_snapshot(backup, &why) ||
		dump(backup, &why) ||
		backup_file_seal(backup->ctx, backup->part, backup->manifest, &why)) {
		unlink(backup->part);
		return fail(why);
	}
	/* Never in the place of another: link fails where rename would not. */
	if (link(backup->part, backup->path) < 0) {
		why = must(talloc_asprintf(backup->ctx, "%s: %s", backup->path, strerror(errno)));
		unlink(backup->part);
		return fail(why);
	}
	unlink(backup->part);
	record(backup);
	say_done(backup);
	return CTL_DONE;
}

static int begin(struct backup *backup)
{
	struct stat there;
	backup->part = must(talloc_asprintf(backup->ctx, "%s.part", backup->path));
	if (lstat(backup->path, &there) == 0)
		return fail(
			must(talloc_asprintf(backup->ctx, "%s: is there already", backup->path)));
	umask(0077); /* it holds everything */
	unlink(backup->part); /* of a call that was cut short */
	int status = make(backup);
	json_decref(backup->manifest);
	return status;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	const char *days = NULL;
	struct backup backup = {.ctx = ctx, .keep_days = KEEP_DAYS};
	const struct argument rows[] = {
		{"keep-days", "N",
			"days after which you delete the file (90); until then erasing a\n"
			"member names it",
			.text = &days},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "FILE [--keep-days N]",
		.description =
			"Writes the whole database into FILE, which must not be there: an archive "
			"of pg_dump's, which\npg_restore reads too, and behind it a line that says "
			"version, counts and checksum. From one\nsnapshot, while the service runs. "
			"besacectl verify-backup proves it, restore reads it. Reads\nDATABASE_URL; "
			"needs pg_dump.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		char *end = NULL;
		if (arguments.operand_count == 0)
			arguments_fault(&arguments, "FILE: is required");
		else
			backup.path = arguments.operands[0];
		if (days)
			backup.keep_days = strtoll(days, &end, 10);
		if (days && (*end || backup.keep_days < 1 || backup.keep_days > KEEP_DAYS_MAX))
			arguments_fault(&arguments,
				"--keep-days: must be a number from 1 to %d, got \"%s\"",
				KEEP_DAYS_MAX, days);
		status = arguments_are_bad(&arguments) ? CTL_USAGE
						       : settings_connect(ctx, &backup.conn);
		if (backup.conn) {
			status = begin(&backup);
			PQfinish(backup.conn);
		}
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_backup = {"backup", "write the database into a file", run};
