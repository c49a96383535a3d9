/* Fetches, plans and applies an import of the panel. */
#include "import_work.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/movers/import.h"
#include "besace/rest/download.h"
#include "besace/runtime/log.h"
#include "besace/store/build.h"
#include "besace/store/db.h"
#include "besace/store/panel_imports.h"
#include "besace/store/query.h"

/* Bytes of a row of the file. */
#define PART_BYTES 262144

struct import_task {
	void *ctx;
	struct import_work *work;
	PGconn *conn; /* of the lock and of the state; the import has one of its own */
	char *guild, *upload, *state, *source, *filename, *url, *actor, *begun_at;
	int file;
	atomic_int interrupted; /* the service ends, or Besace was removed from the guild */
};

/* Runs the query NAME with PARAMS, which end with a NULL name. */
static enum status run(
	struct import_task *task, const char *name, const char *const (*params)[2], PGresult **out)
{
	struct db_named_query query = {.name = name, .sql = must(query_find(task->ctx, name))};
	char *why = NULL;
	for (size_t i = 0; params && params[i][0]; i++) {
		query.params[i].name = params[i][0];
		query.params[i].value = params[i][1];
	}
	enum status status = db_exec_query(task->ctx, task->conn, &query, out, &why);
	if (status)
		log_warn(LOG_TEXT("an import of the panel cannot go on"), LOG_STR("query", name),
			LOG_STR("why", why));
	return status;
}

/* TOLD is given up. */
static enum status set(struct import_task *task, const char *state, json_t *told)
{
	char *text = must(json_dumps(must(told), JSON_COMPACT));
	const char *const params[][2] = {{"guild_id", task->guild}, {"upload_id", task->upload},
		{"state", state}, {"told", text}, {NULL, NULL}};
	enum status status = run(task, "panel_import_set", params, NULL);
	free(text);
	json_decref(told);
	return status;
}

/* WHY: one of the panel's words, "@…", or a sentence. */
static void give_up(struct import_task *task, const char *why)
{
	json_t *text = json_string(why); /* NULL: what a file says is no UTF-8 */
	(void)set(task, "failed",
		json_pack("{s:o}", "why", text ? text : must(json_string("@file"))));
}

/* ---- The file. It is in memory while it is worked at, and nowhere on disk but in the database. */

static enum status keep_file(struct import_task *task)
{
	char *bytes = must(talloc_size(task->ctx, PART_BYTES));
	char *hex = must(talloc_size(task->ctx, 2 * PART_BYTES + 1));
	const char *const guild[][2] = {{"guild_id", task->guild}, {NULL, NULL}};
	enum status status = run(task, "panel_import_clear", guild, NULL);
	ssize_t got;
	off_t at = 0;
	for (int place = 0; !status && (got = pread(task->file, bytes, PART_BYTES, at)) > 0;
		place++) {
		char number[12];
		snprintf(number, sizeof(number), "%d", place);
		sodium_bin2hex(hex, 2 * PART_BYTES + 1, (const unsigned char *)bytes, (size_t)got);
		const char *const params[][2] = {{"guild_id", task->guild},
			{"upload_id", task->upload}, {"place", number}, {"hex", hex}, {NULL, NULL}};
		status = run(task, "panel_import_part", params, NULL);
		at += got;
	}
	talloc_free(bytes);
	talloc_free(hex);
	return status;
}

static enum status fetch(struct import_task *task)
{
	enum status status = download(task->url, task->work->cdn_url, task->file,
		PANEL_IMPORT_FILE_MAX, &task->work->interrupted);
	if (task->work->interrupted)
		return STATUS_UNAVAILABLE;
	if (status) {
		give_up(task, status == STATUS_DENIED      ? "@host"
			      : status == STATUS_TOO_LARGE ? "@large"
							   : "@fetch");
		return status;
	}
	status = keep_file(task);
	return status ? status : set(task, "planning", json_object());
}

/* Writes what PostgreSQL wrote as hexadecimal digits. */
static bool write_part(struct import_task *task, const PGresult *row)
{
	const char *hex = PQgetvalue(row, 0, 0);
	size_t digits = (size_t)PQgetlength(row, 0, 0), length = 0;
	unsigned char *bytes = must(talloc_size(task->ctx, digits / 2 + 1));
	bool whole = sodium_hex2bin(bytes, digits / 2, hex, digits, NULL, &length, NULL) == 0 &&
		     write(task->file, bytes, length) == (ssize_t)length;
	talloc_free(bytes);
	return whole;
}

