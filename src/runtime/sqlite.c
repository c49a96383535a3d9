/* SQLite transactions whose first error is kept. */
#include "besace/runtime/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"

/* Another connection, an operator's, holds the file for moments. */
#define BUSY_MS 5000

/* Statements of all modules over one connection. */
#define MAX_STATEMENTS 64

struct sqlite {
	sqlite3 *handle;
	int fault; /* the first error of the transaction; SQLITE_OK: none */
	int last_fault; /* of the last commit that failed */
	bool changing; /* a transaction has begun */
	sqlite3_stmt *statements[MAX_STATEMENTS];
	size_t statement_count;
};

/* Keeps the first error of the transaction. */
static bool check(struct sqlite *sqlite, int result)
{
	bool good = result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE;
	if (!good && sqlite->fault == SQLITE_OK)
		sqlite->fault = result;
	return good;
}

static bool is_damage(int result)
{
	return (result & 0xff) == SQLITE_CORRUPT || (result & 0xff) == SQLITE_NOTADB;
}

void sqlite_execute(struct sqlite *sqlite, const char *texts)
{
	if (sqlite->fault == SQLITE_OK)
		check(sqlite, sqlite3_exec(sqlite->handle, texts, NULL, NULL, NULL));
}

char *sqlite_text(void *ctx, struct sqlite *sqlite, const char *text)
{
	sqlite3_stmt *statement = NULL;
	const char *found = NULL;
	if (check(sqlite, sqlite3_prepare_v2(sqlite->handle, text, -1, &statement, NULL)) &&
		check(sqlite, sqlite3_step(statement)))
		found = (const char *)sqlite3_column_text(statement, 0);
	char *copy = found ? must(talloc_strdup(ctx, found)) : NULL;
	sqlite3_finalize(statement);
	return copy;
}

int64_t sqlite_number(struct sqlite *sqlite, const char *text)
{
	char *found = sqlite_text(NULL, sqlite, text);
	int64_t number = found ? strtoll(found, NULL, 10) : 0;
	talloc_free(found);
	return number;
}

void sqlite_close(struct sqlite **handle)
{
	struct sqlite *sqlite = *handle;
	if (!sqlite)
		return;
	for (size_t i = 0; i < sqlite->statement_count; i++)
		sqlite3_finalize(sqlite->statements[i]);
	sqlite3_close(sqlite->handle);
	free(sqlite);
	*handle = NULL;
}

/* A file of its own mode: SQLite gives the same one to its log and its index. */
static bool make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	bool made = fchmod(fd, 0600) == 0;
	close(fd);
	return made;
}

static struct sqlite *open_file(void *ctx, const char *path, bool *out_damaged, char **out_why)
{
	struct sqlite *sqlite = must(calloc(1, sizeof(*sqlite)));
	*out_damaged = false;
	if (!make_private(path)) {
		*out_why = must(talloc_asprintf(ctx, "%s: %s", path, strerror(errno)));
		free(sqlite);
		return NULL;
	}
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	check(sqlite, sqlite3_open_v2(path, &sqlite->handle, flags, NULL));
	sqlite3_busy_timeout(sqlite->handle, BUSY_MS);
	sqlite3_extended_result_codes(sqlite->handle, 1);
	sqlite_execute(sqlite, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
			       "PRAGMA secure_delete = ON;"
			       "PRAGMA journal_size_limit = 8388608; PRAGMA cache_size = -4096");
	if (sqlite->fault == SQLITE_OK)
		return sqlite;
	*out_damaged = is_damage(sqlite->fault);
	*out_why = must(talloc_asprintf(ctx, "%s: %s", path, sqlite3_errstr(sqlite->fault)));
	sqlite_close(&sqlite);
	return NULL;
}

/* Renames the file, and what belongs to it, so that an operator can look at it. */
static bool set_aside(const char *path, const char *why)
{
	static const char *const ends[] = {"-wal", "-shm", ""};
	void *ctx = must(talloc_new(NULL));
	char *aside = must(talloc_asprintf(ctx, "%s.damaged-%" PRId64, path, clock_wall_ms()));
	bool moved = true;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const char *from = must(talloc_asprintf(ctx, "%s%s", path, ends[i]));
		const char *to = must(talloc_asprintf(ctx, "%s%s", aside, ends[i]));
		moved = (rename(from, to) == 0 || errno == ENOENT) && moved;
	}
	log_error(LOG_TEXT("the file cannot be read: it is set aside with all that is in it, and a "
			   "new one is begun"),
		LOG_STR("why", why), LOG_STR("aside", aside));
	talloc_free(ctx);
	return moved;
}

