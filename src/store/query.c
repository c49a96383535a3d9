/* Finds the named queries in the SQL files, and reads their parameters. */
#include "besace/store/query.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/store/sql_files.h"

#define MARK "-- name: "

#define NAME_TEXT(value, name, shape) #name,
#define SHAPE_DECLARED(value, name, shape) extern const struct db_shape shape;
#define SHAPE_POINTER(value, name, shape) &(shape),
QUERIES(SHAPE_DECLARED)
static const char *const names[] = {QUERIES(NAME_TEXT)};
static const struct db_shape *const shapes[] = {QUERIES(SHAPE_POINTER)};

/* The text between MARK_LINE, a query's, and the next mark of FILE, or NULL. */
static char *find_in(void *ctx, const char *file, const char *mark_line)
{
	const char *at = strstr(file, mark_line);
	if (!at)
		return NULL;
	at += strlen(mark_line);
	const char *end = strstr(at, MARK);
	return must(talloc_strndup(ctx, at, end ? (size_t)(end - at) : strlen(at)));
}

char *query_find(void *ctx, const char *name)
{
	char *mark_line = must(talloc_asprintf(NULL, MARK "%s\n", name)), *found = NULL;
	for (const struct sql_file *file = sql_files; file->path && !found; file++)
		if (strncmp(file->path, "queries/", 8) == 0)
			found = find_in(ctx, file->text, mark_line);
	talloc_free(mark_line);
	return found;
}

/* ---- Types. The numbers are those of PostgreSQL's catalogue, pg_type.dat; they never change. */

static const struct {
	const char *name;
	enum db_type type;
	unsigned oid;
} cast_types[] = {
	{"varchar", DB_TEXT, 1043},
	{"text", DB_TEXT, 25},
	{"smallint", DB_INTEGER, 21},
	{"integer", DB_INTEGER, 23},
	{"bigint", DB_BIGINT, 20},
	{"boolean", DB_BOOLEAN, 16},
	{"jsonb", DB_JSON, 3802},
	{"varchar[]", DB_TEXTS, 1015},
	{"text[]", DB_TEXTS, 1009},
	{"smallint[]", DB_INTEGERS, 1005},
	{"integer[]", DB_INTEGERS, 1007},
	{"bigint[]", DB_BIGINTS, 1016},
	{"boolean[]", DB_BOOLEANS, 1000},
};

bool query_column_fits(enum db_type type, unsigned oid)
{
	static const struct {
		enum db_type type;
		unsigned oid;
	} columns[] = {
		{DB_TEXT, 1043},
		{DB_TEXT, 25},
		{DB_TEXT, 1042}, /* char(n) */
		{DB_TEXT, 114},
		{DB_TEXT, 3802},
		{DB_INTEGER, 23},
		{DB_INTEGER, 21},
		{DB_BIGINT, 20},
		{DB_BIGINT, 23},
		{DB_BOOLEAN, 16},
		{DB_SNOWFLAKE, 1043},
		{DB_SNOWFLAKE, 25},
		{DB_JSON, 114},
		{DB_JSON, 3802},
	};
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (columns[i].type == type && columns[i].oid == oid)
			return true;
	return false;
}

/* ---- Parameters by name */

struct parse {
	void *ctx;
	const char *at;
	char *sql;
	struct query_param *params;
	int count;
	char *why;
};

