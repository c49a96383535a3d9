/* The schema that this build's routines stand in. */
#include "besace/store/build.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "besace/store/sql_files.h"
#include "build_install.h"
#include "schema_lock.h"

/* "besace" in ASCII. */
#define LOCK "108170603487077"

/* Bytes of the hash that tell one build from another. */
#define HASH_BYTES 6

/* Dropping waits this long for a lock. */
#define DROP_LOCK_TIMEOUT "SET LOCAL lock_timeout = 1000"

static char schema[sizeof("besace_r_") + 2 * HASH_BYTES];

enum status schema_lock(void *ctx, PGconn *conn, char **out_why)
{
	return db_exec(ctx, conn, "SELECT pg_advisory_lock(" LOCK ")", NULL, out_why);
}

enum status schema_unlock(void *ctx, PGconn *conn, enum status status)
{
	char *ignored;
	if (db_exec(ctx, conn, "SELECT pg_advisory_unlock(" LOCK ")", NULL, &ignored) && !status)
		return STATUS_UNKNOWN;
	return status;
}

static bool is_routine(const struct sql_file *file)
{
	return strncmp(file->path, "routines/", strlen("routines/")) == 0;
}

/* All routines together: their names are part of their texts. */
static void name_schema(void)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * HASH_BYTES + 1];
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	for (const struct sql_file *file = sql_files; file->path; file++)
		if (is_routine(file))
			crypto_hash_sha256_update(
				&state, (const unsigned char *)file->text, strlen(file->text));
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(hex, sizeof(hex), hash, HASH_BYTES);
	snprintf(schema, sizeof(schema), "besace_r_%s", hex);
}

const char *build_schema(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, name_schema);
	return schema;
}

enum status build_enter(void *ctx, PGconn *conn, char **out_why)
{
	const char *const params[] = {build_schema()};
	/* Compiling a plan takes seconds, and a member waits for milliseconds: a plan whose cost is
	 * guessed too high must not be compiled. */
	return db_exec_params(ctx, conn,
		"SELECT set_config('search_path', $1 || ', ' || current_setting('search_path'), "
		"false), set_config('jit', 'off', false)",
		1, params, NULL, out_why);
}

enum status build_note_use(void *ctx, PGconn *conn, char **out_why)
{
	const char *const params[] = {build_schema()};
	return db_exec_params(ctx, conn,
		"UPDATE besace_builds SET used_at = now() AT TIME ZONE 'utc' "
		"WHERE build_schema = $1",
		1, params, NULL, out_why);
}

enum status build_look(void *ctx, PGconn *conn, bool *out, char **out_why)
{
	const char *const params[] = {build_schema()};
	PGresult *result;
	enum status status = db_exec_params(ctx, conn,
		"SELECT to_regclass('besace_builds') IS NOT NULL AND to_regnamespace($1) IS NOT "
		"NULL",
		1, params, &result, out_why);
	if (status)
		return status;
	*out = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return STATUS_OK;
}

/* In a transaction. Whoever may connect may call the routines: they do with the caller's rights
 * what the caller could do anyway. */
static enum status create(void *ctx, PGconn *conn, char **out_why)
{
	char *sql = must(talloc_asprintf(ctx,
		"CREATE SCHEMA %s; GRANT USAGE ON SCHEMA %s TO PUBLIC; SELECT "
		"set_config('search_path', '%s, ' || current_setting('search_path'), true); "
		"INSERT INTO besace_builds (build_schema) VALUES ('%s') ON CONFLICT (build_schema) "
		"DO UPDATE SET installed_at = excluded.installed_at, used_at = excluded.used_at",
		build_schema(), build_schema(), build_schema(), build_schema()));
	enum status status = db_exec(ctx, conn, sql, NULL, out_why);
	for (const struct sql_file *file = sql_files; file->path && !status; file++)
		if (is_routine(file) && (status = db_exec(ctx, conn, file->text, NULL, out_why)))
			*out_why = must(talloc_asprintf(ctx, "%s: %s", file->path, *out_why));
	return status;
}

enum status build_install(void *ctx, PGconn *conn, char **out_why)
{
	enum status status = db_exec(ctx, conn, "BEGIN", NULL, out_why);
	if (!status)
		status = create(ctx, conn, out_why);
	if (!status)
		return db_exec(ctx, conn, "COMMIT", NULL, out_why);
	char *ignored;
	return db_exec(ctx, conn, "ROLLBACK", NULL, &ignored) ? STATUS_UNKNOWN : status;
}

/* ---- Those that nobody uses */

/* Drops NAME if it still is unused: its build may have come back since it was looked for. */
static enum status drop(void *ctx, PGconn *conn, const char *name, char **out_why)
{
	const char *const params[] = {name};
	char *drop_sql = must(talloc_asprintf(ctx, "DROP SCHEMA IF EXISTS %s CASCADE", name));
	PGresult *gone;
	enum status status = db_exec(ctx, conn, "BEGIN; " DROP_LOCK_TIMEOUT, NULL, out_why);
	if (status)
		return status;
	status = db_exec_params(ctx, conn,
		"DELETE FROM besace_builds WHERE build_schema = $1 AND "
		"used_at < now() AT TIME ZONE 'utc' - interval '1 day' RETURNING 1",
		1, params, &gone, out_why);
	if (!status) {
		bool unused = PQntuples(gone) == 1;
		PQclear(gone);
		status = unused ? db_exec(ctx, conn, drop_sql, NULL, out_why) : STATUS_NOT_FOUND;
	}
	char *ignored;
	if (!status)
		return db_exec(ctx, conn, "COMMIT", NULL, out_why);
	return db_exec(ctx, conn, "ROLLBACK", NULL, &ignored) ? STATUS_UNKNOWN : status;
}

/* The unused schemas whose owner the role is. */
static enum status find_unused(void *ctx, PGconn *conn, PGresult **out, char **out_why)
{
	const char *const params[] = {build_schema()};
	return db_exec_params(ctx, conn,
		"SELECT quote_ident(b.build_schema) FROM besace_builds b "
		"LEFT JOIN pg_namespace n ON n.nspname = b.build_schema "
		"WHERE b.used_at < now() AT TIME ZONE 'utc' - interval '1 day' "
		"AND b.build_schema <> $1 AND b.build_schema ~ '^besace_r_[0-9a-f]+$' "
		"AND has_table_privilege('besace_builds', 'DELETE') "
		"AND (n.oid IS NULL OR pg_has_role(n.nspowner, 'USAGE'))",
		1, params, out, out_why);
}

enum status build_sweep(
	void *ctx, PGconn *conn, build_dropped_fn *dropped, void *arg, char **out_why)
{
	PGresult *unused;
	enum status status = find_unused(ctx, conn, &unused, out_why);
	if (status)
		return status;
	if (PQntuples(unused) > 0)
		status = schema_lock(ctx, conn, out_why);
	for (int row = 0; row < PQntuples(unused) && !status; row++) {
		const char *name = PQgetvalue(unused, row, 0);
		char *why;
		enum status outcome = drop(ctx, conn, name, &why);
		if (outcome == STATUS_OK)
			dropped(arg, name);
		else if (outcome == STATUS_UNKNOWN)
			status = outcome;
	}
	if (PQntuples(unused) > 0)
		status = schema_unlock(ctx, conn, status);
	PQclear(unused);
	return status;
}
