/* Reads a source, plans what becomes of its members, and applies it in slices. */
#include "besace/movers/import.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/db.h"
#include "fetch.h"
#include "importing.h"
#include "imports_sql.h"
#include "report.h"

/* Rows of history that come in one transaction. */
#define HISTORY_SLICE "1000"

struct import {
	void *ctx;
	PGconn *conn;
	const struct import_options *options;
	const struct import_listener *listener;
	struct import_result *result;
	struct importing *importing;
	char sha256[2 * crypto_hash_sha256_BYTES + 1];
	char *settled; /* the options that decide what becomes of a row */
	char number[24];
	char *why;
};

static enum status fail(struct import *import, enum status status, const char *why)
{
	import->why = must(talloc_strdup(import->ctx, why));
	return status;
}

/* ---- Options */

static const char *merge_name(enum import_merge merge)
{
	static const char *const names[] = {
		[MERGE_HIGHEST] = "highest", [MERGE_REPLACE] = "replace", [MERGE_ADD] = "add"};
	return names[merge];
}

/* With other options the same file is another import. */
static char *settle_options(void *ctx, const struct import_options *options)
{
	char *text = must(talloc_asprintf(
		ctx, "%s by=%s", merge_name(options->merge), options->by_level ? "level" : "xp"));
	if (options->minimum_level > 0)
		text = must(talloc_asprintf_append(
			text, " minimum-level=%" PRId64, options->minimum_level));
	if (options->skip_leavers)
		text = must(talloc_asprintf_append(text, " leavers=skip"));
	if (options->rewards)
		text = must(talloc_asprintf_append(text, " rewards"));
	if (options->curve)
		text = must(talloc_asprintf_append(
			text, " curve=%d factor=%.6g", options->curve, options->factor));
	if (options->time_zone)
		text = must(talloc_asprintf_append(text, " timezone=%.100s", options->time_zone));
	return text;
}

/* ---- Statements */

static struct sql_call call_of(const struct import *import, const char *name)
{
	return (struct sql_call){.ctx = import->ctx,
		.conn = import->conn,
		.name = name,
		.params = {import->options->guild->text}};
}

static enum status ask(struct import *import, const struct sql_call *call, PGresult **out)
{
	char *why = NULL;
	enum status status = sql_ask(call, out, &why);
	return status ? fail(import, status, why) : STATUS_OK;
}

