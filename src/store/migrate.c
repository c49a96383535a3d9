/* Applies the migrations that are compiled in, and installs the build's routines. */
#include "besace/store/migrate.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/sql_files.h"
#include "build_install.h"
#include "grants.h"
#include "migration.h"
#include "schema_lock.h"

#define CREATE_HISTORY                                                                             \
	"CREATE TABLE IF NOT EXISTS besace_migrations ("                                           \
	"version INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, checksum CHAR(64) NOT NULL, "    \
	"contracts BOOLEAN NOT NULL DEFAULT true, "                                                \
	"applied_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc')); " CREATE_BUILDS        \
	"; " CREATE_ROLES

struct checksum {
	char hex[2 * crypto_hash_sha256_BYTES + 1];
};

static void checksum_of(const char *text, struct checksum *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
	sodium_bin2hex(out->hex, sizeof(out->hex), hash, sizeof(hash));
}

static bool is_in(const struct sql_file *file, const char *folder)
{
	return strncmp(file->path, folder, strlen(folder)) == 0;
}

/* "migrations/0002_constraints.sql": 2. */
static int version_of(const struct sql_file *file)
{
	return atoi(file->path + strlen("migrations/"));
}

/* "migrations/0002_constraints.sql": "0002_constraints". */
static char *name_of(void *ctx, const struct sql_file *file)
{
	const char *name = strchr(file->path, '/') + 1;
	return must(talloc_strndup(ctx, name, strcspn(name, ".")));
}

int migrate_newest(void)
{
	int newest = 0;
	for (const struct sql_file *file = sql_files; file->path; file++)
		if (is_in(file, "migrations/") && version_of(file) > newest)
			newest = version_of(file);
	return newest;
}

static enum status has_relation(
	void *ctx, PGconn *conn, const char *name, bool *out, char **out_why)
{
	PGresult *result;
	enum status status = db_exec_params(
		ctx, conn, "SELECT to_regclass($1) IS NOT NULL", 1, &name, &result, out_why);
	if (status)
		return status;
	*out = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return STATUS_OK;
}

/* A database without our history must not hold tables of the game: somebody else made them. */
static enum status look_at_fresh(void *ctx, PGconn *conn, enum schema *out, char **out_why)
{
	static const char *const tables[] = {
		"users", "user_inventory", "active_multipliers", "transactions", "game_history"};
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		bool there;
		enum status status = has_relation(ctx, conn, tables[i], &there, out_why);
		if (status)
			return status;
		if (there) {
			*out = SCHEMA_REFUSED;
			*out_why = must(talloc_asprintf(ctx,
				"the database holds a table \"%s\" that Besace did not make; "
				"nothing was changed; use an empty database",
				tables[i]));
			return STATUS_OK;
		}
	}
	*out = SCHEMA_BEHIND;
	*out_why = must(talloc_strdup(ctx, "the database is empty: migrations are pending"));
	return STATUS_OK;
}

static const struct sql_file *find_migration(int version)
{
	for (const struct sql_file *file = sql_files; file->path; file++)
		if (is_in(file, "migrations/") && version_of(file) == version)
			return file;
	return NULL;
}

/* Compares one row of the history (version, name, checksum, contracts) with what is compiled in.
 * What newer builds have added is no matter. */
static bool is_refused(void *ctx, const PGresult *history, int row, char **out_why)
{
	int version = atoi(PQgetvalue(history, row, 0));
	const char *name = PQgetvalue(history, row, 1);
	const struct sql_file *file = find_migration(version);
	if (!file && PQgetvalue(history, row, 3)[0] != 't')
		return false;
	if (!file) {
		*out_why = must(talloc_asprintf(ctx,
			"the database is at migration %d (%s), newer than this program (%d) and "
			"not for it: use a program at least as new",
			version, name, migrate_newest()));
		return true;
	}
	struct checksum expected;
	checksum_of(file->text, &expected);
	if (strcmp(expected.hex, PQgetvalue(history, row, 2)) == 0)
		return false;
	*out_why = must(talloc_asprintf(ctx,
		"migration %d (%s) was applied with other contents than this program's: its "
		"history was changed",
		version, name));
	return true;
}

/* Reads the whole history; sets the schema and, when it is behind, a sentence. */
static void judge_history(
	void *ctx, const PGresult *history, bool has_routines, enum schema *out, char **out_why)
{
	int pending = 0;
	for (const struct sql_file *file = sql_files; file->path; file++)
		pending += is_in(file, "migrations/");
	for (int row = 0; row < PQntuples(history); row++) {
		if (is_refused(ctx, history, row, out_why)) {
			*out = SCHEMA_REFUSED;
			return;
		}
		pending -= find_migration(atoi(PQgetvalue(history, row, 0))) != NULL;
	}
	*out = pending == 0 && has_routines ? SCHEMA_CURRENT : SCHEMA_BEHIND;
	if (*out == SCHEMA_BEHIND)
		*out_why = must(talloc_asprintf(ctx, "%d migrations are pending%s", pending,
			has_routines ? "" : ", and this build's routines are not installed"));
}

/* Names and texts are Unicode; another encoding would lose some of them, or refuse them later. */
static enum status look_at_encoding(void *ctx, PGconn *conn, enum schema *out, char **out_why)
{
	PGresult *result;
	enum status status = db_exec(ctx, conn, "SHOW server_encoding", &result, out_why);
	if (status)
		return status;
	const char *encoding = PQgetvalue(result, 0, 0);
	*out = SCHEMA_CURRENT;
	if (strcmp(encoding, "UTF8") != 0) {
		*out = SCHEMA_REFUSED;
		*out_why = must(talloc_asprintf(ctx,
			"the database's encoding is %s; nothing was changed; use a database made "
			"with ENCODING 'UTF8'",
			encoding));
	}
	PQclear(result);
	return STATUS_OK;
}

