/* Answers as text: what besacectl send prints. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/show.h"

/* How ANSWER, with ' for ", is shown. */
static char *shown(void *ctx, const char *answer)
{
	char *text = talloc_strdup(ctx, answer);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	if (!json)
		fail_msg("%s in %s", error.text, text);
	char *out = show_answer(ctx, json);
	json_decref(json);
	return out;
}

static void a_pong_is_one_word(void **state)
{
	assert_string_equal(shown(*state, "{'type':1}"), "PONG\n");
}

static void an_embed_has_an_edge_and_a_word_for_its_colour(void **state)
{
	assert_string_equal(
		shown(*state, "{'type':4,'data':{'embeds':[{'title':'Sac','color':16766720,"
			      "'description':'un\\n\\n**deux**','footer':{'text':'fin'}}]}}"),
		"┌─ gold\n│ Sac\n│\n│ un\n│\n│ **deux**\n│\n│ fin\n└─\n");
}

static void another_colour_is_a_number(void **state)
{
	assert_string_equal(
		shown(*state, "{'type':4,'data':{'embeds':[{'title':'a','color':255}]}}"),
		"┌─ #0000FF\n│ a\n└─\n");
}

static void fields_beside_each_other_stand_close(void **state)
{
	assert_string_equal(shown(*state, "{'type':4,'data':{'embeds':[{'title':'Sac','fields':["
					  "{'name':'Actif','value':'x2','inline':false},"
					  "{'name':'Jackpot','value':'×3','inline':true},"
					  "{'name':'x2','value':'×1','inline':true}]}]}}"),
		"┌─\n│ Sac\n│\n│ Actif\n│ x2\n│\n│ Jackpot: ×3\n│ x2: ×1\n└─\n");
}

static void a_button_ends_its_line_with_its_custom_id(void **state)
{
	assert_string_equal(
		shown(*state,
			"{'type':4,'data':{'content':'voici','components':[{'type':1,'components':["
			"{'type':2,'label':'Ouvrir (3)','emoji':{'name':'🎁'},'custom_id':'a:1'},"
			"{'type':2,'label':'Non','custom_id':'b','disabled':true},"
			"{'type':2,'emoji':{'name':'✨'},'custom_id':'c'},"
			"{'type':2,'label':'Site','url':'https://x.example/'}]}]}}"),
		"voici\n  [ 🎁 Ouvrir (3) ]  a:1\n  [ Non ] (disabled)  b\n  [ ✨ ]  c\n"
		"  [ Site ]  https://x.example/\n");
}

static void a_private_answer_says_so(void **state)
{
	assert_string_equal(shown(*state, "{'type':4,'data':{'content':'non','flags':64}}"),
		"non\n(visible only to you)\n");
	assert_string_equal(shown(*state, "{'type':5,'data':{'flags':64}}"),
		"(thinking… the answer will follow)\n(visible only to you)\n");
}

static void what_comes_later_or_changes_is_announced(void **state)
{
	assert_string_equal(shown(*state, "{'type':5}"), "(thinking… the answer will follow)\n");
	assert_string_equal(
		shown(*state, "{'type':6}"), "(nothing to see yet: the message will change)\n");
	assert_string_equal(shown(*state, "{'type':7,'data':{'content':'a'}}"),
		"(the message changes to)\na\n");
}

static void suggestions_are_listed(void **state)
{
	assert_string_equal(
		shown(*state, "{'type':8,'data':{'choices':[]}}"), "(no suggestions)\n");
	assert_string_equal(
		shown(*state, "{'type':8,'data':{'choices':[{'name':'a','value':'b'}]}}"), "- a\n");
}

static void an_unknown_answer_is_shown_as_it_is(void **state)
{
	assert_string_equal(shown(*state, "{'accepted':2}"), "{\n  \"accepted\": 2\n}\n");
	assert_string_equal(shown(*state, "[1]"), "[\n  1\n]\n");
}

static void malformed_parts_are_survived(void **state)
{
	shown(*state, "{'type':4,'data':7}");
	shown(*state,
		"{'type':4,'data':{'embeds':[3,{'fields':[null]}],'components':[{'type':1},4]}}");
	assert_string_equal(shown(*state, "{'type':4}"), "");
}

static void escapes_are_undone_and_control_characters_replaced(void **state)
{
	assert_string_equal(
		shown(*state,
			"{'type':4,'data':{'content':'\\\\_a\\\\\\\\ \\\\n\\u001b[31m\\u009b'}}"),
		"_a\\ \\n\xEF\xBF\xBD[31m\xEF\xBF\xBD\n");
	assert_string_equal(show_clean(*state, "a\tb\r\n\x7F"), "a\xEF\xBF\xBD"
								"b\xEF\xBF\xBD\n\xEF\xBF\xBD");
}

static const char *first(json_t **held, const char *answer)
{
	json_decref(*held);
	*held = json_loads(answer, 0, NULL);
	assert_non_null(*held);
	return show_first_button(*held);
}

static void the_first_button_is_one_that_can_be_pressed(void **state)
{
	(void)state;
	json_t *held = NULL;
	assert_string_equal(
		first(&held, "{\"type\":4,\"data\":{\"components\":[{\"type\":1,\"components\":["
			     "{\"type\":2,\"custom_id\":\"off\",\"disabled\":true},"
			     "{\"type\":2,\"url\":\"https://x.example/\"}]},"
			     "{\"type\":1,\"components\":[{\"type\":2,\"custom_id\":\"on\"}]}]}}"),
		"on");
	assert_null(first(&held, "{\"type\":4,\"data\":{\"components\":[]}}"));
	assert_null(first(&held, "{\"type\":1}"));
	assert_null(first(&held, "[]"));
	json_decref(held);
}

static const struct CMUnitTest tests[] = {
	UNIT(a_pong_is_one_word),
	UNIT(an_embed_has_an_edge_and_a_word_for_its_colour),
	UNIT(another_colour_is_a_number),
	UNIT(fields_beside_each_other_stand_close),
	UNIT(a_button_ends_its_line_with_its_custom_id),
	UNIT(a_private_answer_says_so),
	UNIT(what_comes_later_or_changes_is_announced),
	UNIT(suggestions_are_listed),
	UNIT(an_unknown_answer_is_shown_as_it_is),
	UNIT(malformed_parts_are_survived),
	UNIT(escapes_are_undone_and_control_characters_replaced),
	UNIT(the_first_button_is_one_that_can_be_pressed),
};

UNIT_MAIN(tests)
