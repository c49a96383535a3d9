/* Reading JSON from outside: what is taken, and all that a lenient reader would let through. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "besace/discord/document.h"

static const struct node *read(void *ctx, const char *json)
{
	const struct node *root;
	char *why;
	if (document_read(ctx, json, strlen(json), DOCUMENT_STRICT, &root, &why) != STATUS_OK)
		fail_msg("%s\nwas refused: %s", json, why);
	return root;
}

static bool is_taken(void *ctx, const char *json, size_t length)
{
	const struct node *root;
	char *why = NULL;
	enum status status = document_read(ctx, json, length, DOCUMENT_STRICT, &root, &why);
	assert_true(status == STATUS_OK || why != NULL);
	return status == STATUS_OK;
}

static void values_have_their_types(void **state)
{
	const struct node *root = read(*state, " {\"n\":null,\"t\":true,\"f\":false,\"i\":-12,"
					       "\"r\":2.5e1,\"s\":\"é\",\"o\":{},\"l\":[]} ");
	assert_true(node_is(root, NODE_OBJECT));
	assert_int_equal(root->count, 8);
	assert_true(node_is(node_get(root, "n"), NODE_NULL));
	assert_false(node_is_there(node_get(root, "n")));
	assert_true(node_is_true(node_get(root, "t")));
	assert_false(node_is_true(node_get(root, "f")));
	assert_true(node_is(node_get(root, "f"), NODE_BOOLEAN));
	assert_int_equal(node_integer(node_get(root, "i")), -12);
	assert_true(node_number(node_get(root, "i")) == -12);
	assert_true(node_number(node_get(root, "r")) == 25);
	assert_int_equal(node_integer(node_get(root, "r")), 0);
	assert_string_equal(node_text(node_get(root, "s")), "é");
	assert_int_equal(node_get(root, "o")->count, 0);
	assert_null(node_get(root, "l")->first);
}

static void lists_and_members_keep_their_order(void **state)
{
	const struct node *list = node_get(read(*state, "{\"a\":{\"b\":[3,[],\"x\"]}}"), "a");
	list = node_get(list, "b");
	assert_int_equal(list->count, 3);
	assert_int_equal(node_integer(list->first), 3);
	assert_true(node_is(list->first->next, NODE_LIST));
	assert_string_equal(node_text(list->first->next->next), "x");
	assert_null(list->first->next->next->next);
}

static void more_nodes_than_are_allocated_at_once(void **state)
{
	char *json = talloc_strdup(*state, "[0");
	for (int i = 1; i < 1000; i++)
		json = talloc_asprintf_append_buffer(json, ",%d", i);
	const struct node *list = read(*state, talloc_strdup_append_buffer(json, "]"));
	int64_t expected = 0;
	for (const struct node *item = list->first; item; item = item->next)
		assert_int_equal(node_integer(item), expected++);
	assert_int_equal(expected, 1000);
}

static void what_is_absent_is_absent_all_the_way(void **state)
{
	const struct node *root = read(*state, "{\"a\":1}");
	assert_null(node_get(node_get(node_get(root, "b"), "c"), "d"));
	assert_null(node_get(node_get(root, "a"), "b"));
	assert_null(node_text(NULL));
	assert_null(node_text(node_get(root, "a")));
	assert_int_equal(node_integer(NULL), 0);
	assert_false(node_is_true(NULL));
	assert_false(node_is_there(NULL));
}

static void escapes_become_their_characters(void **state)
{
	const struct node *text =
		read(*state, "\"\\u00e9\\n\\\\\\\"\\/\\ud83c\\udF37\\uFFFD\\\\ud800\"");
	assert_string_equal(node_text(text), "é\n\\\"/🌷\xEF\xBF\xBD\\ud800");
}

static void numbers_reach_to_their_ends(void **state)
{
	assert_int_equal(node_integer(read(*state, "9223372036854775807")), INT64_MAX);
	assert_int_equal(node_integer(read(*state, "-9223372036854775808")), INT64_MIN);
	assert_true(node_number(read(*state, "1e-999")) == 0);
	assert_true(isfinite(node_number(read(*state, "1.7976931348623157e308"))));
}

static void what_others_let_through_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "{", "[1", "\"a", "{}x", "{} {}", "[1,]",
		"{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\"}", "[01]", "[+1]", "[.5]", "[1.]", "[1e]",
		"[NaN]", "[Infinity]", "[1e999]", "[-1e999]", "[9223372036854775808]",
		"[99999999999999999999999]", "[tru]", "[nul]", "[/**/1]", "{\"a\":1,\"a\":1}",
		"{\"a\":1,\"b\":{},\"\\u0061\":2}", "[\"\\u0000\"]", "{\"\\u0000\":1}",
		"[\"\\ud800\"]", "[\"\\udc00\"]", "[\"\\udc00\\ud800\"]", "[\"\\ud800\\ud800\"]",
		"[\"\\ud800x\\udc00\"]", "[\"\\ud800\\n\"]", "[\"\\u12g4\"]", "[\"\\x\"]", "[\v1]",
		"[1\f]", "[\"\t\"]", "[\"\n\"]", "[\"\xC0\x80\"]", "[\"\xED\xA0\x80\"]",
		"[\"\xFF\"]", "\xEF\xBB\xBF{}"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (is_taken(*state, bad[i], strlen(bad[i])))
			fail_msg("was taken: %s", bad[i]);
	assert_false(is_taken(*state, "{}\0", 3));
	assert_false(is_taken(*state, "[\"a\0b\"]", 7));
	assert_false(is_taken(*state, "[\"\\ud800\"]", 9)); /* cut inside the text */
}

