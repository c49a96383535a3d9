/* Finds the records in large JSON by yajl's events. */
#include "json_records.h"

#include <string.h>
#include <talloc.h>
#include <yajl/yajl_parse.h>

#include "besace/base/memory.h"

/* A record: a member has some tens of values, the settings of a whole server some thousands. */
#define RECORD_VALUES_MAX 8192
#define RECORD_BYTES_MAX 262144
#define RECORD_DEPTH_MAX 32

/* Names of places are short. */
#define NAME_MAX_BYTES 64

/* A text without an end would be kept whole: so many chunks without a single event are refused. */
#define SILENT_CHUNKS_MAX 128

/* yajl's answers to "go on?". */
enum { STOP = 0, GO_ON = 1 };

struct json_reader {
	const struct json_reading *reading;
	enum status status;
	unsigned found; /* places that were seen, a bit each */
	size_t depth; /* containers that are open */
	bool root_is_object;
	char name[NAME_MAX_BYTES]; /* of the member of the root that is read */
	int container; /* the place whose records stand in the open member; -1: none */
	/* The record that is read. */
	int place; /* -1: none */
	size_t record_depth, base;
	struct json_value *open[RECORD_DEPTH_MAX], *last[RECORD_DEPTH_MAX];
	bool too_large;
	uint64_t record_line;
	const char *key;
	struct json_value *values;
	char *bytes;
	size_t value_count, byte_count;
	/* Where in the file. */
	yajl_handle handle;
	const char *chunk;
	size_t counted; /* bytes of CHUNK whose lines are counted */
	uint64_t line, events;
};

/* ---- Where the reader is */

static uint64_t line_now(struct json_reader *reader)
{
	size_t at = yajl_get_bytes_consumed(reader->handle);
	const char *from = reader->chunk + reader->counted, *end = reader->chunk + at;
	for (; from < end && (from = memchr(from, '\n', (size_t)(end - from))); from++)
		reader->line++;
	if (at > reader->counted)
		reader->counted = at;
	return reader->line;
}

/* The place called NAME with SUFFIX; -1: there is none. */
static int find_path(const struct json_reader *reader, const char *name, const char *suffix)
{
	size_t length = strlen(name);
	for (int i = 0; reader->reading->places[i].where; i++) {
		const char *where = reader->reading->places[i].where;
		if (strncmp(where, name, length) == 0 && strcmp(where + length, suffix) == 0)
			return i;
	}
	return -1;
}

static const char *suffix_of(enum json_kind kind)
{
	return kind == JSON_KIND_LIST ? "[]" : kind == JSON_KIND_OBJECT ? "{}" : "?";
}

/* The place of a value of KIND that begins now, when it is a record; -1 otherwise. Notes when it
 * holds records itself. */
static int path_now(struct json_reader *reader, enum json_kind kind)
{
	if (reader->depth == 0) {
		reader->root_is_object = kind == JSON_KIND_OBJECT;
		reader->container = kind == JSON_KIND_LIST ? find_path(reader, "", "[]") : -1;
		if (reader->container >= 0)
			reader->found |= 1U << reader->container;
		return -1;
	}
	if (reader->depth == 1 && reader->root_is_object) {
		int whole = find_path(reader, reader->name, "");
		reader->container = find_path(reader, reader->name, suffix_of(kind));
		if (reader->container >= 0)
			reader->found |= 1U << reader->container;
		return whole >= 0 ? whole
				  : (reader->container >= 0 ? -1 : find_path(reader, "", "{}"));
	}
	size_t records_at = reader->root_is_object ? 2 : 1;
	return reader->depth == records_at ? reader->container : -1;
}

/* ---- Records */

static char *keep_text(struct json_reader *reader, const char *text, size_t length)
{
	if (reader->byte_count + length + 1 > RECORD_BYTES_MAX) {
		reader->too_large = true;
		return NULL;
	}
	char *kept = reader->bytes + reader->byte_count;
	memcpy(kept, text, length);
	kept[length] = '\0';
	reader->byte_count += length + 1;
	return kept;
}

/* A value at its place in the record's tree; NULL: the record is too large. */
static struct json_value *add_value(struct json_reader *reader, enum json_kind kind)
{
	if (reader->too_large || reader->value_count == RECORD_VALUES_MAX) {
		reader->too_large = true;
		return NULL;
	}
	struct json_value *value = &reader->values[reader->value_count++];
	*value = (struct json_value){.kind = kind, .key = reader->key};
	reader->key = NULL;
	if (reader->record_depth > 0) {
		size_t at = reader->record_depth - 1;
		if (reader->last[at])
			reader->last[at]->next = value;
		else
			reader->open[at]->first = value;
		reader->last[at] = value;
	}
	return value;
}

static int end_record(struct json_reader *reader)
{
	const struct json_record record = {.place = (size_t)reader->place,
		.value = reader->too_large ? NULL : reader->values,
		.line = reader->record_line};
	reader->place = -1;
	reader->status = reader->reading->record(reader->reading->arg, &record);
	return reader->status ? STOP : GO_ON;
}

