/* Applies the migrations and routines that are compiled in. */
#include "besace/store/migrate.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/sql_files.h"

/* The advisory lock that replicas take turns on: "besace" in ASCII. */
#define LOCK "108170603487077"

/* The version under which the routines' checksum is recorded. */
#define ROUTINES "0"

#define CREATE_HISTORY                                                                             \
	"CREATE TABLE IF NOT EXISTS besace_migrations ("                                           \
	"version INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, checksum CHAR(64) NOT NULL, "    \
	"applied_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'))"

struct checksum {
	char hex[2 * crypto_hash_sha256_BYTES + 1];
};

static void checksum_end(crypto_hash_sha256_state *state, struct checksum *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_final(state, hash);
	sodium_bin2hex(out->hex, sizeof(out->hex), hash, sizeof(hash));
}

static void checksum_add(crypto_hash_sha256_state *state, const char *text)
{
	crypto_hash_sha256_update(state, (const unsigned char *)text, strlen(text));
}

static void checksum_of(const char *text, struct checksum *out)
{
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	checksum_add(&state, text);
	checksum_end(&state, out);
}

static bool is_in(const struct sql_file *file, const char *folder)
{
	return strncmp(file->path, folder, strlen(folder)) == 0;
}

/* All routines together: their names are part of their texts. */
static void routines_checksum(struct checksum *out)
{
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	for (const struct sql_file *file = sql_files; file->path; file++)
		if (is_in(file, "routines/"))
			checksum_add(&state, file->text);
	checksum_end(&state, out);
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

/* Compares one row of the history (version, name, checksum) with what is compiled in. */
static bool is_refused(void *ctx, const PGresult *history, int row, char **out_why)
{
	int version = atoi(PQgetvalue(history, row, 0));
	const struct sql_file *file = find_migration(version);
	if (!file) {
		*out_why = must(talloc_asprintf(ctx,
			"the database is at migration %d (%s), newer than this program (%d): use "
			"a program at least as new",
			version, PQgetvalue(history, row, 1), migrate_newest()));
		return true;
	}
	struct checksum expected;
	checksum_of(file->text, &expected);
	if (strcmp(expected.hex, PQgetvalue(history, row, 2)) == 0)
		return false;
	*out_why = must(talloc_asprintf(ctx,
		"migration %d (%s) was applied with other contents than this program's: its "
		"history was changed",
		version, PQgetvalue(history, row, 1)));
	return true;
}

/* Reads the whole history; sets the schema and how many migrations are in place. */
static void judge_history(void *ctx, const PGresult *history, enum schema *out, char **out_why)
{
	struct checksum routines;
	routines_checksum(&routines);
	int applied = 0;
	bool routines_current = false;
	for (int row = 0; row < PQntuples(history); row++) {
		if (strcmp(PQgetvalue(history, row, 0), ROUTINES) == 0) {
			routines_current = strcmp(routines.hex, PQgetvalue(history, row, 2)) == 0;
			continue;
		}
		if (is_refused(ctx, history, row, out_why)) {
			*out = SCHEMA_REFUSED;
			return;
		}
		applied++;
	}
	int pending = 0;
	for (const struct sql_file *file = sql_files; file->path; file++)
		pending += is_in(file, "migrations/");
	pending -= applied;
	*out = pending == 0 && routines_current ? SCHEMA_CURRENT : SCHEMA_BEHIND;
	if (*out == SCHEMA_BEHIND)
		*out_why = must(talloc_asprintf(ctx, "%d migrations are pending%s", pending,
			routines_current ? "" : ", and the routines are not this program's"));
}

enum status migrate_look(void *ctx, PGconn *conn, enum schema *out, char **out_why)
{
	bool has_history;
	enum status status = has_relation(ctx, conn, "besace_migrations", &has_history, out_why);
	if (status)
		return status;
	if (!has_history)
		return look_at_fresh(ctx, conn, out, out_why);
	PGresult *history;
	status = db_exec(ctx, conn,
		"SELECT version, name, checksum FROM besace_migrations ORDER BY version DESC",
		&history, out_why);
	if (status)
		return status;
	judge_history(ctx, history, out, out_why);
	PQclear(history);
	return STATUS_OK;
}

static enum status record(void *ctx, PGconn *conn, const char *version, const char *name,
	const struct checksum *checksum, char **out_why)
{
	const char *params[] = {version, name, checksum->hex};
	return db_exec_params(ctx, conn,
		"INSERT INTO besace_migrations (version, name, checksum) VALUES ($1, $2, $3) "
		"ON CONFLICT (version) DO UPDATE SET checksum = excluded.checksum, "
		"applied_at = excluded.applied_at",
		3, params, NULL, out_why);
}

/* Runs the texts of FILES that are in FOLDER and are VERSION (any when negative), and records
 * them, in one transaction. */
static enum status apply_unit(void *ctx, PGconn *conn, const char *folder, int version,
	const char *name, const struct checksum *checksum, char **out_why)
{
	enum status status = db_exec(ctx, conn, "BEGIN", NULL, out_why);
	for (const struct sql_file *file = sql_files; file->path && !status; file++)
		if (is_in(file, folder) && (version < 0 || version_of(file) == version))
			status = db_exec(ctx, conn, file->text, NULL, out_why);
	char *number = must(talloc_asprintf(ctx, "%d", version < 0 ? 0 : version));
	if (!status)
		status = record(ctx, conn, number, name, checksum, out_why);
	if (!status)
		return db_exec(ctx, conn, "COMMIT", NULL, out_why);
	char *ignored;
	if (db_exec(ctx, conn, "ROLLBACK", NULL, &ignored))
		status = STATUS_UNKNOWN;
	*out_why = must(talloc_asprintf(ctx, "%s: %s", name, *out_why));
	return status;
}

static enum status is_applied(void *ctx, PGconn *conn, const char *version, const char *checksum,
	bool *out, char **out_why)
{
	const char *params[] = {version, checksum};
	PGresult *result;
	enum status status = db_exec_params(ctx, conn,
		"SELECT FROM besace_migrations WHERE version = $1 AND "
		"($2::text IS NULL OR checksum = $2)",
		2, params, &result, out_why);
	if (status)
		return status;
	*out = PQntuples(result) > 0;
	PQclear(result);
	return STATUS_OK;
}

static enum status apply_migration(void *ctx, PGconn *conn, const struct sql_file *file,
	migrate_step_fn *step, void *arg, char **out_why)
{
	char *version = must(talloc_asprintf(ctx, "%d", version_of(file)));
	bool applied;
	enum status status = is_applied(ctx, conn, version, NULL, &applied, out_why);
	if (status || applied)
		return status;
	struct checksum checksum;
	checksum_of(file->text, &checksum);
	char *name = name_of(ctx, file);
	status = apply_unit(ctx, conn, "migrations/", version_of(file), name, &checksum, out_why);
	if (!status && step)
		step(arg, name);
	return status;
}

static enum status apply_routines(
	void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why)
{
	struct checksum checksum;
	routines_checksum(&checksum);
	bool applied;
	enum status status = is_applied(ctx, conn, ROUTINES, checksum.hex, &applied, out_why);
	if (status || applied)
		return status;
	status = apply_unit(ctx, conn, "routines/", -1, "routines", &checksum, out_why);
	if (!status && step)
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
	return status ? status : apply_routines(ctx, conn, step, arg, out_why);
}

enum status migrate_apply(void *ctx, PGconn *conn, migrate_step_fn *step, void *arg, char **out_why)
{
	enum status status = db_exec(ctx, conn, "SELECT pg_advisory_lock(" LOCK ")", NULL, out_why);
	if (status)
		return status;
	status = apply_pending(ctx, conn, step, arg, out_why);
	char *ignored; /* a lock that cannot be released goes with the connection */
	if (db_exec(ctx, conn, "SELECT pg_advisory_unlock(" LOCK ")", NULL, &ignored) && !status)
		status = STATUS_UNKNOWN;
	return status;
}