static size_t word_length(const char *text)
{
	size_t length = 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static void copy(struct parse *parse, size_t length)
{
	parse->sql = must(talloc_strndup_append_buffer(parse->sql, parse->at, length));
	parse->at += length;
}

/* The type that stands behind a name: "::integer[]". */
static bool read_cast(const char *at, struct query_param *out)
{
	if (strncmp(at, "::", 2) != 0)
		return false;
	at += 2;
	size_t length = word_length(at);
	if (strncmp(at + length, "[]", 2) == 0)
		length += 2;
	for (size_t i = 0; i < ARRAY_LEN(cast_types); i++)
		if (strlen(cast_types[i].name) == length &&
			strncasecmp(cast_types[i].name, at, length) == 0) {
			out->type = cast_types[i].type;
			out->oid = cast_types[i].oid;
			return true;
		}
	return false;
}

/* The number of the parameter called NAME, which is new if nobody mentioned it; 0 when its first
 * mention, after which AT stands, does not say its type. */
static int number_of(struct parse *parse, const char *name, const char *at)
{
	for (int i = 0; i < parse->count; i++)
		if (strcmp(parse->params[i].name, name) == 0)
			return i + 1;
	struct query_param param = {.name = name};
	if (!read_cast(at, &param)) {
		parse->why = must(talloc_asprintf(parse->ctx,
			"$%s: its first mention does not say a type that crosses the border",
			name));
		return 0;
	}
	parse->params = must(talloc_realloc(
		parse->ctx, parse->params, struct query_param, (unsigned)parse->count + 1));
	parse->params[parse->count] = param;
	return ++parse->count;
}

/* "$name". A number is no name: its first mention would have to say a type as well. */
static bool take_param(struct parse *parse)
{
	size_t length = word_length(parse->at + 1);
	const char *name = must(talloc_strndup(parse->ctx, parse->at + 1, length));
	int number = number_of(parse, name, parse->at + 1 + length);
	if (isdigit((unsigned char)*name))
		parse->why = must(talloc_asprintf(parse->ctx, "$%s has no name", name));
	if (parse->why)
		return false;
	parse->at += 1 + length;
	parse->sql = must(talloc_asprintf_append_buffer(parse->sql, "$%d", number));
	return true;
}

/* Up to the quote that ends it: in a text, a doubled quote is two texts side by side. */
static void take_quoted(struct parse *parse)
{
	const char *end = strchr(parse->at + 1, *parse->at);
	copy(parse, end ? (size_t)(end + 1 - parse->at) : strlen(parse->at));
}

static bool parse_all(struct parse *parse)
{
	while (*parse->at) {
		if (strncmp(parse->at, "--", 2) == 0)
			parse->at += strcspn(parse->at, "\n");
		else if (*parse->at == '\'' || *parse->at == '"')
			take_quoted(parse);
		else if (*parse->at == '$' && word_length(parse->at + 1) > 0) {
			if (!take_param(parse))
				return false;
		} else {
			copy(parse, 1);
		}
	}
	return true;
}

/* Without the space before and after. */
static char *trimmed(void *ctx, const char *text)
{
	text += strspn(text, " \t\n");
	size_t length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	return must(talloc_strndup(ctx, text, length));
}

bool query_parse(
	void *ctx, const char *name, const char *sql, struct query_text *out, char **out_why)
{
	struct parse parse = {.ctx = ctx, .at = sql, .sql = must(talloc_strdup(ctx, ""))};
	if (!parse_all(&parse)) {
		*out_why = must(talloc_asprintf(ctx, "query %s: %s", name, parse.why));
		return false;
	}
	*out = (struct query_text){.name = name, .sql = trimmed(ctx, parse.sql)};
	talloc_free(parse.sql);
	unsigned *oids = must(talloc_array(ctx, unsigned, (unsigned)parse.count + 1));
	for (int i = 0; i < parse.count; i++)
		oids[i] = parse.params[i].oid;
	out->param_count = parse.count;
	out->oids = oids;
	out->params = parse.params;
	return true;
}

/* ---- All of them */

static struct query_text *loaded;

static bool load_one(void *ctx, int query, struct query_text *out, char **out_why)
{
	char *sql = query_find(ctx, names[query]);
	*out_why = NULL;
	bool good = sql && query_parse(ctx, names[query], sql, out, out_why);
	out->shape = shapes[query];
	talloc_free(sql);
	return good;
}

static void load(void)
{
	struct query_text *texts = must(talloc_zero_array(NULL, struct query_text, QUERY_COUNT));
	for (int i = 0; i < QUERY_COUNT; i++) {
		char *why;
		if (load_one(texts, i, &texts[i], &why))
			continue;
		log_error(LOG_TEXT("a query cannot be read"), LOG_STR("query", names[i]),
			LOG_STR("why", why ? why : "sql/queries does not hold it"));
		abort();
	}
	loaded = texts;
}

const struct query_text *queries(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load);
	return loaded;
}
