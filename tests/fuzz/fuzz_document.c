/* Fuzzes the reader of JSON from outside beside jansson: both must take the same and read it alike.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/discord/document.h"

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void compare(const json_t *theirs, const struct node *ours);

static bool has_unusable(const struct node *ours)
{
	if (node_is(ours, NODE_UNUSABLE))
		return true;
	if (!node_is(ours, NODE_LIST) && !node_is(ours, NODE_OBJECT))
		return false;
	for (const struct node *below = ours->first; below; below = below->next)
		if (has_unusable(below))
			return true;
	return false;
}

static void compare_lists(const json_t *theirs, const struct node *ours)
{
	size_t i;
	const json_t *item;
	const struct node *next = node_first(ours);
	expect(node_is(ours, NODE_LIST) && ours->count == json_array_size(theirs));
	json_array_foreach (theirs, i, item) {
		compare(item, next);
		next = next->next;
	}
	expect(!next);
}

static void compare_objects(json_t *theirs, const struct node *ours)
{
	const char *key;
	json_t *value;
	expect(node_is(ours, NODE_OBJECT) && ours->count == json_object_size(theirs));
	json_object_foreach (theirs, key, value)
		compare(value, node_get(ours, key));
}

/* What a lenient reading leaves aside is compared with nothing. */
static void compare(const json_t *theirs, const struct node *ours)
{
	if (node_is(ours, NODE_UNUSABLE))
		return;
	switch (json_typeof(theirs)) {
	case JSON_NULL:
		expect(node_is(ours, NODE_NULL));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		expect(node_is(ours, NODE_BOOLEAN) && node_is_true(ours) == json_is_true(theirs));
		break;
	case JSON_INTEGER:
		expect(node_is(ours, NODE_INTEGER) &&
			node_integer(ours) == json_integer_value(theirs));
		break;
	case JSON_REAL:
		expect(node_is(ours, NODE_REAL) && node_number(ours) == json_real_value(theirs));
		break;
	case JSON_STRING:
		expect(node_text(ours) && strcmp(node_text(ours), json_string_value(theirs)) == 0);
		break;
	case JSON_ARRAY:
		compare_lists(theirs, ours);
		break;
	case JSON_OBJECT:
		compare_objects((json_t *)theirs, ours);
		break;
	}
}

/* Whether WHY is one of our bounds, the only reasons to refuse what jansson takes. */
static bool is_bound(const char *why)
{
	return strstr(why, "a number is too long") || strstr(why, "an object has too many keys") ||
	       strstr(why, "it nests deeper than the limit");
}

static void read_both(const char *json, size_t size, enum document_mode mode, size_t flags)
{
	void *ctx = talloc_new(NULL);
	const struct node *ours = NULL;
	char *why = NULL;
	bool taken = document_read(ctx, json, size, mode, &ours, &why) == STATUS_OK;
	json_t *theirs =
		json_loadb(json, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | flags, NULL);
	if (taken)
		expect(theirs != NULL || (mode == DOCUMENT_LENIENT && has_unusable(ours)));
	else
		/* jansson overlooks some NULs between values. */
		expect(why && (!theirs || is_bound(why) || memchr(json, '\0', size)));
	if (taken && theirs)
		compare(theirs, ours);
	json_decref(theirs);
	talloc_free(ctx);
}

static const char *const names[] = {"a", "b", "data", "id", "name", "options", "type"};

/* Whether the tree is what WHOLE has at the names. */
static void compare_named(const struct node *whole, const struct node *part)
{
	const struct node *next = part->first;
	expect(whole->type == part->type);
	if (!node_is(whole, NODE_LIST) && !node_is(whole, NODE_OBJECT))
		return;
	for (const struct node *one = whole->first; one; one = one->next) {
		bool wanted = !one->key;
		for (size_t i = 0; one->key && i < sizeof(names) / sizeof(names[0]); i++)
			wanted = wanted || strcmp(one->key, names[i]) == 0;
		if (!wanted)
			continue;
		expect(next && (!one->key || strcmp(one->key, next->key) == 0));
		compare_named(one, next);
		next = next->next;
	}
	expect(!next);
}

/* What is taken strictly is taken by its names as well, and nothing else comes with them. */
static void read_named(const char *json, size_t size)
{
	static const struct document_keys keys = {names, sizeof(names) / sizeof(names[0]), 10000};
	void *ctx = talloc_new(NULL);
	const struct node *whole, *part;
	char *why;
	enum status status = document_read_keys(ctx, json, size, &keys, &part);
	if (document_read(ctx, json, size, DOCUMENT_STRICT, &whole, &why) == STATUS_OK &&
		status != STATUS_TOO_LARGE) {
		expect(status == STATUS_OK);
		compare_named(whole, part);
	}
	talloc_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_both((const char *)data, size, DOCUMENT_STRICT, 0);
	read_both((const char *)data, size, DOCUMENT_LENIENT, JSON_ALLOW_NUL);
	read_named((const char *)data, size);
	return 0;
}
