/* Writes exports. */
#include "besace/movers/export.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"

/* Whoever reads the file may be slow. */
#define BEGIN_SNAPSHOT                                                                             \
	"SET idle_in_transaction_session_timeout = 0; "                                            \
	"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

/* Bytes that are handed over at once. */
#define CHUNK 65536

/* The listener hears of rows every so many. */
#define TELL_ROWS 4096

struct export
{
	void *ctx;
	PGconn *conn;
	const struct export_options *options;
	const struct export_listener *listener;
	size_t used;
	char bytes[CHUNK];
	bool gave_up; /* whoever writes */
	char *why;
};

static enum status fail(struct export *export, enum status status, const char *why)
{
	export->why = must(talloc_strdup(export->ctx, why));
	return status;
}

/* ---- Bytes */

static void hand_over(struct export *export)
{
	const struct export_listener *listener = export->listener;
	if (!export->gave_up && export->used > 0)
		export->gave_up = !listener->write(listener->arg, export->bytes, export->used);
	export->used = 0;
}

static void put(struct export *export, const char *text, size_t length)
{
	while (length > 0) {
		size_t part = CHUNK - export->used < length ? CHUNK - export->used : length;
		memcpy(export->bytes + export->used, text, part);
		export->used += part;
		text += part;
		length -= part;
		if (export->used == CHUNK)
			hand_over(export);
	}
}

static void put_text(struct export *export, const char *text)
{
	put(export, text, strlen(text));
}