static int64_t number_at(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

/* ---- Reading */

static enum status read_one(struct import *import, struct input *input)
{
	struct importing *importing = import->importing;
	input->hash = &importing->hash;
	input->interrupted = import->options->interrupted;
	importing->file = input->name;
	return import->options->mover->read(importing, input);
}

static enum status read_files(struct import *import)
{
	const struct import_options *options = import->options;
	struct importing *importing = import->importing;
	if (options->mover->is_database)
		return options->mover->read(importing, NULL);
	if (options->from_url)
		return fetch_pages(importing);
	for (size_t i = 0; i < options->file_count; i++) {
		struct input input;
		enum status status =
			input_open(import->ctx, options->files[i], &input, &importing->why);
		if (status)
			return status == STATUS_FAILED ? STATUS_INVALID : status;
		status = read_one(import, &input);
		input_close(&input);
		if (status)
			return status;
	}
	return STATUS_OK;
}

static enum status read_all(struct import *import)
{
	struct importing *importing = import->importing;
	unsigned char hash[crypto_hash_sha256_BYTES];
	importing->ctx = import->ctx;
	importing->conn = import->conn;
	importing->options = import->options;
	importing->listener = import->listener;
	importing->result = import->result;
	crypto_hash_sha256_init(&importing->hash);
	enum status status = staging_begin(import->ctx, import->conn, &importing->staging);
	if (status)
		return fail(import, status, importing->staging.why);
	status = read_files(import);
	if (status) {
		if (import->result->fault == IMPORT_FAULT_OTHER)
			import->result->fault = IMPORT_FAULT_SHAPE;
		staging_abandon(&importing->staging);
		return fail(import, status, importing->why ? importing->why : "reading failed");
	}
	status = staging_into(&importing->staging, STAGED_NONE);
	if (status)
		return fail(import, status, importing->staging.why);
	crypto_hash_sha256_final(&importing->hash, hash);
	sodium_bin2hex(import->sha256, sizeof(import->sha256), hash, sizeof(hash));
	return STATUS_OK;
}

/* ---- What is staged */

struct staged_refusal {
	struct import *import;
	enum refusal refusal;
};

static void got_refused(void *arg, const PGresult *row)
{
	const struct staged_refusal *refused = arg;
	const struct refusal_note note = {refused->refusal, (uint64_t)number_at(row, 0, 0),
		PQgetvalue(row, 0, 1), PQgetvalue(row, 0, 2), NULL};
	importing_refuse(refused->import->importing, &note);
}

/* Runs the statement NAME, which removes staged rows and returns them. */
static enum status refuse_staged(
	struct import *import, const char *name, enum refusal refusal, bool has_guild)
{
	struct sql_call call = call_of(import, name);
	struct staged_refusal refused = {import, refusal};
	char *why = NULL;
	if (!has_guild)
		call.params[0] = NULL;
	enum status status = sql_each(&call, got_refused, &refused, &why);
	return status ? fail(import, status, why) : STATUS_OK;
}

static enum status run(struct import *import, const char *name)
{
	const struct sql_call call = call_of(import, name);
	char *why = NULL;
	enum status status = sql_run(&call, &why);
	return status ? fail(import, status, why) : STATUS_OK;
}

/* One row a member, and none of who was erased. */
static enum status settle_members(struct import *import)
{
	const struct sql_call key = call_of(import, "import_staged_key");
	char *why = NULL;
	enum status status = refuse_staged(import, "import_forget", REFUSAL_ERASED, true);
	if (!status)
		status = run(import, "import_extras_key");
	if (status || sql_run(&key, &why) == STATUS_OK)
		return status;
	status = refuse_staged(import, "import_duplicates", REFUSAL_DUPLICATE, false);
	return status ? status : run(import, "import_staged_key");
}

/* What stands beside the members, in the predecessor's database and in our own export. */
static enum status settle_history(struct import *import)
{
	static const struct {
		const char *name, *file;
		enum refusal refusal;
	} steps[] = {
		{"import_items_of_nobody", "user_inventory", REFUSAL_NOBODY},
		{"import_multipliers_of_nobody", "active_multipliers", REFUSAL_NOBODY},
		{"import_multipliers_return", "active_multipliers", REFUSAL_RETURNED},
		{"import_ledger_of_nobody", "transactions", REFUSAL_NOBODY},
		{"import_matches_of_nobody", "game_history", REFUSAL_NOBODY},
	};
	const char *file = import->importing->file;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < ARRAY_LEN(steps) && !status; i++) {
		import->importing->file = steps[i].file;
		status = refuse_staged(import, steps[i].name, steps[i].refusal, false);
	}
	import->importing->file = file;
	if (!status)
		status = run(import, "import_opponents_of_nobody");
	return status ? status : run(import, "import_bags_gather");
}

static enum status settle_staged(struct import *import)
{
	enum status status = settle_members(import);
	if (!status && import->options->skip_leavers)
		status = refuse_staged(import, "import_leavers", REFUSAL_LEFT, true);
	if (!status)
		status = settle_history(import);
	PGresult *counts;
	struct sql_call call = call_of(import, "import_staged_counts");
	call.params[0] = NULL;
	if (!status)
		status = ask(import, &call, &counts);
	if (status)
		return status;
	import->result->members = number_at(counts, 0, 0);
	import->result->ledger = number_at(counts, 0, 1);
	import->result->matches = number_at(counts, 0, 2);
	PQclear(counts);
	return STATUS_OK;
}

/* ---- Settings */

/* The keys and values of what was found, as JSON. */
static char *found_json(const struct import *import)
{
	const struct import_result *result = import->result;
	json_t *found = json_object();
	for (size_t i = 0; i < result->setting_count; i++) {
		const struct found_setting *setting = &result->settings[i];
		if (setting->key)
			json_object_set_new(found, setting->key,
				json_loads(setting->value, JSON_DECODE_ANY, NULL));
	}
	char *text = json_dumps(found, JSON_COMPACT);
	char *copy = must(talloc_strdup(import->ctx, must(text)));
	free(text);
	json_decref(found);
	return copy;
}

/* Makes the settings of the batch NUMBER; "0": of a plan, which its caller rolls back. */
static enum status make_settings(struct import *import, const char *number, json_t **out)
{
	struct sql_call call = call_of(import, "import_settings");
	PGresult *row;
	call.params[1] = number;
	call.params[2] = found_json(import);
	enum status status = ask(import, &call, &row);
	if (status)
		return status;
	*out = json_loads(PQgetvalue(row, 0, 0), 0, NULL);
	PQclear(row);
	return STATUS_OK;
}

