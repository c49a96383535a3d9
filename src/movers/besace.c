/*
 * Besace's own export: everything of a server, as besacectl export writes it; version 1.
 *
 *	{"format":"besace export","version":1,
 *	"about":"…","guild_id":"…","member_id":null,
 *	"fields":{"members":{"user_id":"…",…},…},
 *	"server":[…],"members":[…],"bag":[…],"multipliers":[…],"ledger":[…],"matches":[…],
 *	"acts":[…],"settings":[…],"changes":[…],"passing":[…]}
 *
 * or the same as CSV, whose first field says what a line is:
 *
 *	besace,1,GUILD,MEMBER,…
 *	field,members,user_id,…
 *	columns,members,user_id,username,…
 *	members,…
 *	end
 *
 * What the fields are stands in the file, and in sql/routines/besace_export.sql. Figures, bags and
 * history are imported as those of any source; the rest only into a server where nobody is yet.
 */
#include "csv_records.h"
#include "json_source.h"
#include "predecessor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

#define FORMAT_NAME "besace export"
#define FORMAT_VERSION "1"

/* Characters of a text that is kept as it is. */
#define TEXT_CHARS_MAX 1000

/* A record of either form. */
struct ours {
	struct importing *importing;
	uint64_t line;
	const char *(*get)(const void *from, const char *field); /* NULL for none */
	const void *from;
};

static const char *get(const struct ours *record, const char *field)
{
	return record->get(record->from, field);
}

/* ---- Rows beside members */

/* Whether TEXT is a whole number of 1 or more, into *out. */
static bool is_place(const char *text, int64_t *out)
{
	return text && figure_parse(text, false, out) == REFUSAL_NONE && *out > 0;
}

static void refuse_row(const struct ours *record, const char *what)
{
	const struct refusal_note note = {REFUSAL_SHAPE, record->line, "", what, NULL};
	importing_refuse(record->importing, &note);
}

static bool is_text(const char *text)
{
	return text && *text && utf8_is_valid(text, strlen(text));
}

/* Puts the fields FIELDS, up to NULL, behind the row's line; *ok becomes false when one is no text
 * at all. */
static enum status put_row(const struct ours *record, enum staged table, const char *const *fields)
{
	struct staging *staging = &record->importing->staging;
	for (int i = 0; fields[i]; i++) {
		const char *text = get(record, fields[i]);
		if (text && !utf8_is_valid(text, strlen(text))) {
			refuse_row(record, fields[i]);
			return STATUS_OK;
		}
	}
	enum status status = staging_into(staging, table);
	if (!status) {
		staging_put_number(staging, (int64_t)record->line);
		for (int i = 0; fields[i]; i++)
			staging_put(staging, get(record, fields[i]));
		status = staging_end_row(staging);
	}
	if (status)
		record->importing->why = staging->why;
	return status;
}

static enum status read_server(const struct ours *record)
{
	static const char *const fields[] = {
		"name", "owner_id", "locale", "community", "language", NULL};
	return put_row(record, STAGED_SERVER, fields);
}

/* What besace_staged_extras wants, so that a member's file of another hand is a member without it.
 */
static bool has_extras(const struct ours *record)
{
	static const char *const fields[] = {"user_id", "level_rewarded", "name_seen_ms",
		"announce_ping", "announce_none", "xp_today", "xp_eve"};
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!get(record, fields[i]))
			return false;
	return true;
}

static void put_figures(const struct ours *record, struct entry *entry)
{
	static const struct {
		const char *field;
		enum figure figure;
	} figures[] = {{"balance", FIGURE_BALANCE}, {"xp", FIGURE_XP},
		{"messages", FIGURE_MESSAGES}, {"voice_seconds", FIGURE_VOICE},
		{"invites", FIGURE_INVITES}};
	for (size_t i = 0; i < ARRAY_LEN(figures); i++)
		entry_figure(entry, figures[i].figure, get(record, figures[i].field));
	if (record->importing->options->by_level)
		entry_figure(entry, FIGURE_LEVEL, get(record, "level"));
}

