/*
 * PostgreSQL: the predecessor's own database, by its URL or conninfo. Read only, in one
 * repeatable-read snapshot, by cursors.
 *
 *	users, user_inventory, active_multipliers, transactions, game_history
 *
 * with the columns of rules.md but without guild_id, and without any constraint. Of both of its
 * generations: the later calls the jackpot `tresor` and has further tables, which are named and not
 * imported. A column or a table (but users) that is missing is one that is empty. Times without a
 * zone are in the zone of --timezone.
 */
#include "predecessor.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"

/* Rows that a cursor brings at once. */
#define FETCH_ROWS "2000"

#define COLUMNS_MAX 12

#define BEGIN_SNAPSHOT                                                                             \
	"SET idle_in_transaction_session_timeout = 0; SET synchronize_seqscans = off; "            \
	"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

struct source_column {
	const char *name;
	bool is_time;
};

typedef enum status source_row_fn(
	struct importing *importing, uint64_t line, const char *const *columns);

/* One of the predecessor's tables. */
struct source_table {
	const char *name;
	struct source_column columns[COLUMNS_MAX + 1];
	source_row_fn *row;
};

static const struct source_table tables[] = {
	{"users",
		{{"user_id", false}, {"username", false}, {"balance", false}, {"xp", false},
			{"level", false}, {"invites", false}, {"message_count", false},
			{"voice_time", false}, {"last_message_xp_time", true},
			{"last_gift_time", true}, {"created_at", true}, {"hidden", false}},
		predecessor_user},
	{"user_inventory", {{"user_id", false}, {"item_type", false}, {"quantity", false}},
		predecessor_item},
	{"active_multipliers",
		{{"user_id", false}, {"multiplier_type", false}, {"multiplier_value", false},
			{"games_remaining", false}, {"activated_at", true}},
		predecessor_multiplier},
	{"transactions",
		{{"from_user_id", false}, {"to_user_id", false}, {"amount", false},
			{"transaction_type", false}, {"description", false}, {"created_at", true},
			{"match_id", false}},
		predecessor_ledger},
	{"game_history",
		{{"game_type", false}, {"player_id", false}, {"opponent_id", false},
			{"bet_amount", false}, {"result", false}, {"winnings", false},
			{"created_at", true}, {"match_id", false}},
		predecessor_match},
};

static enum status fail(struct importing *importing, enum status status, const char *why)
{
	importing->why =
		must(talloc_asprintf(importing->ctx, "the database that is imported: %s", why));
	return status;
}

static enum status ask(struct importing *importing, PGconn *source, const char *sql,
	const char *param, PGresult **out)
{
	char *why = NULL;
	enum status status =
		db_exec_params(importing->ctx, source, sql, param ? 1 : 0, &param, out, &why);
	return status ? fail(importing, status, why) : STATUS_OK;
}

/* ---- What the tables look like */

/* The type of COLUMN of a table whose columns are ROWS; NULL: it has none of that name. */
static const char *type_of(const PGresult *rows, const char *column)
{
	for (int i = 0; i < PQntuples(rows); i++)
		if (strcmp(PQgetvalue(rows, i, 0), column) == 0)
			return PQgetvalue(rows, i, 1);
	return NULL;
}

/* COLUMN as a text; a time in UTC and not in the future, which would keep its member waiting. */
static char *column_sql(
	void *ctx, const struct source_column *column, const char *type, const char *zone)
{
	const char *name = column->name;
	if (!type)
		return must(talloc_strdup(ctx, "NULL::text"));
	if (!column->is_time)
		return must(talloc_asprintf(ctx, "%s::text", name));
	bool has_zone = strcmp(type, "timestamp with time zone") == 0;
	if (!has_zone && strcmp(type, "timestamp without time zone") != 0)
		return must(talloc_strdup(ctx, "NULL::text"));
	char *instant = has_zone ? must(talloc_strdup(ctx, name))
				 : must(talloc_asprintf(ctx, "(%s AT TIME ZONE %s)", name, zone));
	return must(talloc_asprintf(ctx,
		"CASE WHEN isfinite(%s) THEN least(%s, now()) AT TIME ZONE 'UTC' END::text", name,
		instant));
}

/* The query of TABLE, in an order that is the same each time. */
static char *table_sql(
	void *ctx, const struct source_table *table, const PGresult *has, const char *zone)
{
	char *sql = must(talloc_strdup(ctx, ""));
	char *order = must(talloc_strdup(ctx, type_of(has, "id") ? "id, " : ""));
	for (int i = 0; table->columns[i].name; i++) {
		const struct source_column *column = &table->columns[i];
		sql = must(talloc_asprintf_append_buffer(sql, "%s%s", i ? ", " : "",
			column_sql(ctx, column, type_of(has, column->name), zone)));
		order = must(talloc_asprintf_append_buffer(order, "%s%d", i ? ", " : "", i + 1));
	}
	return must(talloc_asprintf(ctx,
		"DECLARE moving NO SCROLL CURSOR FOR SELECT %s FROM %s ORDER BY %s", sql,
		table->name, order));
}

/* ---- Rows */