static enum status read_file(struct import_task *task)
{
	enum status status = ftruncate(task->file, 0) || lseek(task->file, 0, SEEK_SET)
				     ? STATUS_FAILED
				     : STATUS_OK;
	for (int place = 0, more = 1; !status && more; place++) {
		char number[12];
		PGresult *row;
		snprintf(number, sizeof(number), "%d", place);
		const char *const params[][2] = {
			{"guild_id", task->guild}, {"place", number}, {NULL, NULL}};
		status = run(task, "panel_import_file", params, &row);
		if (status)
			return status;
		more = PQntuples(row) > 0;
		if (more && !write_part(task, row))
			status = STATUS_FAILED;
		PQclear(row);
	}
	return status;
}

/* ---- The import */

/* After each slice of members its progress is written down, which also tells whether the next one
 * may follow: nothing changes in a guild that has removed Besace. Added again, it goes on from
 * there. */
static void got_progress(void *arg, enum import_phase phase, int64_t done, int64_t total)
{
	struct import_task *task = arg;
	char done_text[24], total_text[24];
	PGresult *row;
	if (task->work->interrupted)
		task->interrupted = 1;
	if (phase != PHASE_MEMBERS)
		return;
	snprintf(done_text, sizeof(done_text), "%" PRId64, done);
	snprintf(total_text, sizeof(total_text), "%" PRId64, total);
	const char *const params[][2] = {{"guild_id", task->guild}, {"upload_id", task->upload},
		{"done", done_text}, {"total", total_text}, {NULL, NULL}};
	if (run(task, "panel_import_progress", params, &row))
		return;
	if (PQntuples(row) == 0)
		task->interrupted = 1;
	PQclear(row);
}

/* For the panel, which says it in its reader's language. NAMELESS: without what the file says. */
static json_t *note_json(enum refusal refusal, const struct import_refused *note, bool nameless)
{
	json_t *json = must(json_pack(
		"{s:s, s:I}", "why", refusal_word(refusal), "line", (json_int_t)note->line));
	const char *const texts[][2] = {{"user", nameless ? NULL : note->user},
		{"what", note->what}, {"value", nameless ? NULL : note->value}};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_t *text = texts[i][1] ? json_string(texts[i][1]) : NULL; /* UTF-8 alone */
		if (text)
			json_object_set_new(json, texts[i][0], text);
	}
	return json;
}

static json_t *refused_json(const struct import_result *result, int64_t *out_count)
{
	json_t *list = must(json_array());
	*out_count = 0;
	for (int kind = 1; kind < REFUSAL_COUNT; kind++) {
		if (kind == REFUSAL_ERASED)
			continue; /* these are counted apart */
		*out_count += result->refusals[kind];
		for (int i = 0; i < REPORT_LINES_KEPT && i < result->refusals[kind] &&
				json_array_size(list) < PANEL_IMPORT_REFUSED_MAX;
			i++)
			json_array_append_new(
				list, note_json((enum refusal)kind, &result->notes[kind][i],
					      result->any_erased));
	}
	return list;
}

static json_t *plan_json(const struct import_result *result)
{
	int64_t refused;
	json_t *list = refused_json(result, &refused);
	return must(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:b, s:I}", "rows",
		(json_int_t)result->rows, "members", (json_int_t)result->members, "created",
		(json_int_t)result->created, "changed", (json_int_t)result->changed, "xp",
		(json_int_t)result->xp, "balance", (json_int_t)result->balance, "refused_count",
		(json_int_t)refused, "refused", list, "was_done", result->was_done, "erased",
		(json_int_t)result->refusals[REFUSAL_ERASED]));
}

/* "arcane linear" is a source and its curve. */
static bool read_source(struct import_task *task, struct import_options *options)
{
	static const char *const curves[] = {[CURVE_LINEAR] = "linear",
		[CURVE_EXPONENTIAL] = "exponential",
		[CURVE_FLAT] = "flat"};
	char *name = must(talloc_strdup(task->ctx, task->source)), *curve = strchr(name, ' ');
	if (curve)
		*curve++ = '\0';
	for (int i = CURVE_LINEAR; curve && i <= CURVE_FLAT; i++)
		if (strcmp(curves[i], curve) == 0)
			options->curve = (enum import_curve)i;
	options->factor = 1;
	options->mover = mover_find(name);
	return options->mover && !mover_facts(options->mover).is_database &&
	       mover_facts(options->mover).wants_curve == (options->curve != CURVE_NONE);
}

/* The panel's word for why nothing was imported. What a reader says of a file names the line in
 * which it stopped; the page says no more than that. */
