/* Grants to the service's role and to the reader's. */
#include "grants.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"

/* The tables of ours, of their schema: others may stand beside them. */
#define OURS                                                                                       \
	"c.relnamespace = (SELECT relnamespace FROM pg_class "                                     \
	"WHERE oid = 'besace_migrations'::regclass) AND (c.relname LIKE 'besace\\_%' OR "          \
	"c.relname IN ('users', 'user_inventory', 'active_multipliers', 'transactions', "          \
	"'game_history'))"

/* A column that the reader does not see: what somebody could act or foresee with, by its name, or
 * any that says so in its comment. */
#define IS_SECRET                                                                                  \
	"(a.attname ~ '(^|_)(token|seed|secret|key)s?(_|$)' "                                      \
	"OR coalesce(col_description(c.oid, a.attnum), '') ~* '^secret')"

/* Each makes statements out of the catalogue; they are run in this order. $1: the role. */
static const char *const service_sql[] = {
	"SELECT DISTINCT format('GRANT USAGE ON SCHEMA %s TO %I', c.relnamespace::regnamespace, "
	"$1::text) FROM pg_class c WHERE " OURS,
	/* What is emptied as a whole (besace_event_slots_sweep) are partitions. */
	"SELECT format('GRANT %s ON %s TO %I', CASE c.relname WHEN 'besace_migrations' THEN "
	"'SELECT' WHEN 'besace_roles' THEN 'SELECT' WHEN 'besace_builds' THEN 'SELECT, UPDATE' "
	"ELSE 'SELECT, INSERT, UPDATE, DELETE' || CASE WHEN c.relispartition THEN ', TRUNCATE' "
	"ELSE '' END END, c.oid::regclass, $1::text) "
	"FROM pg_class c WHERE c.relkind IN ('r', 'p') AND " OURS,
	"SELECT format('GRANT USAGE ON SEQUENCE %s TO %I', d.objid::regclass, $1::text) "
	"FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' "
	"JOIN pg_class c ON c.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass "
	"AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND " OURS,
};

#define DROP_VIEWS "DROP SCHEMA IF EXISTS besace_reader CASCADE"

static const char *const reader_sql[] = {
	"SELECT '" DROP_VIEWS "'",
	"SELECT 'CREATE SCHEMA besace_reader'",
	"SELECT format('CREATE VIEW besace_reader.%I AS SELECT %s FROM %s', c.relname, "
	"string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), c.oid::regclass) "
	"FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
	"AND NOT a.attisdropped WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
	"AND NOT " IS_SECRET " AND " OURS " GROUP BY c.oid, c.relname",
	"SELECT format('GRANT USAGE ON SCHEMA besace_reader TO %I', $1::text)",
	"SELECT format('GRANT SELECT ON ALL TABLES IN SCHEMA besace_reader TO %I', $1::text)",
};

/* Runs the statements that MAKER makes for ROLE. */
static enum status run_made(
	void *ctx, PGconn *conn, const char *maker, const char *role, char **out_why)
{
	const char *const params[] = {role};
	PGresult *made;
	enum status status = db_exec_params(ctx, conn,
		must(talloc_asprintf(ctx,
			"WITH made (sql) AS (%s) SELECT sql FROM made "
			"WHERE $1::text IS NOT NULL",
			maker)),
		1, params, &made, out_why);
	if (status)
		return status;
	for (int row = 0; row < PQntuples(made) && !status; row++)
		status = db_exec(ctx, conn, PQgetvalue(made, row, 0), NULL, out_why);
	PQclear(made);
	return status;
}

static enum status grant(void *ctx, PGconn *conn, const char *const *makers, size_t count,
	const char *role, char **out_why)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < count && role && !status; i++)
		status = run_made(ctx, conn, makers[i], role, out_why);
	return status;
}

static enum status grant_both(void *ctx, PGconn *conn, const struct roles *roles, char **out_why)
{
	enum status status =
		grant(ctx, conn, service_sql, ARRAY_LEN(service_sql), roles->service, out_why);
	if (status)
		return status;
	return grant(ctx, conn, reader_sql, ARRAY_LEN(reader_sql), roles->reader, out_why);
}

/* The schema lock is held, so nobody else grants meanwhile. */
static enum status in_transaction(void *ctx, PGconn *conn, const struct roles *roles,
	enum status (*act)(void *, PGconn *, const struct roles *, char **), char **out_why)
{
	enum status status = db_exec(ctx, conn, "BEGIN", NULL, out_why);
	if (!status)
		status = act(ctx, conn, roles, out_why);
	if (!status)
		return db_exec(ctx, conn, "COMMIT", NULL, out_why);
	char *ignored;
	return db_exec(ctx, conn, "ROLLBACK", NULL, &ignored) ? STATUS_UNKNOWN : status;
}

static enum status record(
	void *ctx, PGconn *conn, const char *kind, const char *role, char **out_why)
{
	const char *const params[] = {kind, role};
	return role ? db_exec_params(ctx, conn,
			      "INSERT INTO besace_roles (kind, role_name) VALUES ($1, $2)", 2,
			      params, NULL, out_why)
		    : STATUS_OK;
}

static enum status record_and_grant(
	void *ctx, PGconn *conn, const struct roles *roles, char **out_why)
{
	enum status status = db_exec(ctx, conn, "DELETE FROM besace_roles", NULL, out_why);
	if (!status)
		status = record(ctx, conn, "service", roles->service, out_why);
	if (!status)
		status = record(ctx, conn, "reader", roles->reader, out_why);
	return status ? status : grant_both(ctx, conn, roles, out_why);
}

enum status grants_set(void *ctx, PGconn *conn, const struct roles *roles, char **out_why)
{
	return in_transaction(ctx, conn, roles, record_and_grant, out_why);
}

enum status grants_renew(void *ctx, PGconn *conn, char **out_why)
{
	PGresult *found;
	enum status status = db_exec(ctx, conn,
		"SELECT max(role_name) FILTER (WHERE kind = 'service'), "
		"max(role_name) FILTER (WHERE kind = 'reader') FROM besace_roles",
		&found, out_why);
	if (status)
		return status;
	const struct roles roles = {
		.service = PQgetisnull(found, 0, 0) ? NULL : PQgetvalue(found, 0, 0),
		.reader = PQgetisnull(found, 0, 1) ? NULL : PQgetvalue(found, 0, 1),
	};
	status = in_transaction(ctx, conn, &roles, grant_both, out_why);
	PQclear(found);
	return status;
}

enum status grants_drop_views(void *ctx, PGconn *conn, char **out_why)
{
	return db_exec(ctx, conn, DROP_VIEWS, NULL, out_why);
}