static bool has_fitting(const struct import_result *result)
{
	for (size_t i = 0; i < result->setting_count; i++)
		if (result->settings[i].key)
			return true;
	return false;
}

/* Which of the settings that fit are made. */
static enum status plan_settings(struct import *import)
{
	struct import_result *result = import->result;
	json_t *made = NULL;
	const char *key;
	size_t at;
	json_t *item;
	if (!has_fitting(result) || import->options->keeps_settings)
		return STATUS_OK;
	char *why = NULL;
	enum status status = db_exec(import->ctx, import->conn, "BEGIN", NULL, &why);
	if (status)
		return fail(import, status, why);
	status = make_settings(import, "0", &made);
	if (db_exec(import->ctx, import->conn, "ROLLBACK", NULL, &why) && !status)
		status = fail(import, STATUS_FAILED, why);
	json_array_foreach (made, at, item) {
		key = json_string_value(item);
		for (size_t i = 0; i < result->setting_count; i++)
			if (result->settings[i].key && strcmp(result->settings[i].key, key) == 0)
				result->settings[i].is_made = true;
	}
	json_decref(made);
	return status;
}

/* In the batch. Before its members: their roles follow from the rewards. */
static enum status apply_settings(struct import *import)
{
	json_t *made = NULL;
	if (!has_fitting(import->result) || import->options->keeps_settings)
		return STATUS_OK;
	enum status status = make_settings(import, import->number, &made);
	json_decref(made);
	return status;
}

/* ---- The plan */

static enum status plan_largest(struct import *import)
{
	struct import_result *result = import->result;
	struct sql_call call = call_of(import, "import_largest");
	PGresult *rows;
	call.params[1] = merge_name(import->options->merge);
	enum status status = ask(import, &call, &rows);
	if (status)
		return status;
	result->largest_count = PQntuples(rows);
	for (int i = 0; i < result->largest_count; i++)
		result->largest[i] = (struct plan_change){
			.user = must(talloc_strdup(import->ctx, PQgetvalue(rows, i, 0))),
			.username = must(talloc_strdup(import->ctx, PQgetvalue(rows, i, 1))),
			.xp = number_at(rows, i, 2),
			.new_xp = number_at(rows, i, 3),
			.balance = number_at(rows, i, 4),
			.new_balance = number_at(rows, i, 5)};
	PQclear(rows);
	return STATUS_OK;
}

static enum status plan(struct import *import)
{
	struct import_result *result = import->result;
	struct sql_call call = call_of(import, "import_plan");
	PGresult *totals;
	call.params[1] = merge_name(import->options->merge);
	enum status status = ask(import, &call, &totals);
	if (status)
		return status;
	result->created = number_at(totals, 0, 0);
	result->changed = number_at(totals, 0, 1);
	result->xp = number_at(totals, 0, 2);
	result->balance = number_at(totals, 0, 3);
	PQclear(totals);
	status = plan_largest(import);
	return status ? status : plan_settings(import);
}

/* ---- The batch */

static void tell(struct import *import, enum import_phase phase, int64_t done, int64_t total)
{
	const struct import_listener *listener = import->listener;
	if (listener->progress)
		listener->progress(listener->arg, phase, done, total);
}

static bool is_interrupted(const struct import *import)
{
	return import->options->interrupted && *import->options->interrupted;
}

/* Notes a batch of another file that was cut short. */
static enum status look_for_cut_short(struct import *import)
{
	struct sql_call call = call_of(import, "import_cut_short");
	PGresult *rows;
	call.params[1] = import->sha256;
	call.params[2] = import->settled;
	enum status status = ask(import, &call, &rows);
	if (status)
		return status;
	if (PQntuples(rows) > 0)
		import->result->cut_short = must(talloc_asprintf(import->ctx,
			"import %s (%s) was cut short; its file again goes on with it, and "
			"besacectl undo import %s takes it back",
			PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1), PQgetvalue(rows, 0, 0)));
	PQclear(rows);
	return STATUS_OK;
}

/* What is read has been there since AT. */
static enum status date_back(struct import *import, const char *at)
{
	struct sql_call call = call_of(import, "import_begun");
	call.params[0] = at;
	return ask(import, &call, NULL);
}