static void what_cannot_be_used_may_be_left_aside(void **state)
{
	static const char *const values[] = {"\"x\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"",
		"\"\\ud800\\ud800\"", "1e999", "99999999999999999999", "{\"k\":1,\"k\":2}",
		"{\"k\":1,\"\\u006b\":{}}"};
	const struct node *root;
	char *why;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		char *json =
			talloc_asprintf(*state, "{\"a\":%s,\"b\":\"\\ud83d\\ude00\"}", values[i]);
		assert_int_equal(
			document_read(*state, json, strlen(json), DOCUMENT_LENIENT, &root, &why),
			STATUS_OK);
		assert_true(node_is(node_get(root, "a"), NODE_UNUSABLE));
		assert_string_equal(node_text(node_get(root, "b")), "😀");
		assert_false(is_taken(*state, json, strlen(json)));
	}
}

static void what_nests_too_deep_may_be_left_aside(void **state)
{
	const struct node *root;
	char *why, *json = talloc_strdup(*state, "[");
	for (int i = 0; i < DOCUMENT_MAX_DEPTH + 5; i++)
		json = talloc_asprintf_append_buffer(json, "{\"k\":[\"x\",1,true,null,");
	json = talloc_strdup_append_buffer(json, "0");
	for (int i = 0; i < DOCUMENT_MAX_DEPTH + 5; i++)
		json = talloc_strdup_append_buffer(json, "]}");
	json = talloc_strdup_append_buffer(json, ",7]");
	assert_int_equal(document_read(*state, json, strlen(json), DOCUMENT_LENIENT, &root, &why),
		STATUS_OK);
	assert_int_equal(root->count, 2);
	assert_int_equal(node_integer(node_first(root)->next), 7);
	const struct node *node = node_first(root);
	for (int i = 1; i < DOCUMENT_MAX_DEPTH / 2; i++)
		node = node_first(node_get(node, "k"))->next->next->next->next;
	assert_true(node_is(node_get(node, "k"), NODE_UNUSABLE));
}

static void a_text_with_a_nul_may_be_no_text(void **state)
{
	const struct node *root;
	char *why;
	const char *json = "{\"a\":\"x\\u0000y\",\"b\":\"z\"}";
	assert_int_equal(document_read(*state, json, strlen(json), DOCUMENT_LENIENT, &root, &why),
		STATUS_OK);
	assert_true(node_is(node_get(root, "a"), NODE_UNUSABLE));
	assert_true(node_is_there(node_get(root, "a")));
	assert_null(node_text(node_get(root, "a")));
	assert_string_equal(node_text(node_get(root, "b")), "z");
	const char *key = "{\"\\u0000\":1}";
	assert_int_equal(document_read(*state, key, strlen(key), DOCUMENT_LENIENT, &root, &why),
		STATUS_INVALID);
}

static void keys_of_an_object_are_bounded(void **state)
{
	char *json = talloc_strdup(*state, "{\"first\":0");
	for (int i = 1; i < DOCUMENT_MAX_KEYS; i++)
		json = talloc_asprintf_append_buffer(json, ",\"%d\":0", i);
	char *more = talloc_asprintf(*state, "%s,\"last\":0}", json);
	json = talloc_strdup_append_buffer(json, "}");
	assert_true(is_taken(*state, json, strlen(json)));
	assert_false(is_taken(*state, more, strlen(more)));
}