static char *fault_word(struct import_task *task, const struct import_result *result)
{
	static const char *const words[] = {[IMPORT_FAULT_OTHER] = "@failed",
		[IMPORT_FAULT_SHAPE] = "@shape",
		[IMPORT_FAULT_EMPTY] = "@empty",
		[IMPORT_FAULT_REFUSED] = "@refused",
		[IMPORT_FAULT_OPTION] = "@failed", /* it has none */
		[IMPORT_FAULT_UNDOING] = "@undoing"};
	const char *line = result->fault == IMPORT_FAULT_SHAPE && result->why
				   ? strstr(result->why, "line ")
				   : NULL;
	long long number = line ? strtoll(line + strlen("line "), NULL, 10) : 0;
	return must(talloc_asprintf(
		task->ctx, "%s %lld", words[result->fault], number > 0 ? number : 1));
}

static void tell_end(struct import_task *task, enum status status,
	const struct import_result *result, bool dry_run)
{
	if (status == STATUS_INVALID || status == STATUS_FAILED)
		log_warn(LOG_TEXT("an import of the panel ended"), LOG_STR("guild", task->guild),
			LOG_STR("why", result->why ? result->why : ""));
	if (status == STATUS_OK && dry_run)
		(void)set(task, "planned", json_pack("{s:o}", "plan", plan_json(result)));
	else if (status == STATUS_OK)
		(void)set(task, "imported",
			json_pack("{s:I, s:{s:I}}", "number", (json_int_t)result->number, "more",
				"erased", (json_int_t)result->refusals[REFUSAL_ERASED]));
	else if (status == STATUS_INVALID || status == STATUS_FAILED)
		give_up(task, fault_word(task, result));
	/* Interrupted, or the connection broke: it is taken up again. */
}

static void import(struct import_task *task, bool dry_run)
{
	struct snowflake guild;
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", task->file);
	const char *const files[] = {path};
	struct import_options options = {.guild = &guild,
		.files = files,
		.file_count = 1,
		.merge = MERGE_HIGHEST,
		.dry_run = dry_run,
		.keeps_settings = true,
		.begun_at = task->begun_at,
		.actor = task->actor,
		.interrupted = &task->interrupted};
	const struct import_listener listener = {got_progress, NULL, task};
	struct import_result *result = must(talloc_zero(task->ctx, struct import_result));
	PGconn *conn;
	char *why = NULL;
	if (!snowflake_parse(task->guild, &guild) || !read_source(task, &options)) {
		give_up(task, "@source");
		return;
	}
	if (db_connect(task->ctx, task->work->database_url, true, &conn, &why)) {
		log_warn(LOG_TEXT("an import of the panel waits"), LOG_STR("why", why));
		return;
	}
	enum status status = build_enter(task->ctx, conn, &why);
	if (!status) {
		status = import_run(task->ctx, conn, &options, &listener, result);
		tell_end(task, status, result, dry_run);
		log_info(LOG_TEXT("import of the panel"), LOG_STR("guild", task->guild),
			LOG_STR("source", task->source), LOG_INT("dry_run", dry_run),
			LOG_STR("status", status_name(status)),
			LOG_INT("members", result->members));
	}
	PQfinish(conn);
}

/* ---- The task */

static char *copy_at(struct import_task *task, const PGresult *row, int column)
{
	return must(talloc_strdup(task->ctx, PQgetvalue(row, 0, column)));
}

static bool take(struct import_task *task)
{
	PGresult *row;
	if (run(task, "panel_import_take", NULL, &row))
		return false;
	bool found = PQntuples(row) > 0;
	if (found) {
		task->guild = copy_at(task, row, 0);
		task->state = copy_at(task, row, 1);
		task->upload = copy_at(task, row, 2);
		task->source = copy_at(task, row, 3);
		task->filename = copy_at(task, row, 4);
		task->url = copy_at(task, row, 5);
		task->actor = copy_at(task, row, 6);
		task->begun_at = copy_at(task, row, 7);
	}
	PQclear(row);
	return found;
}

static void work_at(struct import_task *task)
{
	task->file = memfd_create("import", MFD_CLOEXEC);
	if (task->file < 0) {
		log_error(LOG_TEXT("no memory for a file"), LOG_STR("why", strerror(errno)));
		return;
	}
	enum status status = STATUS_OK;
	if (strcmp(task->state, "fetching") == 0)
		status = fetch(task);
	else
		status = read_file(task);
	if (!status)
		import(task, strcmp(task->state, "importing") != 0);
	close(task->file);
}

void import_work(struct import_work *work)
{
	void *ctx = must(talloc_new(NULL));
	struct import_task task = {.ctx = ctx, .work = work};
	char *why = NULL;
	work->did_something = false;
	if (db_connect(ctx, work->database_url, true, &task.conn, &why) == STATUS_OK) {
		if (build_enter(ctx, task.conn, &why) == STATUS_OK && take(&task)) {
			work_at(&task);
			work->did_something = true;
		}
		PQfinish(task.conn); /* and its lock */
	} else {
		log_warn(LOG_TEXT("imports of the panel wait"), LOG_STR("why", why));
	}
	talloc_free(ctx);
}