/* The batch of this file, if there is one. */
static enum status find_batch(struct import *import, bool *out_found)
{
	struct sql_call call = call_of(import, "import_find");
	PGresult *rows;
	call.params[1] = import->sha256;
	call.params[2] = import->settled;
	enum status status = ask(import, &call, &rows);
	if (status)
		return status;
	*out_found = PQntuples(rows) > 0;
	if (*out_found) {
		const char *state = PQgetvalue(rows, 0, 1);
		snprintf(import->number, sizeof(import->number), "%s", PQgetvalue(rows, 0, 0));
		import->result->number = number_at(rows, 0, 0);
		import->result->was_done = strcmp(state, "done") == 0;
		import->result->was_continued = strcmp(state, "applying") == 0;
		if (strcmp(state, "undoing") == 0) {
			import->result->fault = IMPORT_FAULT_UNDOING;
			status = fail(import, STATUS_INVALID,
				must(talloc_asprintf(import->ctx,
					"this file was imported as number %s, which is taken back "
					"in "
					"part: besacectl undo import %s goes on with that",
					import->number, import->number)));
		}
	}
	if (*out_found && !status)
		status = date_back(import, PQgetvalue(rows, 0, 3));
	PQclear(rows);
	return status;
}

static enum status begin_batch(struct import *import)
{
	struct sql_call call = call_of(import, "import_begin");
	char members[24];
	PGresult *row;
	snprintf(members, sizeof(members), "%" PRId64, import->result->members);
	call.params[1] = import->options->mover->name;
	call.params[2] = import->sha256;
	call.params[3] = import->settled;
	call.params[4] = members;
	call.params[5] = import->options->actor ? import->options->actor : "";
	enum status status = ask(import, &call, &row);
	if (status)
		return status;
	snprintf(import->number, sizeof(import->number), "%s", PQgetvalue(row, 0, 0));
	import->result->number = number_at(row, 0, 0);
	PQclear(row);
	return STATUS_OK;
}

static enum status stop(struct import *import, int64_t done)
{
	return fail(import, STATUS_UNAVAILABLE,
		must(talloc_asprintf(import->ctx,
			"interrupted: %" PRId64 " of %" PRId64
			" members are imported; the same call goes on, and besacectl undo import "
			"%s takes it back",
			done, import->result->members, import->number)));
}

/* Those of LINES were erased since the plan. */
static void note_erased(struct import *import, const json_t *lines)
{
	size_t at;
	json_t *line;
	json_array_foreach (lines, at, line) {
		const struct refusal_note note = {REFUSAL_ERASED,
			(uint64_t)json_integer_value(line), NULL, "the member", NULL};
		importing_refuse(import->importing, &note);
		import->result->erased++;
	}
}

/* Applies one slice after *last, which moves on. *out_done is how many members it had. */
static enum status apply_slice(struct import *import, char last[21], int64_t *out_done)
{
	char size[12];
	PGresult *row;
	struct sql_call call = call_of(import, "import_slice");
	snprintf(size, sizeof(size), "%d", IMPORT_SLICE);
	call.params[1] = import->number;
	call.params[2] = last;
	call.params[3] = size;
	call.params[4] = merge_name(import->options->merge);
	call.params[5] = import->options->rewards ? "true" : "false";
	enum status status = ask(import, &call, &row);
	if (status)
		return status;
	json_t *slice = must(json_loads(PQgetvalue(row, 0, 0), 0, NULL));
	const char *to = json_string_value(json_object_get(slice, "last"));
	*out_done = json_integer_value(json_object_get(slice, "members"));
	if (to)
		snprintf(last, 21, "%s", to);
	note_erased(import, json_object_get(slice, "erased"));
	json_decref(slice);
	PQclear(row);
	return STATUS_OK;
}