/* A value of KIND begins: whether it belongs to a record, which begins with it if need be. */
static bool is_in_record(struct json_reader *reader, enum json_kind kind)
{
	reader->events++;
	if (reader->place >= 0)
		return true;
	int place = path_now(reader, kind);
	if (place < 0)
		return false;
	reader->found |= 1U << place;
	reader->place = place;
	reader->base = reader->depth;
	reader->record_depth = 0;
	reader->too_large = false;
	reader->record_line = line_now(reader);
	reader->value_count = reader->byte_count = 0;
	/* The member's name is the record's key. */
	reader->key = reader->key ? keep_text(reader, reader->key, strlen(reader->key)) : NULL;
	return true;
}

static int got_scalar(
	struct json_reader *reader, enum json_kind kind, const char *text, size_t length)
{
	if (!is_in_record(reader, kind)) {
		reader->key = NULL;
		return GO_ON;
	}
	struct json_value *value = add_value(reader, kind);
	if (value && text && !memchr(text, '\0', length))
		value->text = keep_text(reader, text, length);
	if (value && !value->text)
		value->kind = JSON_KIND_NULL;
	return reader->record_depth == 0 ? end_record(reader) : GO_ON;
}

/* ---- yajl's events */

static int got_null(void *arg)
{
	return got_scalar(arg, JSON_KIND_NULL, NULL, 0);
}

static int got_boolean(void *arg, int value)
{
	const char *text = value ? "true" : "false";
	return got_scalar(arg, JSON_KIND_BOOLEAN, text, strlen(text));
}

static int got_number(void *arg, const char *text, size_t length)
{
	return got_scalar(arg, JSON_KIND_NUMBER, text, length);
}

static int got_text(void *arg, const unsigned char *text, size_t length)
{
	return got_scalar(arg, JSON_KIND_TEXT, (const char *)text, length);
}

static int got_key(void *arg, const unsigned char *text, size_t length)
{
	struct json_reader *reader = arg;
	reader->events++;
	if (reader->place >= 0) {
		reader->key = keep_text(reader, (const char *)text, length);
		return GO_ON;
	}
	char name[NAME_MAX_BYTES] = "?"; /* no place is called so */
	if (length < NAME_MAX_BYTES && !memchr(text, '\0', length)) {
		memcpy(name, text, length);
		name[length] = '\0';
	}
	/* A record's key waits behind its texts' room, which the record then begins with. */
	reader->key = strcpy(reader->bytes + RECORD_BYTES_MAX, name);
	if (reader->depth == 1)
		strcpy(reader->name, name);
	return GO_ON;
}

static int start(struct json_reader *reader, enum json_kind kind)
{
	bool inside = is_in_record(reader, kind);
	reader->depth++;
	if (!inside) {
		reader->key = NULL;
		return GO_ON;
	}
	struct json_value *value =
		reader->record_depth < RECORD_DEPTH_MAX ? add_value(reader, kind) : NULL;
	if (!value)
		reader->too_large = true;
	if (reader->record_depth < RECORD_DEPTH_MAX) {
		reader->open[reader->record_depth] = value;
		reader->last[reader->record_depth] = NULL;
	}
	reader->record_depth++;
	return GO_ON;
}

static int start_object(void *arg)
{
	return start(arg, JSON_KIND_OBJECT);
}

static int start_list(void *arg)
{
	return start(arg, JSON_KIND_LIST);
}

static int end(void *arg)
{
	struct json_reader *reader = arg;
	reader->events++;
	reader->depth--;
	if (reader->place < 0)
		return GO_ON;
	reader->record_depth--;
	return reader->depth == reader->base ? end_record(reader) : GO_ON;
}

/* ---- NaN and Infinity */

/* What of a chunk is a text is known from those before it. */
struct json_mender {
	bool in_text, escaped;
	size_t held; /* bytes at the end that may be the beginning of such a word */
};

static bool is_word(const char *at, size_t left, const char *word)
{
	return strncmp(at, word, left < strlen(word) ? left : strlen(word)) == 0;
}

/* Puts quotes around NaN and Infinity in LENGTH bytes, in the room of the word: "N", "Infini" with
 * them are as long. Returns how many bytes at the end may be the beginning of one. */
static size_t mend(struct json_mender *mender, char *bytes, size_t length, bool last)
{
	for (size_t i = 0; i < length; i++) {
		char c = bytes[i];
		if (mender->escaped) {
			mender->escaped = false;
		} else if (mender->in_text) {
			mender->escaped = c == '\\';
			mender->in_text = c != '"';
		} else if (c == '"') {
			mender->in_text = true;
		} else if (c == 'N' || c == 'I' || c == '-') {
			static const char *const words[] = {"NaN", "Infinity", "-Infinity"};
			for (size_t w = 0; w < 3; w++) {
				size_t word = strlen(words[w]), left = length - i;
				if (!is_word(bytes + i, left, words[w]))
					continue;
				if (left < word && !last)
					return left;
				if (left < word)
					continue;
				bytes[i] = '"';
				memmove(bytes + i + 1, words[w], word - 2);
				bytes[i + word - 1] = '"';
				i += word - 1;
				break;
			}
		}
	}
	return 0;
}