/* Makes the tables of a new file. NULL when the file is whole; else what is wrong, on CTX. */
static char *check_file(void *ctx, struct sqlite *sqlite, const struct sqlite_schema *schema)
{
	char *why = sqlite_text(ctx, sqlite, "PRAGMA quick_check(1)");
	if (why && strcmp(why, "ok") == 0)
		why = NULL;
	if (!why && sqlite_number(sqlite, "PRAGMA schema_version") == 0) {
		char *text = must(talloc_asprintf(ctx, "BEGIN; %s PRAGMA user_version = %d; COMMIT",
			schema->text, schema->version));
		sqlite_execute(sqlite, text);
	}
	int64_t version = sqlite_number(sqlite, "PRAGMA user_version");
	enum status status = sqlite_commit(sqlite);
	if (!why && status != STATUS_OK)
		why = must(talloc_strdup(ctx, sqlite_why(sqlite)));
	if (!why && version != schema->version)
		why = must(talloc_asprintf(ctx, "it has version %" PRId64, version));
	return why;
}

struct sqlite *sqlite_open_whole(
	void *ctx, const char *path, const struct sqlite_schema *schema, char **out_why)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		bool damaged;
		struct sqlite *sqlite = open_file(ctx, path, &damaged, out_why);
		char *why = sqlite ? check_file(ctx, sqlite, schema) : NULL;
		if (sqlite && !why)
			return sqlite;
		if (sqlite)
			*out_why = why;
		bool ours = sqlite || damaged;
		sqlite_close(&sqlite);
		if (!ours || attempt > 0 || !set_aside(path, *out_why))
			return NULL;
	}
	return NULL;
}

void sqlite_prepare(
	struct sqlite *sqlite, const char *const *texts, size_t count, sqlite3_stmt **out)
{
	if (sqlite->statement_count + count > MAX_STATEMENTS)
		abort(); /* our defect */
	for (size_t i = 0; i < count; i++) {
		if (sqlite3_prepare_v3(sqlite->handle, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &out[i], NULL) != SQLITE_OK)
			abort(); /* likewise: the schema was checked when the file was opened */
		sqlite->statements[sqlite->statement_count++] = out[i];
	}
}

static void bind(sqlite3_stmt *statement, const char *types, va_list values)
{
	int at = 1;
	for (const char *type = types; *type; type++, at++) {
		const void *bytes;
		if (*type == 'i') {
			sqlite3_bind_int64(statement, at, va_arg(values, int64_t));
		} else if (*type == 't') {
			sqlite3_bind_text(
				statement, at, va_arg(values, const char *), -1, SQLITE_STATIC);
		} else {
			bytes = va_arg(values, const void *);
			sqlite3_bind_blob64(
				statement, at, bytes, va_arg(values, size_t), SQLITE_STATIC);
		}
	}
}

void sqlite_run(struct sqlite *sqlite, sqlite3_stmt *statement, const char *types, ...)
{
	if (!sqlite->changing) {
		sqlite->changing = true;
		sqlite_execute(sqlite, "BEGIN IMMEDIATE");
	}
	if (sqlite->fault != SQLITE_OK)
		return;
	va_list values;
	va_start(values, types);
	bind(statement, types, values);
	va_end(values);
	check(sqlite, sqlite3_step(statement));
	sqlite_done(statement);
}

void sqlite_query(struct sqlite *sqlite, sqlite3_stmt *statement, const char *types, ...)
{
	(void)sqlite;
	va_list values;
	va_start(values, types);
	bind(statement, types, values);
	va_end(values);
}

bool sqlite_row(struct sqlite *sqlite, sqlite3_stmt *statement)
{
	int result = sqlite->fault == SQLITE_OK ? sqlite3_step(statement) : SQLITE_DONE;
	check(sqlite, result);
	if (result == SQLITE_ROW)
		return true;
	sqlite_done(statement);
	return false;
}

void sqlite_done(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

int64_t sqlite_changes(const struct sqlite *sqlite)
{
	return sqlite3_total_changes64(sqlite->handle);
}

bool sqlite_pending(const struct sqlite *sqlite)
{
	return sqlite->changing || sqlite->fault != SQLITE_OK;
}

static enum status status_of(int fault)
{
	if (fault == SQLITE_OK)
		return STATUS_OK;
	return is_damage(fault) ? STATUS_FAILED : STATUS_UNAVAILABLE;
}

enum status sqlite_fault(const struct sqlite *sqlite)
{
	return status_of(sqlite->fault);
}

enum status sqlite_commit(struct sqlite *sqlite)
{
	if (sqlite->changing)
		sqlite_execute(sqlite, "COMMIT");
	/* SQLite has rolled back by itself after some errors, not after all. */
	if (!sqlite3_get_autocommit(sqlite->handle))
		sqlite3_exec(sqlite->handle, "ROLLBACK", NULL, NULL, NULL);
	int fault = sqlite->fault;
	sqlite->changing = false;
	sqlite->fault = SQLITE_OK;
	if (fault != SQLITE_OK)
		sqlite->last_fault = fault;
	return status_of(fault);
}

bool sqlite_empty_log(struct sqlite *sqlite)
{
	return sqlite3_wal_checkpoint_v2(
		       sqlite->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK;
}

void sqlite_rollback(struct sqlite *sqlite)
{
	check(sqlite, SQLITE_ABORT);
	(void)!sqlite_commit(sqlite);
}

const char *sqlite_why(const struct sqlite *sqlite)
{
	return sqlite3_errstr(sqlite->fault != SQLITE_OK ? sqlite->fault : sqlite->last_fault);
}