static enum status apply_members(struct import *import)
{
	struct sql_call call = call_of(import, "import_progress");
	char last[21];
	PGresult *progress;
	call.params[1] = import->number;
	enum status status = ask(import, &call, &progress);
	if (status)
		return status;
	int64_t done = number_at(progress, 0, 0);
	snprintf(last, sizeof(last), "%s", PQgetvalue(progress, 0, 1));
	PQclear(progress);
	for (int64_t more = 1; more > 0; done += more) {
		tell(import, PHASE_MEMBERS, done, import->result->members);
		if (is_interrupted(import))
			return stop(import, done);
		status = apply_slice(import, last, &more);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* Applies the history that the statement NAME brings, slice by slice. */
static enum status apply_history(struct import *import, const char *name, int64_t total)
{
	struct sql_call call = call_of(import, name);
	call.params[1] = import->number;
	call.params[2] = HISTORY_SLICE;
	for (int64_t done = 0, more = 1; more > 0; done += more) {
		PGresult *row;
		tell(import, PHASE_HISTORY, done, total);
		if (is_interrupted(import))
			return stop(import, import->result->members);
		enum status status = ask(import, &call, &row);
		if (status)
			return status;
		more = number_at(row, 0, 0);
		PQclear(row);
	}
	return STATUS_OK;
}

static enum status fold(struct import *import)
{
	struct sql_call call = call_of(import, "import_fold");
	call.params[0] = NULL;
	for (int64_t folded = 1; folded > 0;) {
		PGresult *row;
		enum status status = ask(import, &call, &row);
		if (status)
			return status;
		folded = number_at(row, 0, 0);
		PQclear(row);
	}
	return STATUS_OK;
}

static enum status apply(struct import *import)
{
	enum status status = import->result->was_continued ? STATUS_OK : begin_batch(import);
	if (!status)
		status = apply_settings(import);
	if (!status)
		status = apply_members(import);
	if (!status && import->result->ledger > 0)
		status = apply_history(import, "import_ledger", import->result->ledger);
	if (!status && import->result->matches > 0)
		status = apply_history(import, "import_matches", import->result->matches);
	if (status)
		return status;
	struct sql_call call = call_of(import, "import_whole");
	call.params[1] = import->number;
	status = ask(import, &call, NULL);
	call.name = "import_end";
	if (!status)
		status = run(import, "import_flush");
	if (!status)
		status = ask(import, &call, NULL);
	return status ? status : fold(import);
}

/* ---- All of it */

/* Why nothing would be imported, when nothing is left. */
static enum status check_members(struct import *import)
{
	int64_t refused = 0;
	if (import->result->members > 0)
		return STATUS_OK;
	for (int i = 1; i < REFUSAL_FIRST_CHANGE; i++)
		refused += import->result->refusals[i];
	import->result->fault = refused > 0 ? IMPORT_FAULT_REFUSED : IMPORT_FAULT_EMPTY;
	return fail(import, STATUS_INVALID,
		refused > 0 ? "nobody is left to import: every row was refused"
			    : "there is nobody in it");
}

static enum status look_for_erased(struct import *import)
{
	struct sql_call call = call_of(import, "import_forgotten");
	PGresult *row;
	call.params[0] = NULL;
	enum status status = ask(import, &call, &row);
	if (status)
		return status;
	import->result->any_erased = number_at(row, 0, 0) > 0;
	PQclear(row);
	return STATUS_OK;
}

static enum status import_staged(struct import *import)
{
	bool found = false;
	enum status status = STATUS_OK;
	if (import->options->begun_at)
		status = date_back(import, import->options->begun_at);
	if (!status)
		status = find_batch(import, &found);
	if (!status)
		status = settle_staged(import);
	if (!status)
		status = look_for_cut_short(import);
	if (!status && !import->result->was_done)
		status = plan(import);
	if (status)
		return status;
	if (!import->result->was_done && import->listener->planned)
		import->listener->planned(import->listener->arg, import->result);
	status = check_members(import);
	if (!status && !import->options->dry_run && !import->result->was_done)
		status = apply(import);
	return status ? status : look_for_erased(import);
}

static enum status import_all(struct import *import)
{
	char *why = NULL;
	const struct sql_call lock = call_of(import, NULL);
	enum status status =
		report_open(import->ctx, import->options->report, &import->importing->report, &why);
	if (status)
		return fail(import, STATUS_INVALID, why);
	status = read_all(import);
	if (!status && (status = sql_lock_guild(&lock, NULL, NULL, &why)))
		status = fail(import, status, why);
	if (!status)
		status = import_staged(import);
	if (report_close(import->importing->report, &why) && !status)
		status = fail(import, STATUS_FAILED, why);
	return status;
}

enum status import_run(void *ctx, PGconn *conn, const struct import_options *options,
	const struct import_listener *listener, struct import_result *out)
{
	struct import import = {.ctx = ctx,
		.conn = conn,
		.options = options,
		.listener = listener,
		.result = out,
		.settled = settle_options(ctx, options),
		.importing = must(talloc_zero(ctx, struct importing))};
	*out = (struct import_result){0};
	enum status status = import_all(&import);
	out->why = import.why;
	return status;
}
