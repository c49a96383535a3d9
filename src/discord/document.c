/* Reads JSON from outside into a tree, by yajl. */
#include "besace/discord/document.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <yajl/yajl_parse.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Nodes allocated at once: an interaction has about a hundred. */
#define NODES_AT_ONCE 64

/* The longest number that is read: a double's digits are fewer. */
#define NUMBER_MAX 64

/* A list or an object that is not complete. */
struct open {
	struct node *node, *last; /* itself; what it holds so far ends with that */
	bool unusable;
};

struct document_reader {
	void *ctx;
	enum document_mode mode;
	const struct document_keys *keys; /* NULL: all */
	const char *why; /* what we refuse that yajl takes */
	char *texts; /* room for all: a text is shorter than its quoted form */
	struct node *nodes;
	size_t nodes_left;
	size_t node_count; /* when they are bounded */
	const char *key; /* of the value that comes next */
	bool unwanted; /* the value that comes next */
	bool too_large;
	struct node *root;
	struct open stack[DOCUMENT_MAX_DEPTH];
	size_t depth;
	size_t skipping; /* levels open below the deepest that is read */
};

/* yajl's answers to "go on?". */
enum { STOP = 0, GO_ON = 1 };

static int refuse(struct document_reader *reader, const char *why)
{
	reader->why = why;
	return STOP;
}

/* The object or list that is open is nothing that can be used. */
static int spoil(struct document_reader *reader, const char *why)
{
	if (reader->mode == DOCUMENT_STRICT)
		return refuse(reader, why);
	reader->stack[reader->depth - 1].unusable = true;
	return GO_ON;
}

/* A node at its place in the tree. */
static struct node *add(struct document_reader *reader, enum node_type type)
{
	if (reader->nodes_left == 0) {
		reader->nodes_left = NODES_AT_ONCE;
		reader->nodes = must(talloc_array(reader->ctx, struct node, NODES_AT_ONCE));
	}
	struct node *node = &reader->nodes[--reader->nodes_left];
	*node = (struct node){.type = type, .key = reader->key};
	reader->key = NULL;
	if (reader->depth == 0) {
		reader->root = node;
		return node;
	}
	struct open *open = &reader->stack[reader->depth - 1];
	if (open->last)
		open->last->next = node;
	else
		open->node->first = node;
	open->last = node;
	open->node->count++;
	return node;
}

static const char *keep(struct document_reader *reader, const unsigned char *text, size_t length)
{
	char *kept = reader->texts;
	memcpy(kept, text, length);
	kept[length] = '\0';
	reader->texts += length + 1;
	return kept;
}

/* Whether the value that comes now is passed over: it, or what it is in, is not wanted. */
static bool is_skipped(struct document_reader *reader)
{
	bool skipped = reader->skipping > 0 || reader->unwanted;
	reader->unwanted = false;
	return skipped;
}

/* Adds a node; NULL when the tree is as large as it may be. */
static struct node *add_bounded(struct document_reader *reader, enum node_type type)
{
	if (reader->keys && reader->node_count++ == reader->keys->max_nodes)
		return NULL;
	return add(reader, type);
}

static int too_many(struct document_reader *reader)
{
	reader->too_large = true;
	return refuse(reader, "it has too many values");
}

/* A value that cannot be used. */
static int add_unusable(struct document_reader *reader, const char *why)
{
	if (reader->mode == DOCUMENT_STRICT)
		return refuse(reader, why);
	return add_bounded(reader, NODE_UNUSABLE) ? GO_ON : too_many(reader);
}

static int got_null(void *arg)
{
	struct document_reader *reader = arg;
	if (is_skipped(reader))
		return GO_ON;
	return add_bounded(reader, NODE_NULL) ? GO_ON : too_many(reader);
}

static int got_boolean(void *arg, int value)
{
	struct document_reader *reader = arg;
	if (is_skipped(reader))
		return GO_ON;
	struct node *node = add_bounded(reader, NODE_BOOLEAN);
	if (!node)
		return too_many(reader);
	node->integer = value;
	return GO_ON;
}