static void levels_are_bounded(void **state)
{
	char open[DOCUMENT_MAX_DEPTH + 2] = "", close[DOCUMENT_MAX_DEPTH + 2] = "";
	memset(open, '[', DOCUMENT_MAX_DEPTH);
	memset(close, ']', DOCUMENT_MAX_DEPTH);
	char *deepest = talloc_asprintf(*state, "%s%s", open, close);
	char *deeper = talloc_asprintf(*state, "{\"a\":%s}", deepest);
	assert_true(is_taken(*state, deepest, strlen(deepest)));
	assert_false(is_taken(*state, deeper, strlen(deeper)));
}

/* ---- Only what is wanted */

static enum status read_keys(void *ctx, const char *json, size_t max_nodes, const struct node **out)
{
	static const char *const names[] = {"a", "ab", "id", "list", "user"};
	struct document_keys keys = {names, ARRAY_LEN(names), max_nodes};
	return document_read_keys(ctx, json, strlen(json), &keys, out);
}

static void document_read_keys_leaves_out_what_is_not_named(void **state)
{
	const struct node *root;
	assert_int_equal(
		read_keys(*state,
			"{\"aa\":1,\"content\":\"secret\",\"ab\":2,\"z\":{\"id\":[{\"a\":9}]},"
			"\"\":0,\"list\":[{\"x\":[[1],{}],\"id\":3},4,\"t\"],\"abc\":null,"
			"\"user\":{\"b\":true,\"id\":\"5\"},\"us\":-1.5,\"a\":false}",
			100, &root),
		STATUS_OK);
	assert_int_equal(root->count, 4);
	assert_int_equal(node_integer(node_get(root, "ab")), 2);
	const struct node *list = node_get(root, "list");
	assert_int_equal(list->count, 3);
	assert_int_equal(list->first->count, 1);
	assert_int_equal(node_integer(node_get(list->first, "id")), 3);
	assert_int_equal(node_integer(list->first->next), 4);
	assert_int_equal(node_get(root, "user")->count, 1);
	assert_string_equal(node_text(node_get(node_get(root, "user"), "id")), "5");
	assert_true(node_is(node_get(root, "a"), NODE_BOOLEAN));
}

static void document_read_keys_is_bounded_by_its_nodes(void **state)
{
	const struct node *root;
	static const char json[] = "{\"a\":[1,null,\"t\",true,{}],\"x\":[1,2,3,4,5,6,7,8]}";
	assert_int_equal(read_keys(*state, json, 7, &root), STATUS_OK);
	for (size_t max = 0; max < 7; max++)
		assert_int_equal(read_keys(*state, json, max, &root), STATUS_TOO_LARGE);
}

static void document_read_keys_takes_no_other_json(void **state)
{
	static const char *const texts[] = {"", "{", "{\"x\":}", "{\"x\":1,}", "{\"x\":1} {}",
		"{\"x\":\"\xff\"}", "{\"x\":tru}"};
	const struct node *root;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(read_keys(*state, texts[i], 100, &root), STATUS_INVALID);
	/* What nobody can use costs itself alone. */
	assert_int_equal(
		read_keys(*state,
			"{\"x\":1e999,\"a\":\"\\u0000\",\"ab\":7,\"id\":99999999999999999999}", 100,
			&root),
		STATUS_OK);
	assert_null(node_text(node_get(root, "a")));
	assert_int_equal(node_integer(node_get(root, "ab")), 7);
	assert_int_equal(node_integer(node_get(root, "id")), 0);
}

static const struct CMUnitTest tests[] = {
	UNIT(values_have_their_types),
	UNIT(lists_and_members_keep_their_order),
	UNIT(more_nodes_than_are_allocated_at_once),
	UNIT(what_is_absent_is_absent_all_the_way),
	UNIT(escapes_become_their_characters),
	UNIT(numbers_reach_to_their_ends),
	UNIT(what_others_let_through_is_refused),
	UNIT(what_cannot_be_used_may_be_left_aside),
	UNIT(what_nests_too_deep_may_be_left_aside),
	UNIT(a_text_with_a_nul_may_be_no_text),
	UNIT(keys_of_an_object_are_bounded),
	UNIT(levels_are_bounded),
	UNIT(document_read_keys_leaves_out_what_is_not_named),
	UNIT(document_read_keys_is_bounded_by_its_nodes),
	UNIT(document_read_keys_takes_no_other_json),
};

int main(void)
{
	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
