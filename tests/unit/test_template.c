/* Texts with {variables}. */
#include "unit.h"

#include <string.h>

#include "besace/domain/template.h"

static void every_name_is_known(void **state)
{
	(void)state;
	struct template_fault fault;
	for (int i = 0; i < TEMPLATE_VARIABLE_COUNT; i++) {
		char text[64];
		const char *name = template_variable_name((enum template_variable)i), *at = text;
		struct template_part part;
		snprintf(text, sizeof(text), "{%s}", name);
		assert_true(template_check(text, &fault));
		assert_true(template_next(&at, &part));
		assert_true(part.is_variable);
		assert_int_equal(part.variable, i);
		assert_false(template_next(&at, &part));
	}
	assert_true(template_check("{user} {player} {level}", &fault));
}

static void an_unknown_name_is_told_with_the_nearest_known_one(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{"Bravo {nivau} !", "nivau", "niveau"},
		{"{niveau} {Niveau}", "Niveau", "niveau"},
		{"{members}", "members", "membre"},
		{"{usr}", "usr", "user"},
		{"{levl}", "levl", "level"},
		{"{playr}", "playr", "player"},
		{"{server}", "server", "serveur"},
		{"{obejts}", "obejts", "objets"},
		{"{{nivo}}", "nivo", "niveau"},
		{"{lvl}", "lvl", "level"},
		{"{lv}", "lv", "level"},
		{"{LVL}", "LVL", "level"},
		{"{niv}", "niv", "niveau"},
		{"{obj}", "obj", "objets"},
		{"{serv}", "serv", "serveur"},
		{"{mem}", "mem", "membre"},
		{"{sal}", "sal", "salon"},
		{"{l}", "l", "lc"},
		{"{xpp}", "xpp", "xp"},
		{"{username}", "username", "user"},
		{"{a-name-that-is-longer-than-any-other-could-be}",
			"a-name-that-is-longer-than-any-o", NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct template_fault fault;
		assert_false(template_check(cases[i][0], &fault));
		assert_string_equal(fault.unknown, cases[i][1]);
		assert_non_null(fault.nearest);
		if (cases[i][2])
			assert_string_equal(fault.nearest, cases[i][2]);
	}
}

static void braces_without_a_name_are_text(void **state)
{
	(void)state;
	static const char *const cases[] = {
		"", "{", "}", "{}", "{ niveau }", "{a b}", "{niveau", "niveau}", "{\n}", "é{è"};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct template_fault fault;
		struct template_part part;
		size_t length = 0;
		assert_true(template_check(cases[i], &fault));
		for (const char *at = cases[i]; template_next(&at, &part); length += part.length)
			assert_false(part.is_variable);
		assert_int_equal(length, strlen(cases[i]));
	}
}

static void parts_make_up_the_whole(void **state)
{
	(void)state;
	static const char text[] = "{mention} {{niveau}} { {level}";
	static const struct {
		const char *text;
		int variable;
	} parts[] = {{"{mention}", TEMPLATE_MENTION}, {" ", -1}, {"{", -1},
		{"{niveau}", TEMPLATE_LEVEL}, {"} ", -1}, {"{ ", -1}, {"{level}", TEMPLATE_LEVEL}};
	const char *at = text;
	struct template_part part;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		assert_true(template_next(&at, &part));
		assert_int_equal(part.length, strlen(parts[i].text));
		assert_memory_equal(part.text, parts[i].text, part.length);
		assert_int_equal(part.is_variable ? (int)part.variable : -1, parts[i].variable);
	}
	assert_false(template_next(&at, &part));
}

static const struct CMUnitTest tests[] = {
	UNIT(every_name_is_known),
	UNIT(an_unknown_name_is_told_with_the_nearest_known_one),
	UNIT(braces_without_a_name_are_text),
	UNIT(parts_make_up_the_whole),
};

UNIT_MAIN(tests)