static int got_number(void *arg, const char *text, size_t length)
{
	struct document_reader *reader = arg;
	char digits[NUMBER_MAX + 1];
	if (is_skipped(reader))
		return GO_ON;
	if (length > NUMBER_MAX)
		return add_unusable(reader, "a number is too long");
	memcpy(digits, text, length);
	digits[length] = '\0';
	bool whole = !strpbrk(digits, ".eE");
	errno = 0;
	int64_t integer = whole ? strtoll(digits, NULL, 10) : 0;
	double real = whole ? 0 : strtod(digits, NULL);
	if (errno == ERANGE && (whole || isinf(real)))
		return add_unusable(reader, "a number is too large");
	struct node *node = add_bounded(reader, whole ? NODE_INTEGER : NODE_REAL);
	if (!node)
		return too_many(reader);
	if (whole)
		node->integer = integer;
	else
		node->real = real;
	return GO_ON;
}

static int got_text(void *arg, const unsigned char *text, size_t length)
{
	struct document_reader *reader = arg;
	if (is_skipped(reader))
		return GO_ON;
	if (memchr(text, '\0', length))
		return add_unusable(reader, "a text holds a NUL");
	struct node *node = add_bounded(reader, NODE_TEXT);
	if (!node)
		return too_many(reader);
	node->text = keep(reader, text, length);
	return GO_ON;
}