/* ---- Reading */

/* yajl's message, its first line. */
static char *syntax_fault(void *ctx, struct json_reader *reader, const char *name, size_t length)
{
	unsigned char *message =
		yajl_get_error(reader->handle, 0, (const unsigned char *)reader->chunk, length);
	const char *text = (const char *)message;
	char *fault = must(talloc_asprintf(ctx, "%s: line %llu: not JSON: %.*s", name,
		(unsigned long long)line_now(reader), (int)strcspn(text, "\n"), text));
	yajl_free_error(reader->handle, message);
	return fault;
}

static enum status parse(
	void *ctx, struct json_reader *reader, const char *name, size_t length, char **out_why)
{
	reader->counted = 0;
	yajl_status status = length > 0 ? yajl_parse(reader->handle,
						  (const unsigned char *)reader->chunk, length)
					: yajl_complete_parse(reader->handle);
	if (reader->status)
		return reader->status;
	if (status != yajl_status_ok) {
		*out_why = length > 0 ? syntax_fault(ctx, reader, name, length)
				      : must(talloc_asprintf(ctx,
						"%s: line %llu: the file ends in the middle", name,
						(unsigned long long)reader->line));
		return STATUS_INVALID;
	}
	line_now(reader);
	return STATUS_OK;
}

/* Chunk by chunk; what may be half of a word waits for the next. */
static enum status read_chunks(
	void *ctx, struct input *input, struct json_reader *reader, char **out_why)
{
	struct json_mender mender = {0};
	char *buffer = must(talloc_size(ctx, INPUT_CHUNK + 16));
	unsigned silent = 0;
	reader->chunk = buffer;
	for (size_t got = 1; got > 0;) {
		enum status status =
			input_read(ctx, input, buffer + mender.held, INPUT_CHUNK, &got, out_why);
		if (status)
			return status;
		size_t length = mender.held + got;
		mender.held = mend(&mender, buffer, length, got == 0);
		uint64_t events = reader->events;
		if (length > mender.held)
			status = parse(ctx, reader, input->name, length - mender.held, out_why);
		if (status)
			return status;
		silent = reader->events == events ? silent + 1 : 0;
		if (silent > SILENT_CHUNKS_MAX) {
			*out_why = must(talloc_asprintf(ctx, "%s: line %llu: a text is too long",
				input->name, (unsigned long long)reader->line));
			return STATUS_INVALID;
		}
		memmove(buffer, buffer + length - mender.held, mender.held);
	}
	return parse(ctx, reader, input->name, 0, out_why);
}

enum status json_records_read(void *ctx, struct input *input, const struct json_reading *reading,
	unsigned *out_places, char **out_why)
{
	static const yajl_callbacks callbacks = {.yajl_null = got_null,
		.yajl_boolean = got_boolean,
		.yajl_number = got_number,
		.yajl_string = got_text,
		.yajl_start_map = start_object,
		.yajl_map_key = got_key,
		.yajl_end_map = end,
		.yajl_start_array = start_list,
		.yajl_end_array = end};
	void *own = must(talloc_new(ctx));
	struct json_reader *reader = must(talloc_zero(own, struct json_reader));
	reader->reading = reading;
	reader->container = reader->place = -1;
	reader->line = 1;
	reader->values = must(talloc_array(own, struct json_value, RECORD_VALUES_MAX));
	reader->bytes = must(talloc_size(own, RECORD_BYTES_MAX + NAME_MAX_BYTES));
	reader->handle = must(yajl_alloc(&callbacks, NULL, reader));
	yajl_config(reader->handle, yajl_allow_multiple_values, 1);
	char *why = NULL;
	enum status status = read_chunks(own, input, reader, &why);
	*out_places = reader->found;
	if (why)
		*out_why = must(talloc_strdup(ctx, why));
	yajl_free(reader->handle);
	talloc_free(own);
	return status;
}

/* ---- Trees */

const struct json_value *json_value_get(const struct json_value *value, const char *key)
{
	if (!value || value->kind != JSON_KIND_OBJECT)
		return NULL;
	for (const struct json_value *member = value->first; member; member = member->next)
		if (member->key && strcmp(member->key, key) == 0)
			return member->kind == JSON_KIND_NULL ? NULL : member;
	return NULL;
}

const char *json_value_scalar(const struct json_value *value)
{
	return value && value->kind != JSON_KIND_LIST && value->kind != JSON_KIND_OBJECT
		       ? value->text
		       : NULL;
}

const char *json_value_text(const struct json_value *value, const char *key)
{
	return json_value_scalar(json_value_get(value, key));
}

bool json_value_is_true(const struct json_value *value, const char *key)
{
	const char *text = json_value_text(value, key);
	return text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
}