static enum status look_at_history(void *ctx, PGconn *conn, enum schema *out, char **out_why)
{
	PGresult *history;
	bool has_routines;
	enum status status = build_look(ctx, conn, &has_routines, out_why);
	if (!status)
		status = db_exec(ctx, conn,
			"SELECT version, name, checksum, contracts FROM besace_migrations "
			"ORDER BY version DESC",
			&history, out_why);
	if (status)
		return status;
	judge_history(ctx, history, has_routines, out, out_why);
	PQclear(history);
	return STATUS_OK;
}

enum status migrate_look(void *ctx, PGconn *conn, enum schema *out, char **out_why)
{
	bool has_history;
	enum status status = look_at_encoding(ctx, conn, out, out_why);
	if (status || *out == SCHEMA_REFUSED)
		return status;
	status = has_relation(ctx, conn, "besace_migrations", &has_history, out_why);
	if (status)
		return status;
	return has_history ? look_at_history(ctx, conn, out, out_why)
			   : look_at_fresh(ctx, conn, out, out_why);
}

/* The owner of the history may apply what is pending; without a history, whoever may create. */
enum status migrate_may(void *ctx, PGconn *conn, bool *out, char **out_why)
{
	PGresult *result;
	enum status status = db_exec(ctx, conn,
		"SELECT has_database_privilege(current_database(), 'CREATE') AND coalesce(("
		"SELECT pg_has_role(relowner, 'USAGE') FROM pg_class "
		"WHERE oid = to_regclass('besace_migrations')), "
		"has_schema_privilege(current_schema(), 'CREATE'))",
		&result, out_why);
	if (status)
		return status;
	*out = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return STATUS_OK;
}

/* ---- Applying */

static enum status is_applied(void *ctx, PGconn *conn, int version, bool *out, char **out_why)
{
	PGresult *result;
	enum status status = db_exec(ctx, conn,
		must(talloc_asprintf(
			ctx, "SELECT FROM besace_migrations WHERE version = %d", version)),
		&result, out_why);
	if (status)
		return status;
	*out = PQntuples(result) > 0;
	PQclear(result);
	return STATUS_OK;
}

static enum status apply_migration(void *ctx, PGconn *conn, const struct sql_file *file,
	migrate_step_fn *step, void *arg, char **out_why)
{
	bool applied, contracts = migration_contracts(file->text);
	enum status status = is_applied(ctx, conn, version_of(file), &applied, out_why);
	if (status || applied)
		return status;
	struct checksum checksum;
	checksum_of(file->text, &checksum);
	char *name = name_of(ctx, file);
	char *record = must(talloc_asprintf(ctx,
		"INSERT INTO besace_migrations (version, name, checksum, contracts) "
		"VALUES (%d, '%s', '%s', %s)",
		version_of(file), name, checksum.hex, contracts ? "true" : "false"));
	/* Views would hold what it wants to drop; they are made anew at the end. */
	if (contracts)
		status = grants_drop_views(ctx, conn, out_why);
	if (!status)
		status = migration_run(ctx, conn, file->text, record, out_why);
	if (status)
		*out_why = must(talloc_asprintf(ctx, "%s: %s", name, *out_why));
	else
		step(arg, name);
	return status;
}

static enum status apply_routines(
	void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why)
{
	bool installed;
	enum status status = build_look(ctx, conn, &installed, out_why);
	if (status || installed)
		return status;
	status = build_install(ctx, conn, out_why);
	if (!status)
		step(arg, "routines");
	return status;
}

/* With the lock held: look again, since another replica may just have done it all. */
static enum status apply_pending(
	void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why)
{
	enum schema schema;
	enum status status = migrate_look(ctx, conn, &schema, out_why);
	if (status || schema == SCHEMA_CURRENT)
		return status;
	if (schema == SCHEMA_REFUSED)
		return STATUS_DENIED;
	status = db_exec(ctx, conn, CREATE_HISTORY, NULL, out_why);
	for (const struct sql_file *file = sql_files; file->path && !status; file++)
		if (is_in(file, "migrations/"))
			status = apply_migration(ctx, conn, file, step, arg, out_why);
	if (!status)
		status = apply_routines(ctx, conn, step, arg, out_why);
	return status ? status : grants_renew(ctx, conn, out_why);
}

enum status migrate_apply(void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why)
{
	enum status status = schema_lock(ctx, conn, out_why);
	if (status)
		return status;
	status = apply_pending(ctx, conn, step, arg, out_why);
	return schema_unlock(ctx, conn, status);
}

enum status migrate_grant(void *ctx, PGconn *conn, const struct roles *roles, char **out_why)
{
	enum status status = schema_lock(ctx, conn, out_why);
	if (status)
		return status;
	status = grants_set(ctx, conn, roles, out_why);
	return schema_unlock(ctx, conn, status);
}

struct schema_version_row {
	bool current;
};
DB_SHAPE(shape_schema_version, DB_FIELD(schema_version_row, current));

void schema_version_call(void *ctx, struct db_call *out)
{
	db_call_begin(ctx, QUERY_SCHEMA_VERSION, out);
	db_set_integer(out, "newest", migrate_newest());
}

enum status schema_version_read(const struct db_rows *rows, bool *out_current)
{
	struct schema_version_row row = {0};
	enum status status = db_row_read(NULL, rows, 0, &shape_schema_version, &row);
	*out_current = row.current;
	return status;
}