/* The name among the KEYS that are wanted that is TEXT, or NULL. */
static const char *find_key(
	const struct document_keys *keys, const unsigned char *text, size_t length)
{
	size_t from = 0, to = keys->count;
	while (from < to) {
		size_t middle = (from + to) / 2;
		const char *name = keys->names[middle];
		int order = strncmp((const char *)text, name, length);
		if (order == 0 && name[length] == '\0')
			return name;
		if (order <= 0) /* TEXT is less, or but the beginning of the name */
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

static int got_key(void *arg, const unsigned char *text, size_t length)
{
	struct document_reader *reader = arg;
	if (reader->skipping)
		return GO_ON;
	const struct node *object = reader->stack[reader->depth - 1].node;
	if (memchr(text, '\0', length))
		return refuse(reader, "a key holds a NUL");
	reader->key =
		reader->keys ? find_key(reader->keys, text, length) : keep(reader, text, length);
	reader->unwanted = !reader->key;
	if (reader->unwanted)
		return GO_ON;
	if (object->count >= DOCUMENT_MAX_KEYS)
		return spoil(reader, "an object has too many keys");
	return node_get(object, reader->key) ? spoil(reader, "duplicate key") : GO_ON;
}

static int start(struct document_reader *reader, enum node_type type)
{
	if (is_skipped(reader)) {
		reader->skipping++;
		return GO_ON;
	}
	if (reader->depth == DOCUMENT_MAX_DEPTH) {
		reader->skipping++;
		return add_unusable(reader, "it nests deeper than the limit");
	}
	struct node *node = add_bounded(reader, type);
	if (!node)
		return too_many(reader);
	reader->stack[reader->depth++] = (struct open){.node = node};
	return GO_ON;
}

static int start_object(void *arg)
{
	return start(arg, NODE_OBJECT);
}

static int start_list(void *arg)
{
	return start(arg, NODE_LIST);
}

static int end(void *arg)
{
	struct document_reader *reader = arg;
	if (reader->skipping > 0) {
		reader->skipping--;
		return GO_ON;
	}
	const struct open *open = &reader->stack[--reader->depth];
	if (open->unusable)
		*open->node = (struct node){
			.type = NODE_UNUSABLE, .key = open->node->key, .next = open->node->next};
	return GO_ON;
}

/* Whether no control character stands where JSON allows none: yajl takes two of them as spaces. */
static bool are_spaces_plain(const char *json, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (json[i] == '\v' || json[i] == '\f')
			return false;
	return true;
}

enum escape { ESCAPE_OTHER, ESCAPE_HIGH, ESCAPE_LOW };

/* Which half of a surrogate pair the escape at AT writes, if any. Six bytes may be read. */
static enum escape escape_at(const char *at)
{
	if (at[0] != '\\' || at[1] != 'u' || (at[2] != 'd' && at[2] != 'D') || at[3] < '8')
		return ESCAPE_OTHER;
	return strchr("89abAB", at[3]) ? ESCAPE_HIGH : ESCAPE_LOW;
}

/* The first escape of half a surrogate pair without the other half behind it, or NULL: yajl makes a
 * question mark of one that is alone. */
static const char *find_half(const char *json, size_t length)
{
	const char *at = json, *stop = json + length;
	while ((at = memchr(at, '\\', (size_t)(stop - at))) && stop - at >= 6) {
		enum escape escape = escape_at(at);
		if (escape == ESCAPE_LOW)
			return at;
		if (escape == ESCAPE_HIGH && (stop - at < 12 || escape_at(at + 6) != ESCAPE_LOW))
			return at;
		at += escape == ESCAPE_HIGH ? 12 : 2;
	}
	return NULL;
}

/* JSON with the escape of a NUL for each half of a pair: texts that hold one are as unusable. */
static const char *mark_halves(void *ctx, const char *json, size_t length)
{
	char *marked = must(talloc_memdup(ctx, json, length)), *half = marked;
	while ((half = (char *)(uintptr_t)find_half(half, length - (size_t)(half - marked))))
		memcpy(half, "\\u0000", 6);
	return marked;
}

static bool is_blank(const char *text, size_t length)
{
	while (length > 0 && strchr(" \t\r\n", text[length - 1]) && text[length - 1])
		length--;
	return length == 0;
}

static enum status parse(struct document_reader *reader, const char *json, size_t length)
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
	yajl_handle handle = must(yajl_alloc(&callbacks, NULL, reader));
	yajl_config(handle, yajl_allow_trailing_garbage, 1); /* we look at it ourselves */
	yajl_status status = yajl_parse(handle, (const unsigned char *)json, length);
	size_t used = yajl_get_bytes_consumed(handle);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(handle); /* a number may end with the text */
	yajl_free(handle);
	return status == yajl_status_ok && is_blank(json + used, length - used) ? STATUS_OK
										: STATUS_INVALID;
}

/* Reads what READER says how. */
static bool read_all(struct document_reader *reader, const char *json, size_t length)
{
	reader->texts = must(talloc_size(reader->ctx, length + 1));
	if (!utf8_is_valid(json, length) || !are_spaces_plain(json, length))
		return false;
	if (find_half(json, length)) {
		if (reader->mode == DOCUMENT_STRICT)
			return false;
		json = mark_halves(reader->ctx, json, length);
	}
	return parse(reader, json, length) == STATUS_OK;
}

enum status document_read(void *ctx, const char *json, size_t length, enum document_mode mode,
	const struct node **out, char **out_why)
{
	struct document_reader reader = {.ctx = ctx, .mode = mode};
	if (read_all(&reader, json, length)) {
		*out = reader.root;
		return STATUS_OK;
	}
	*out_why = must(talloc_asprintf(
		ctx, "not JSON that is taken: %s", reader.why ? reader.why : "its syntax"));
	return STATUS_INVALID;
}

enum status document_read_keys(void *ctx, const char *json, size_t length,
	const struct document_keys *keys, const struct node **out)
{
	struct document_reader reader = {.ctx = ctx, .mode = DOCUMENT_LENIENT, .keys = keys};
	if (!read_all(&reader, json, length))
		return reader.too_large ? STATUS_TOO_LARGE : STATUS_INVALID;
	*out = reader.root;
	return STATUS_OK;
}

bool node_is(const struct node *node, enum node_type type)
{
	return node && node->type == type;
}

bool node_is_there(const struct node *node)
{
	return node && node->type != NODE_NULL;
}

const struct node *node_get(const struct node *node, const char *key)
{
	if (!node_is(node, NODE_OBJECT))
		return NULL;
	/* Each key that is read is looked for; nearly all differ in their first letter. */
	for (const struct node *member = node->first; member; member = member->next)
		if (*member->key == *key && strcmp(member->key, key) == 0)
			return member;
	return NULL;
}

const struct node *node_first(const struct node *node)
{
	return node_is(node, NODE_LIST) ? node->first : NULL;
}

const char *node_text(const struct node *node)
{
	return node_is(node, NODE_TEXT) ? node->text : NULL;
}

int64_t node_integer(const struct node *node)
{
	return node_is(node, NODE_INTEGER) ? node->integer : 0;
}

double node_number(const struct node *node)
{
	return node_is(node, NODE_REAL) ? node->real : (double)node_integer(node);
}

bool node_is_true(const struct node *node)
{
	return node_is(node, NODE_BOOLEAN) && node->integer;
}
