/* Templates: places are filled, and nothing that is filled in becomes markup. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "web/template.h"

static char *filled(void *ctx, const char *text, const struct template_section *part)
{
	char *why = NULL;
	size_t size;
	struct template *template = template_parse(ctx, text, &why);
	if (!template)
		fail_msg("%s", why);
	char *result = template_fill(ctx, template, part, &size);
	assert_int_equal(strlen(result), size);
	return result;
}

static char *with(void *ctx, const char *value)
{
	struct template_section *part = part_create(ctx);
	part_set(part, "v", value);
	return filled(ctx, "<{{v}}>", part);
}

static void values_are_escaped(void **state)
{
	assert_string_equal(with(*state, "a"), "<a>");
	assert_string_equal(with(*state, NULL), "<>");
	assert_string_equal(with(*state, "<b a=\"1\" c='2'>&amp;"),
		"<&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;>");
	assert_string_equal(with(*state, "{{v}}"), "<{{v}}>");
	assert_string_equal(with(*state, "日本 🦊"), "<日本 🦊>");
}

static void what_no_document_may_hold_is_replaced(void **state)
{
	assert_string_equal(with(*state, "a\x01\x1F\x7F"), "<a\uFFFD\uFFFD\uFFFD>");
	assert_string_equal(with(*state, "a\tb\nc"), "<a\tb\nc>");
	assert_string_equal(
		with(*state, "\xFF\xC3(\xED\xA0\x80"), "<\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD>");
	assert_string_equal(
		with(*state, "\xC2\x85\uFFFE\uFDD0\U0001FFFF"), "<\uFFFD\uFFFD\uFFFD\uFFFD>");
}

static void sections_are_repeated_for_each_part(void **state)
{
	struct template_section *page = part_create(*state);
	part_set(page, "unit", "XP");
	for (int i = 1; i <= 3; i++)
		part_set_number(part_add(page, "row"), "n", i);
	part_set(part_add(part_add(page, "other"), "row"), "n", "inner");
	assert_string_equal(
		filled(*state, "[{{#row}}{{n}} {{unit}},{{/row}}]", page), "[1 XP,2 XP,3 XP,]");
	assert_string_equal(
		filled(*state, "{{#other}}{{#row}}{{n}}{{unit}}{{/row}}{{/other}}", page),
		"innerXP");
	assert_string_equal(filled(*state, "{{#none}}x{{/none}}{{^none}}-{{/none}}", page), "-");
	assert_string_equal(filled(*state, "{{^row}}x{{/row}}", page), "");
}

static void a_second_value_takes_the_firsts_place(void **state)
{
	struct template_section *part = part_create(*state);
	part_set(part, "v", "1");
	part_set(part, "v", "2");
	assert_string_equal(filled(*state, "{{v}}", part), "2");
}

static void large_values_grow_the_page(void **state)
{
	char *large = talloc_array(*state, char, 100001);
	memset(large, '<', 100000);
	large[100000] = '\0';
	assert_int_equal(strlen(with(*state, large)), 2 + 4 * 100000);
}

static void template_parse_refuses_what_is_not_well_formed(void **state)
{
	static const char *const bad[] = {"{{", "{{a", "{{a}", "{{}}", "{{a b}}", "{{#a}}",
		"{{/a}}", "{{#a}}{{/b}}", "{{#a}}{{#b}}{{/a}}{{/b}}", "{{a\n}}"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char *why = NULL;
		assert_null(template_parse(*state, bad[i], &why));
		assert_non_null(why);
	}
}

static void every_template_of_the_tree_is_well_formed(void **state)
{
	int count = 0;
	for (const struct template_file *file = template_files; file->path; file++, count++) {
		char *why = NULL;
		if (!template_parse(*state, file->text, &why))
			fail_msg("%s: %s", file->path, why);
	}
	assert_true(count >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(values_are_escaped),
		UNIT(what_no_document_may_hold_is_replaced),
		UNIT(sections_are_repeated_for_each_part),
		UNIT(a_second_value_takes_the_firsts_place),
		UNIT(large_values_grow_the_page),
		UNIT(template_parse_refuses_what_is_not_well_formed),
		UNIT(every_template_of_the_tree_is_well_formed),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