static void hash_row(struct importing *importing, const char *const *columns, int count)
{
	for (int i = 0; i < count; i++) {
		const char *text = columns[i] ? columns[i] : "\1";
		crypto_hash_sha256_update(
			&importing->hash, (const unsigned char *)text, strlen(text) + 1);
	}
}

static enum status got_rows(struct importing *importing, const struct source_table *table,
	PGresult *rows, uint64_t *line)
{
	const char *columns[COLUMNS_MAX];
	int count = PQnfields(rows);
	enum status status = STATUS_OK;
	for (int row = 0; row < PQntuples(rows) && !status; row++) {
		for (int i = 0; i < count; i++)
			columns[i] = PQgetisnull(rows, row, i) ? NULL : PQgetvalue(rows, row, i);
		hash_row(importing, columns, count);
		status = table->row(importing, ++*line, columns);
	}
	return status;
}

static enum status read_rows(
	struct importing *importing, PGconn *source, const struct source_table *table)
{
	uint64_t line = 0;
	for (int got = 1; got > 0;) {
		PGresult *rows;
		const atomic_int *interrupted = importing->options->interrupted;
		if (interrupted && *interrupted)
			return fail(importing, STATUS_UNAVAILABLE, "interrupted");
		enum status status = ask(
			importing, source, "FETCH FORWARD " FETCH_ROWS " FROM moving", NULL, &rows);
		if (status)
			return status;
		got = PQntuples(rows);
		status = got_rows(importing, table, rows, &line);
		PQclear(rows);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* Reads TABLE; nothing when it is not there. ZONE is an SQL literal. */
static enum status read_table(struct importing *importing, PGconn *source,
	const struct source_table *table, const char *zone)
{
	PGresult *has, *ignored;
	enum status status = ask(importing, source,
		"SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
		"WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
		table->name, &has);
	if (status)
		return status;
	if (type_of(has, "guild_id"))
		status = importing_invalid(importing, "the database that is imported is one of "
						      "Besace's own: use besacectl export "
						      "there, and the source besace");
	else if (table->row == predecessor_user && !type_of(has, "user_id"))
		status = importing_invalid(importing,
			"the database that is imported has no table users with a column user_id");
	bool is_there = PQntuples(has) > 0;
	importing->file = table->name;
	if (!status && is_there)
		status = ask(importing, source, table_sql(importing->ctx, table, has, zone), NULL,
			&ignored);
	PQclear(has);
	if (status || !is_there)
		return status;
	PQclear(ignored);
	status = read_rows(importing, source, table);
	if (!status && !(status = ask(importing, source, "CLOSE moving", NULL, &ignored)))
		PQclear(ignored);
	return status;
}

/* ---- The database */

/* Names the tables that are left where they are. */
static enum status name_others(struct importing *importing, PGconn *source)
{
	PGresult *rows;
	enum status status = ask(importing, source,
		"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = "
		"current_schema()::regnamespace AND relname NOT IN ('users', 'user_inventory', "
		"'active_multipliers', 'transactions', 'game_history') ORDER BY relname LIMIT 100",
		NULL, &rows);
	if (status)
		return status;
	for (int i = 0; i < PQntuples(rows); i++) {
		char *text = must(talloc_asprintf(
			importing->ctx, "the table %s is not imported", PQgetvalue(rows, i, 0)));
		importing_setting(importing, NULL, NULL, text);
		talloc_free(text);
	}
	PQclear(rows);
	return STATUS_OK;
}

static enum status check_zone(struct importing *importing, PGconn *source, const char *zone)
{
	PGresult *rows;
	enum status status = ask(
		importing, source, "SELECT FROM pg_timezone_names WHERE name = $1", zone, &rows);
	if (status)
		return status;
	if (PQntuples(rows) == 0) {
		importing->result->fault = IMPORT_FAULT_OPTION;
		status = importing_invalid(
			importing, "--timezone: PostgreSQL knows no zone \"%s\"", zone);
	}
	PQclear(rows);
	return status;
}

static enum status read_all(struct importing *importing, PGconn *source)
{
	const char *zone = importing->options->time_zone ? importing->options->time_zone : "UTC";
	char *why = NULL;
	enum status status = db_exec(importing->ctx, source, BEGIN_SNAPSHOT, NULL, &why);
	if (status)
		return fail(importing, status, why);
	status = check_zone(importing, source, zone);
	char *literal = PQescapeLiteral(source, zone, strlen(zone));
	for (size_t i = 0; i < ARRAY_LEN(tables) && !status; i++)
		status = read_table(importing, source, &tables[i], must(literal));
	PQfreemem(literal);
	return status ? status : name_others(importing, source);
}

static enum status read_postgres(struct importing *importing, struct input *input)
{
	const char *url = importing->options->files[0];
	char *why = db_url_fault(importing->ctx, url);
	PGconn *source;
	(void)input; /* there is no file */
	if (why)
		return importing_invalid(importing, "the database that is imported %s", why);
	if (db_connect(importing->ctx, url, true, &source, &why))
		return fail(importing, STATUS_INVALID, why);
	enum status status = read_all(importing, source);
	PQfinish(source);
	return status;
}

const struct mover mover_postgres = {.name = "postgres",
	.description = "the predecessor's database, by its URL or conninfo, with its history;\n"
		       "times without a zone are in that of --timezone",
	.is_database = true,
	.read = read_postgres};
