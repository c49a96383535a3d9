/* Takes an import back, slice by slice. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/movers/import.h"
#include "imports_sql.h"

#define UNDO_SLICE "1000"

struct undoing {
	void *ctx;
	PGconn *conn;
	const struct undo_options *options;
	const struct undo_listener *listener;
	struct undo_result *result;
	int64_t total;
};

static enum status fail(struct undoing *undoing, enum status status, const char *why)
{
	undoing->result->why = must(talloc_strdup(undoing->ctx, why));
	return status;
}

static struct sql_call call_of(const struct undoing *undoing, const char *name)
{
	return (struct sql_call){.ctx = undoing->ctx,
		.conn = undoing->conn,
		.name = name,
		.params = {undoing->result->guild, undoing->options->number}};
}

static enum status ask(struct undoing *undoing, const struct sql_call *call, PGresult **out)
{
	char *why = NULL;
	enum status status = sql_ask(call, out, &why);
	return status ? fail(undoing, status, why) : STATUS_OK;
}

static int64_t number_at(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

/* Finds the batch. */
static enum status look(struct undoing *undoing)
{
	struct sql_call call = call_of(undoing, "import_look");
	PGresult *row;
	call.params[0] = undoing->options->number;
	call.params[1] = NULL;
	enum status status = ask(undoing, &call, &row);
	if (status)
		return status;
	const char *wanted = undoing->options->guild;
	bool found = PQntuples(row) > 0;
	if (!found || (wanted && strcmp(wanted, PQgetvalue(row, 0, 0)) != 0)) {
		PQclear(row);
		return fail(undoing, STATUS_NOT_FOUND,
			found ? "that import is another server's" : "there is no such import");
	}
	undoing->result->guild = must(talloc_strdup(undoing->ctx, PQgetvalue(row, 0, 0)));
	undoing->result->source = must(talloc_strdup(undoing->ctx, PQgetvalue(row, 0, 1)));
	undoing->result->state = must(talloc_strdup(undoing->ctx, PQgetvalue(row, 0, 2)));
	PQclear(row);
	return strcmp(undoing->result->state, "undone") == 0
		       ? fail(undoing, STATUS_DENIED, "it was taken back already")
		       : STATUS_OK;
}

/* How many members it has, and how many of those would be refused. */
static enum status plan(struct undoing *undoing)
{
	const struct sql_call call = call_of(undoing, "import_undo_plan");
	PGresult *row;
	enum status status = ask(undoing, &call, &row);
	if (status)
		return status;
	undoing->total = number_at(row, 0, 0);
	undoing->result->refused = number_at(row, 0, 1);
	undoing->result->members = undoing->total - undoing->result->refused;
	PQclear(row);
	return STATUS_OK;
}

static enum status check_interrupted(struct undoing *undoing)
{
	const atomic_int *interrupted = undoing->options->interrupted;
	return interrupted && *interrupted
		       ? fail(undoing, STATUS_UNAVAILABLE,
				 "interrupted: the same call goes on where it was")
		       : STATUS_OK;
}

static enum status undo_history(struct undoing *undoing)
{
	char ledger[24] = "0", matches[24] = "0";
	for (bool more = true; more;) {
		struct sql_call call = call_of(undoing, "import_undo_history");
		PGresult *row;
		call.params[2] = ledger;
		call.params[3] = matches;
		call.params[4] = UNDO_SLICE;
		enum status status = check_interrupted(undoing);
		if (!status)
			status = ask(undoing, &call, &row);
		if (status)
			return status;
		more = !PQgetisnull(row, 0, 0);
		json_t *at = more ? json_loads(PQgetvalue(row, 0, 0), 0, NULL) : NULL;
		if (more) {
			snprintf(ledger, sizeof(ledger), "%lld",
				json_integer_value(json_object_get(at, "ledger")));
			snprintf(matches, sizeof(matches), "%lld",
				json_integer_value(json_object_get(at, "matches")));
		}
		json_decref(at);
		PQclear(row);
	}
	return STATUS_OK;
}

static void tell_refused(struct undoing *undoing, const json_t *refused)
{
	char why[160];
	snprintf(why, sizeof(why), "%lld %s would have to be taken, and there are %lld",
		json_integer_value(json_object_get(refused, "more")),
		json_string_value(json_object_get(refused, "what")),
		json_integer_value(json_object_get(refused, "has")));
	const struct undo_refusal refusal = {
		.user = json_string_value(json_object_get(refused, "user")),
		.username = json_string_value(json_object_get(refused, "username")),
		.why = why};
	if (undoing->listener->refused)
		undoing->listener->refused(undoing->listener->arg, &refusal);
}

/* Adds what a slice has done to the result; moves LAST on. False when it was the last. */
static bool read_slice(struct undoing *undoing, const PGresult *row, char last[21])
{
	if (PQgetisnull(row, 0, 0))
		return false;
	json_t *slice = json_loads(PQgetvalue(row, 0, 0), 0, NULL);
	const json_t *refused = json_object_get(slice, "refused");
	snprintf(last, 21, "%s", json_string_value(json_object_get(slice, "last")));
	undoing->result->members += json_integer_value(json_object_get(slice, "members"));
	undoing->result->refused += (int64_t)json_array_size(refused);
	for (size_t i = 0; i < json_array_size(refused); i++)
		tell_refused(undoing, json_array_get(refused, i));
	json_decref(slice);
	return true;
}

static enum status undo_members(struct undoing *undoing)
{
	char last[21] = "";
	undoing->result->members = undoing->result->refused = 0;
	for (bool more = true; more;) {
		struct sql_call call = call_of(undoing, "import_undo_slice");
		const struct undo_listener *listener = undoing->listener;
		PGresult *row;
		call.params[2] = last;
		call.params[3] = UNDO_SLICE;
		if (listener->progress)
			listener->progress(listener->arg, PHASE_UNDOING, undoing->result->members,
				undoing->total);
		enum status status = check_interrupted(undoing);
		if (!status)
			status = ask(undoing, &call, &row);
		if (status)
			return status;
		more = read_slice(undoing, row, last);
		PQclear(row);
	}
	return STATUS_OK;
}

static enum status undo(struct undoing *undoing)
{
	const struct sql_call begin = call_of(undoing, "import_undo_begin");
	const struct sql_call settings = call_of(undoing, "import_undo_settings");
	const struct sql_call whole = call_of(undoing, "import_undo_whole");
	const struct sql_call end = call_of(undoing, "import_undo_end");
	struct sql_call lock = call_of(undoing, NULL);
	char *why = NULL;
	lock.params[1] = NULL;
	enum status status = sql_lock_guild(&lock, NULL, NULL, &why);
	if (status)
		return fail(undoing, status, why);
	status = plan(undoing);
	if (status || undoing->options->dry_run)
		return status;
	status = ask(undoing, &begin, NULL);
	if (!status)
		status = ask(undoing, &settings, NULL);
	if (!status)
		status = ask(undoing, &whole, NULL);
	if (!status)
		status = undo_history(undoing);
	if (!status)
		status = undo_members(undoing);
	return status ? status : ask(undoing, &end, NULL);
}

enum status import_undo(void *ctx, PGconn *conn, const struct undo_options *options,
	const struct undo_listener *listener, struct undo_result *out)
{
	struct undoing undoing = {
		.ctx = ctx, .conn = conn, .options = options, .listener = listener, .result = out};
	*out = (struct undo_result){0};
	enum status status = look(&undoing);
	return status ? status : undo(&undoing);
}