static enum status read_member(const struct ours *record)
{
	static const char *const extras[] = {"user_id", "level_rewarded", "name_seen_ms",
		"announce_ping", "announce_none", "left_at", "place_id", "xp_day", "xp_today",
		"xp_eve", "message_xp", "message_why", "gift_from", "loss_day_max", "loss_next_max",
		"loss_next_at", "client_seed", NULL};
	struct entry *entry = entry_begin(record->importing, record->line);
	const char *id = get(record, "user_id"), *hidden = get(record, "hidden");
	if (id && strcmp(id, CLOSED_ACCOUNT) == 0)
		memcpy(entry->user.text, CLOSED_ACCOUNT, sizeof(CLOSED_ACCOUNT));
	else
		entry_id(entry, id);
	entry_name(entry, get(record, "username"));
	put_figures(record, entry);
	entry->hidden = hidden && hidden[0] == 't';
	entry->left = get(record, "left_at") != NULL;
	entry->last_message_at = get(record, "last_message_at");
	entry->last_gift_at = get(record, "last_gift_at");
	entry->created_at = get(record, "created_at");
	enum status status = entry_end(entry);
	if (status || entry->refusal || !has_extras(record))
		return status;
	return put_row(record, STAGED_EXTRAS, extras);
}

static enum status read_item(const struct ours *record)
{
	const char *const columns[PREDECESSOR_ITEM_COLUMNS] = {
		get(record, "user_id"), get(record, "item"), get(record, "quantity")};
	return predecessor_item(record->importing, record->line, columns);
}

static enum status read_multiplier(const struct ours *record)
{
	const char *const columns[PREDECESSOR_MULTIPLIER_COLUMNS] = {get(record, "user_id"), NULL,
		get(record, "multiplier"), get(record, "games"), get(record, "activated_at")};
	return predecessor_multiplier(record->importing, record->line, columns);
}

/* Acts name movements by their place in the file. */
static enum status read_entry(const struct ours *record)
{
	const char *const columns[PREDECESSOR_LEDGER_COLUMNS] = {get(record, "from"),
		get(record, "to"), get(record, "amount"), get(record, "type"),
		get(record, "description"), get(record, "at"), get(record, "match_id")};
	int64_t place = 0;
	if (!is_place(get(record, "n"), &place)) {
		refuse_row(record, "n");
		return STATUS_OK;
	}
	return predecessor_ledger(record->importing, (uint64_t)place, columns);
}

static enum status read_match(const struct ours *record)
{
	const char *const columns[PREDECESSOR_MATCH_COLUMNS] = {get(record, "game"),
		get(record, "player"), get(record, "opponent"), get(record, "bet"),
		get(record, "result"), get(record, "winnings"), get(record, "at"),
		get(record, "match_id")};
	return predecessor_match(record->importing, record->line, columns);
}

static enum status read_act(const struct ours *record)
{
	static const char *const fields[] = {"n", "actor", "target", "act", "what", "amount",
		"reason", "ledger", "undone_by", "at", NULL};
	return put_row(record, STAGED_ACTS, fields);
}

static enum status read_setting(const struct ours *record)
{
	const char *key = get(record, "key"), *value = get(record, "value");
	if (!is_text(key) || !is_text(value)) {
		refuse_row(record, "the setting");
		return STATUS_OK;
	}
	char *text = must(talloc_asprintf(record->importing->ctx, "%.*s: %.*s",
		(int)utf8_prefix(key, TEXT_CHARS_MAX), key, (int)utf8_prefix(value, TEXT_CHARS_MAX),
		value));
	importing_setting(record->importing, key, value, text);
	talloc_free(text);
	return STATUS_OK;
}

static enum status read_change(const struct ours *record)
{
	static const char *const fields[] = {
		"n", "change", "actor", "key", "old", "new", "undone_by", "at", NULL};
	return put_row(record, STAGED_CHANGES, fields);
}

/* What is learnt again is only told. */
static enum status pass(const struct ours *record)
{
	(void)record;
	return STATUS_OK;
}

static const struct {
	const char *name;
	enum status (*read)(const struct ours *record);
} kinds[] = {{"server", read_server}, {"members", read_member}, {"bag", read_item},
	{"multipliers", read_multiplier}, {"ledger", read_entry}, {"matches", read_match},
	{"acts", read_act}, {"settings", read_setting}, {"changes", read_change},
	{"passing", pass}};

#define KIND_MEMBERS 1

static enum status read_kind(size_t kind, const struct ours *record)
{
	if (kind != KIND_MEMBERS) {
		record->importing->result->rows++;
		importing_tell(record->importing);
	}
	return kinds[kind].read(record);
}

/* ---- JSON */

/* Behind the kinds. */
enum { PLACE_FORMAT = ARRAY_LEN(kinds), PLACE_VERSION };

static const char *get_of_value(const void *from, const char *field)
{
	return json_value_text(from, field);
}

static enum status check_format(
	struct importing *importing, const char *wanted, const char *what, const char *got)
{
	if (got && strcmp(got, wanted) == 0)
		return STATUS_OK;
	return importing_invalid(importing,
		"%s: line 1: its %s is \"%.40s\"; this program reads "
		"\"%s\"",
		importing->file, what, is_text(got) ? got : "", wanted);
}

