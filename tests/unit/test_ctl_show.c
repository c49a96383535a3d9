/* Answers as text: what besacectl send prints. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/show.h"

/* ANSWER, with ' for ". */
static json_t *parse(void *ctx, const char *answer)
{
	char *text = talloc_strdup(ctx, answer);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	if (!json)
		fail_msg("%s in %s", error.text, text);
	return json;
}

/* How ANSWER is shown. */
static char *shown(void *ctx, const char *answer)
{
	json_t *json = parse(ctx, answer);
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

/* A V2 message with whatever stands in one. */
static const char panel[] =
	"{'type':4,'data':{'flags':32832,'components':[{'type':17,'accent_color':15312467,"
	"'components':[{'type':10,'content':'# Sac'},{'type':9,'components':[{'type':10,"
	"'content':'Jackpot ×3'},{'type':10,'content':'-# au hasard'}],'accessory':{'type':2,"
	"'style':1,'label':'Ouvrir','custom_id':'sac:1'}},{'type':9,'components':[{'type':10,"
	"'content':'lou'}],'accessory':{'type':11,'media':{'url':'https://p/'},"
	"'description':'lou sourit'}},{'type':14},{'type':12,'items':[{'media':{'url':"
	"'https://c/1.png'},'description':'Niveau 4'}]},{'type':1,'components':[{'type':3,"
	"'custom_id':'page','placeholder':'Pages','options':[{'label':'XP','value':'x',"
	"'default':true},{'label':'Zones','value':'z','description':'où'}]}]},{'type':1,"
	"'components':[{'type':2,'label':'Non','custom_id':'n','disabled':true},{'type':2,"
	"'label':'Page','style':5,'url':'https://w/'}]}]}]}}";

static void a_container_is_a_box_with_all_that_stands_in_it(void **state)
{
	assert_string_equal(shown(*state, panel), "┌─ leather\n"
						  "│ # Sac\n"
						  "│ Jackpot ×3\n"
						  "│ -# au hasard\n"
						  "│ [ Ouvrir ]  sac:1\n"
						  "│ lou\n"
						  "│ 🖼  lou sourit\n"
						  "│    https://p/\n"
						  "│ ────\n"
						  "│ 🖼  Niveau 4\n"
						  "│    https://c/1.png\n"
						  "│ [ Pages ▾ ]  page\n"
						  "│ [ Non ] (disabled)  n\n"
						  "│ [ Page ]  https://w/\n"
						  "└─\n"
						  "(visible only to you)\n");
}

static void keys_number_what_can_be_pressed(void **state)
{
	struct show_pressables pressables = {.letter = "B"};
	json_t *answer = parse(*state, panel);
	const char *text = show_keyed(*state, answer, &pressables);
	assert_non_null(strstr(text, "│ [ Ouvrir ]  B1\n"));
	assert_non_null(strstr(text, "│ [ Pages ▾ ]  B2\n│      1 XP ✓\n│      2 Zones · où\n"));
	assert_non_null(strstr(text, "│ [ Non ] (disabled)\n│ [ Page ]  https://w/\n"));
	assert_int_equal(pressables.count, 2);
	assert_string_equal(
		json_string_value(json_object_get(pressables.items[1], "custom_id")), "page");
	json_decref(answer);
}

static void the_first_button_may_stand_beside_a_text(void **state)
{
	json_t *answer = parse(*state, panel);
	assert_string_equal(show_first_button(answer), "sac:1");
	json_decref(answer);
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
	UNIT(a_container_is_a_box_with_all_that_stands_in_it),
	UNIT(keys_number_what_can_be_pressed),
	UNIT(the_first_button_may_stand_beside_a_text),
};

UNIT_MAIN(tests)