/* A field of CSV; in quotes when it would be read as something else. */
static void put_field(struct export *export, const char *text)
{
	size_t length = strlen(text);
	bool quoted = strpbrk(text, ",;\t\"\r\n") ||
		      (length > 0 && (text[0] == ' ' || text[length - 1] == ' '));
	if (!quoted) {
		put(export, text, length);
		return;
	}
	put_text(export, "\"");
	for (const char *at = text; *at; at++)
		put(export, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
	put_text(export, "\"");
}

/* ---- Statements */

/* A query of $1, the guild, and $2, the member. */
static enum status send(struct export *export, const char *sql)
{
	const struct export_options *options = export->options;
	const char *params[] = {
		options->guild->text, options->member ? options->member->text : NULL};
	if (PQsendQueryParams(export->conn, sql, 2, NULL, params, NULL, NULL, 0) &&
		PQsetSingleRowMode(export->conn))
		return STATUS_OK;
	return fail(export, STATUS_UNKNOWN, db_error(export->ctx, PQerrorMessage(export->conn)));
}

typedef void export_row_fn(struct export *export, const PGresult *row, int64_t count);

static bool is_stopped(struct export *export)
{
	const atomic_int *interrupted = export->options->interrupted;
	return export->gave_up || (interrupted && *interrupted);
}

/* PostgreSQL needs not send the rest. */
static enum status stop(struct export *export)
{
	PGcancel *cancel = PQgetCancel(export->conn);
	char ignored[64];
	if (cancel)
		(void)PQcancel(cancel, ignored, sizeof(ignored));
	PQfreeCancel(cancel);
	return fail(export, STATUS_UNAVAILABLE, "interrupted");
}

/* Runs SQL and hands each row to ROW. */
static enum status each(
	struct export *export, const char *sql, export_row_fn *row, const char *kind)
{
	const struct export_listener *listener = export->listener;
	enum status status = send(export, sql);
	int64_t count = 0;
	if (status)
		return status;
	for (PGresult *result; (result = PQgetResult(export->conn)); PQclear(result)) {
		ExecStatusType got = PQresultStatus(result);
		if (got == PGRES_SINGLE_TUPLE && !status) {
			row(export, result, count++);
			if (count % TELL_ROWS == 0 && listener->progress)
				listener->progress(listener->arg, kind, count);
			if (is_stopped(export))
				status = stop(export);
		} else if (got != PGRES_SINGLE_TUPLE && got != PGRES_TUPLES_OK && !status) {
			status = fail(export, STATUS_FAILED,
				db_error(export->ctx, PQresultErrorMessage(result)));
		}
	}
	return status;
}

static enum status ask(struct export *export, const char *sql, PGresult **out)
{
	const struct export_options *options = export->options;
	const char *params[] = {
		options->guild->text, options->member ? options->member->text : NULL};
	char *why = NULL;
	enum status status = db_exec_params(export->ctx, export->conn, sql, 2, params, out, &why);
	return status ? fail(export, status, why) : STATUS_OK;
}

/* ---- Records */

static void put_json(struct export *export, const PGresult *row, int64_t count)
{
	put_text(export, count > 0 ? ",\n" : "\n");
	put(export, PQgetvalue(row, 0, 0), (size_t)PQgetlength(row, 0, 0));
}

static void put_csv(struct export *export, const PGresult *row, int64_t count)
{
	(void)count;
	for (int i = 0; i < PQnfields(row); i++) {
		put_text(export, i > 0 ? "," : "");
		put_field(export, PQgetvalue(row, 0, i)); /* "" for NULL */
	}
	put_text(export, "\n");
}

/* The records of KIND, which besace_export_fields names. */
static enum status write_kind(struct export *export, const char *kind)
{
	bool csv = export->options->csv;
	if (!csv) {
		put_text(export, ",\n\"");
		put_text(export, kind);
		put_text(export, "\":[");
	}
	const char *rows = must(talloc_asprintf(
		export->ctx, "FROM besace_export_%s($1::varchar, $2::varchar, false) t", kind));
	const char *sql =
		must(csv ? talloc_asprintf(export->ctx, "SELECT '%s', t.* %s", kind, rows)
			 : talloc_asprintf(export->ctx, "SELECT row_to_json(t) %s", rows));
	enum status status = each(export, sql, csv ? put_csv : put_json, kind);
	if (!csv && !status)
		put_text(export, "\n]");
	return status;
}

static enum status write_head(struct export *export)
{
	PGresult *head;
	enum status status = ask(export, "SELECT besace_export_head($1, $2)", &head);
	if (status)
		return status;
	put_text(export, PQgetvalue(head, 0, 0));
	PQclear(head);
	return STATUS_OK;
}

/* FIELDS are the rows of besace_export_fields. */
static void write_csv_head(struct export *export, const PGresult *fields)
{
	const struct export_options *options = export->options;
	put_text(export, "besace,1,");
	put_text(export, options->guild->text);
	put_text(export, ",");
	put_text(export, options->member ? options->member->text : "");
	put_text(export, ",everything that Besace keeps; besacectl import besace reads it\n");
	for (int i = 0; i < PQntuples(fields); i++) {
		put_text(export, "field,");
		put_text(export, PQgetvalue(fields, i, 0));
		put_text(export, ",");
		put_text(export, PQgetvalue(fields, i, 1));
		put_text(export, ",");
		put_field(export, PQgetvalue(fields, i, 2));
		put_text(export, "\n");
	}
	for (int i = 0; i < PQntuples(fields); i++) {
		const char *kind = PQgetvalue(fields, i, 0);
		if (i == 0 || strcmp(kind, PQgetvalue(fields, i - 1, 0)) != 0) {
			put_text(export, i > 0 ? "\ncolumns," : "columns,");
			put_text(export, kind);
		}
		put_text(export, ",");
		put_text(export, PQgetvalue(fields, i, 1));
	}
	put_text(export, "\n");
}

static enum status write_all(struct export *export)
{
	PGresult *fields;
	bool csv = export->options->csv;
	enum status status = ask(export,
		"SELECT kind, field, description FROM besace_export_fields() "
		"WHERE $1::varchar IS DISTINCT FROM $2::varchar OR true ORDER BY place",
		&fields);
	if (status)
		return status;
	if (csv)
		write_csv_head(export, fields);
	else
		status = write_head(export);
	for (int i = 0; i < PQntuples(fields) && !status; i++)
		if (i == 0 || strcmp(PQgetvalue(fields, i, 0), PQgetvalue(fields, i - 1, 0)) != 0)
			status = write_kind(export, PQgetvalue(fields, i, 0));
	PQclear(fields);
	if (!status)
		put_text(export, csv ? "end\n" : "}\n");
	hand_over(export);
	if (!status && export->gave_up)
		status = fail(export, STATUS_UNAVAILABLE, "the file cannot be written");
	return status;
}

/* Whether there is anybody to tell of. */
static enum status look(struct export *export)
{
	PGresult *row;
	enum status status = ask(export,
		"SELECT EXISTS (SELECT FROM users WHERE guild_id = $1 "
		"AND ($2::varchar IS NULL OR user_id = $2)) OR ($2::varchar IS NULL "
		"AND EXISTS (SELECT FROM besace_settings WHERE guild_id = $1))",
		&row);
	if (status)
		return status;
	bool found = PQgetvalue(row, 0, 0)[0] == 't';
	PQclear(row);
	return found ? STATUS_OK
		     : fail(export, STATUS_NOT_FOUND,
			       export->options->member ? "there is no such member"
						       : "nothing is kept of that server");
}

enum status export_run(void *ctx, PGconn *conn, const struct export_options *options,
	const struct export_listener *listener, char **out_why)
{
	struct export *export = must(talloc_zero(ctx, struct export));
	export->ctx = export;
	export->conn = conn;
	export->options = options;
	export->listener = listener;
	char *why = NULL;
	enum status status = db_exec(ctx, conn, BEGIN_SNAPSHOT, NULL, &why);
	if (status)
		*out_why = why;
	if (!status)
		status = look(export);
	if (!status)
		status = write_all(export);
	if (export->why)
		*out_why = must(talloc_strdup(ctx, export->why));
	if (db_exec(export, conn, "ROLLBACK", NULL, &why) && !status) {
		*out_why = must(talloc_strdup(ctx, why));
		status = STATUS_UNKNOWN;
	}
	talloc_free(export);
	return status;
}