static enum status got_record(struct importing *importing, const struct json_record *record)
{
	const char *scalar = json_value_scalar(record->value);
	if (record->place == PLACE_FORMAT)
		return check_format(importing, FORMAT_NAME, "format", scalar);
	if (record->place == PLACE_VERSION)
		return check_format(importing, FORMAT_VERSION, "version", scalar);
	const struct ours ours = {importing, record->line, get_of_value, record->value};
	return read_kind(record->place, &ours);
}

static enum status read_json(struct importing *importing, struct input *input)
{
	static const struct json_path places[] = {{"server[]"}, {"members[]"}, {"bag[]"},
		{"multipliers[]"}, {"ledger[]"}, {"matches[]"}, {"acts[]"}, {"settings[]"},
		{"changes[]"}, {"passing[]"}, {"format"}, {"version"}, {NULL}};
	_Static_assert(ARRAY_LEN(places) == ARRAY_LEN(kinds) + 3, "a place a kind");
	static const struct json_source source = {
		places, 1U << PLACE_FORMAT, "format: it is no export of Besace's", got_record};
	return json_source_read(importing, input, &source);
}

/* ---- CSV */

/* Columns of one kind, as the file has them. */
struct csv_columns {
	char *names[CSV_COLUMNS_MAX];
	size_t count;
};

struct csv_file {
	struct importing *importing;
	const struct csv_record *record;
	const struct csv_columns *at; /* of the record */
	struct csv_columns columns[ARRAY_LEN(kinds)];
	bool began, ended;
};

static const char *get_of_fields(const void *from, const char *field)
{
	const struct csv_file *file = from;
	for (size_t i = 0; i < file->at->count && i + 1 < file->record->count; i++)
		if (strcmp(file->at->names[i], field) == 0) {
			const char *text = file->record->fields[i + 1];
			return *text ? text : NULL;
		}
	return NULL;
}

/* ARRAY_LEN(kinds) when there is none. */
static size_t find_kind(const char *name)
{
	size_t kind = 0;
	while (kind < ARRAY_LEN(kinds) && strcmp(kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

static void read_columns(struct csv_file *file, const struct csv_record *record)
{
	size_t kind = record->count > 1 ? find_kind(record->fields[1]) : ARRAY_LEN(kinds);
	if (kind == ARRAY_LEN(kinds) || file->columns[kind].count > 0)
		return;
	struct csv_columns *columns = &file->columns[kind];
	for (size_t i = 2; i < record->count; i++)
		columns->names[columns->count++] =
			must(talloc_strdup(file->importing->ctx, record->fields[i]));
}

static enum status got_fields(void *arg, const struct csv_record *record)
{
	struct csv_file *file = arg;
	const char *first = record->count > 0 ? record->fields[0] : "";
	struct ours ours = {file->importing, record->line, get_of_fields, file};
	if (!file->began) {
		file->began = true;
		enum status status = check_format(
			file->importing, "besace", "first field", record->broken ? NULL : first);
		return status ? status
			      : check_format(file->importing, FORMAT_VERSION, "version",
					record->count > 1 ? record->fields[1] : NULL);
	}
	if (strcmp(first, "columns") == 0)
		read_columns(file, record);
	if (strcmp(first, "end") == 0)
		file->ended = true;
	size_t kind = find_kind(first);
	if (kind == ARRAY_LEN(kinds))
		return STATUS_OK;
	file->record = record;
	file->at = &file->columns[kind];
	return read_kind(kind, &ours);
}

static enum status read_csv(struct importing *importing, struct input *input)
{
	struct csv_file *file = must(talloc_zero(importing->ctx, struct csv_file));
	char *why = NULL;
	file->importing = importing;
	enum status status = csv_records_read(importing->ctx, input, got_fields, file, &why);
	if (why)
		importing->why = why;
	if (status || file->ended)
		return status;
	return importing_invalid(
		importing, "%s: its last line is missing: it ends in the middle", input->name);
}

static enum status read_besace(struct importing *importing, struct input *input)
{
	const char *bytes;
	size_t length;
	char *why = NULL;
	importing->file = input->name;
	enum status status = input_peek(importing->ctx, input, &bytes, &length, &why);
	if (status) {
		importing->why = why;
		return status;
	}
	return length > 0 && bytes[0] == 'b' ? read_csv(importing, input)
					     : read_json(importing, input);
}

const struct mover mover_besace = {.name = "besace",
	.description = "what besacectl export wrote, JSON or CSV: everything, into a server where\n"
		       "nobody is yet; else figures, bags and history",
	.read = read_besace};
