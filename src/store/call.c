/* Parameters of a call, bound by name. */
#include "besace/store/call.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "array.h"
#include "besace/base/memory.h"
#include "besace/store/query.h"

/* Where a parameter points that was not bound. */
static const char unbound[] = "";

/* The parameters and the room for their numbers are one allocation. */
void db_call_begin(void *ctx, enum query query, struct db_call *out)
{
	size_t count = (size_t)queries()[query].param_count;
	char *room =
		must(talloc_size(ctx, count * (sizeof(*out->bound) + sizeof(*out->digits)) + 1));
	*out = (struct db_call){.query = query, .ctx = ctx, .bound = (const char **)(void *)room};
	out->digits = (char(*)[21])(room + count * sizeof(*out->bound));
	for (size_t i = 0; i < count; i++)
		out->bound[i] = unbound;
}

void db_call_begin_change(
	void *ctx, enum query query, const struct snowflake *member, struct db_call *out)
{
	db_call_begin(ctx, query, out);
	out->changes = true;
	if (member)
		out->member = *member;
}

/* The first defect is the one that is told. NAME: the parameter. */
static void find_fault(struct db_call *call, const char *name, const char *what)
{
	if (!call->fault)
		call->fault = must(talloc_asprintf(
			call->ctx, "query %s: $%s %s", queries()[call->query].name, name, what));
}

#define TYPE_SET(type) (1u << (type))
#define EVERY_TYPE (~0u)

/* The number of the parameter NAME, which is bound as one of TYPES; -1 after a defect. */
static int find(struct db_call *call, const char *name, unsigned types)
{
	const struct query_text *query = &queries()[call->query];
	unsigned count = (unsigned)query->param_count;
	unsigned tried = 0, at = call->next;
	for (; tried < count; tried++, at++) {
		at = at < count ? at : 0;
		if (strcmp(query->params[at].name, name) == 0)
			break;
	}
	if (tried == count) {
		find_fault(call, name, "is not one of its parameters");
		return -1;
	}
	call->next = at + 1;
	bool fits = types & TYPE_SET(query->params[at].type);
	if (fits && call->bound[at] == unbound)
		return (int)at;
	find_fault(call, name, fits ? "is bound twice" : "is bound as another type");
	return -1;
}

static void bind(struct db_call *call, const char *name, unsigned types, const char *text)
{
	int at = find(call, name, types);
	if (at >= 0)
		call->bound[at] = text;
}

void db_set_null(struct db_call *call, const char *name)
{
	bind(call, name, EVERY_TYPE, NULL);
}

void db_set_text_or_null(struct db_call *call, const char *name, const char *text)
{
	bind(call, name, TYPE_SET(DB_TEXT), text);
}

void db_set_text(struct db_call *call, const char *name, const char *text)
{
	if (text)
		bind(call, name, TYPE_SET(DB_TEXT), text);
	else
		find_fault(call, name, "is NULL");
}

void db_set_id_or_null(struct db_call *call, const char *name, const struct snowflake *id)
{
	db_set_text_or_null(call, name, id && *id->text ? id->text : NULL);
}

void db_set_id(struct db_call *call, const char *name, const struct snowflake *id)
{
	db_set_text(call, name, id && *id->text ? id->text : NULL);
}

/* Writes NUMBER to the end of ROOM. Returns where it begins. */
static const char *write_number(char (*room)[21], int64_t number)
{
	char *at = &(*room)[sizeof(*room) - 1];
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	*at = '\0';
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	return at;
}

void db_set_integer(struct db_call *call, const char *name, int64_t number)
{
	int at = find(call, name, TYPE_SET(DB_INTEGER) | TYPE_SET(DB_BIGINT));
	if (at < 0)
		return;
	bool is_wide = queries()[call->query].params[at].type == DB_BIGINT;
	call->bound[at] = write_number(&call->digits[at], number);
	if (!is_wide && (number < INT32_MIN || number > INT32_MAX))
		find_fault(call, name, "is bound to a number that does not fit");
}

void db_set_bool(struct db_call *call, const char *name, bool value)
{
	bind(call, name, TYPE_SET(DB_BOOLEAN), value ? "t" : "f");
}

void db_set_json(struct db_call *call, const char *name, json_t *json)
{
	char *text = json ? must(json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY)) : NULL;
	if (text)
		bind(call, name, TYPE_SET(DB_JSON), must(talloc_strdup(call->ctx, text)));
	else
		find_fault(call, name, "is NULL");
	free(text);
	json_decref(json);
}

void db_check_json(struct db_call *call, const struct db_shape *shape, const json_t *json)
{
	char *why = NULL;
	if (!json_shape_check(call->ctx, json, shape, &why) && !call->fault)
		call->fault = must(talloc_asprintf(
			call->ctx, "query %s: %s", queries()[call->query].name, why));
}

void db_set_json_as(
	struct db_call *call, const char *name, const struct db_shape *shape, json_t *json)
{
	db_check_json(call, shape, json);
	db_set_json(call, name, json);
}

void db_set_shape(
	struct db_call *call, const char *name, const struct db_shape *shape, const void *in)
{
	db_set_json(call, name, json_shape_write(shape, in));
}

void db_set_texts(struct db_call *call, const char *name, const char *const *texts, size_t count)
{
	bind(call, name, TYPE_SET(DB_TEXTS), array_of_texts(call->ctx, texts, count));
}

void db_set_integers(struct db_call *call, const char *name, const int64_t *numbers, size_t count)
{
	bind(call, name, TYPE_SET(DB_INTEGERS) | TYPE_SET(DB_BIGINTS),
		array_of_numbers(call->ctx, numbers, count));
}

void db_set_bools(struct db_call *call, const char *name, const bool *values, size_t count)
{
	const char **texts = must(talloc_array(call->ctx, const char *, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		texts[i] = values[i] ? "t" : "f";
	bind(call, name, TYPE_SET(DB_BOOLEANS), array_of_texts(call->ctx, texts, count));
	talloc_free(texts);
}

const char *db_call_fault(struct db_call *call)
{
	const struct query_text *query = &queries()[call->query];
	for (int i = 0; i < query->param_count && !call->fault; i++)
		if (call->bound[i] == unbound)
			find_fault(call, query->params[i].name, "was not bound");
	return call->fault;
}

/* Bytes of a hash that tell one shim from another; in hexadecimal they fit where an id does, and
 * the letter before them keeps them from being one. */
#define SOURCE_HASH_BYTES 8

void db_call_set_source(struct db_call *call, const char *source)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash(
		hash, sizeof(hash), (const unsigned char *)source, strlen(source), NULL, 0);
	call->member.text[0] = 's';
	sodium_bin2hex(
		&call->member.text[1], sizeof(call->member.text) - 1, hash, SOURCE_HASH_BYTES);
}
