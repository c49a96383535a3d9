/* Replies: the JSON of each kind, within Discord's limits. */
#include "unit.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "besace/base/defect.h"
#include "besace/base/utf8.h"
#include "besace/discord/reply.h"

static json_t *rendered;

/* The reply as JSON; given back by the next call. */
static json_t *render(void *ctx, const struct reply *reply)
{
	json_decref(rendered);
	rendered = json_loads(reply_render(ctx, reply).bytes, 0, NULL);
	assert_non_null(rendered);
	return rendered;
}

/* The components of REPLY's container. */
static json_t *container_of(void *ctx, const struct reply *reply)
{
	json_t *data = json_object_get(render(ctx, reply), "data");
	assert_int_equal(json_integer_value(json_object_get(data, "flags")) & 32768, 32768);
	assert_null(json_object_get(data, "embeds"));
	assert_null(json_object_get(data, "content"));
	json_t *components = json_object_get(data, "components");
	assert_int_equal(json_array_size(components), 1);
	json_t *container = json_array_get(components, 0);
	assert_int_equal(json_integer_value(json_object_get(container, "type")), 17);
	return json_object_get(container, "components");
}

static const char *text_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	assert_non_null(text);
	return text;
}

static void reply_render_of_bare_kinds_is_the_type_alone(void **state)
{
	struct reply pong = {.kind = REPLY_PONG}, update = {.kind = REPLY_DEFERRED_UPDATE},
		     deferred = {.kind = REPLY_DEFERRED},
		     hidden = {.kind = REPLY_DEFERRED, .ephemeral = true},
		     choices = {.kind = REPLY_CHOICES};
	assert_string_equal(reply_render(*state, &pong).bytes, "{\"type\":1}");
	assert_string_equal(reply_render(*state, &update).bytes, "{\"type\":6}");
	assert_string_equal(reply_render(*state, &deferred).bytes, "{\"type\":5}");
	assert_string_equal(
		reply_render(*state, &hidden).bytes, "{\"type\":5,\"data\":{\"flags\":64}}");
	assert_string_equal(
		reply_render(*state, &choices).bytes, "{\"type\":8,\"data\":{\"choices\":[]}}");
}

static void reply_render_suppresses_all_mentions(void **state)
{
	static const enum reply_kind kinds[] = {REPLY_MESSAGE, REPLY_UPDATE};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct reply reply = {.kind = kinds[i], .title = "@everyone"};
		json_t *data = json_object_get(render(*state, &reply), "data");
		json_t *mentions = json_object_get(data, "allowed_mentions");
		assert_int_equal(json_array_size(json_object_get(mentions, "parse")), 0);
		assert_true(json_is_array(json_object_get(mentions, "parse")));
	}
}

static void reply_render_makes_only_new_private_messages_ephemeral(void **state)
{
	static const struct {
		enum reply_kind kind;
		bool ephemeral, flagged;
	} rows[] = {{REPLY_MESSAGE, true, true}, {REPLY_MESSAGE, false, false},
		{REPLY_UPDATE, true, false}, {REPLY_UPDATE, false, false}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = {
			.kind = rows[i].kind, .ephemeral = rows[i].ephemeral, .title = "x"};
		json_t *data = json_object_get(render(*state, &reply), "data");
		assert_int_equal(json_integer_value(json_object_get(data, "flags")),
			32768 | (rows[i].flagged ? 64 : 0));
	}
}

static json_t *message(void *ctx, const struct reply *reply, bool with_flags)
{
	struct content content = reply_message(ctx, reply, with_flags);
	assert_int_equal(content.length, strlen(content.bytes));
	assert_string_equal(content.type, "application/json");
	return json_loadb(content.bytes, content.length, 0, NULL);
}

static void reply_message_is_not_ephemeral_in_an_edit(void **state)
{
	struct reply reply = {.kind = REPLY_MESSAGE, .ephemeral = true, .title = "x"};
	json_t *edit = message(*state, &reply, false), *new = message(*state, &reply, true);
	assert_int_equal(json_integer_value(json_object_get(edit, "flags")), 32768);
	assert_int_equal(json_integer_value(json_object_get(new, "flags")), 32768 | 64);
	json_decref(edit);
	json_decref(new);
}

/* LENGTH two-byte characters. */
static char *long_text(void *ctx, size_t length)
{
	char *text = talloc_size(ctx, 2 * length + 1);
	for (size_t i = 0; i < length; i++)
		memcpy(text + 2 * i, "é", 2);
	text[2 * length] = '\0';
	return text;
}

static void reply_render_cuts_long_labels_with_an_ellipsis(void **state)
{
	struct reply reply = {.kind = REPLY_MESSAGE, .title = "x"};
	reply_add_button(&reply, (struct button){.style = BUTTON_PRIMARY,
					 .label = long_text(*state, 500),
					 .custom_id = "id"});
	json_t *row = json_array_get(container_of(*state, &reply), 1);
	json_t *button = json_array_get(json_object_get(row, "components"), 0);
	const char *label = text_at(button, "label");
	assert_int_equal(utf8_length(label), 80);
	assert_string_equal(label + strlen(label) - 3, "…");
}

static void reply_render_keeps_texts_at_their_limit(void **state)
{
	char *description = long_text(*state, 4000);
	struct reply reply = {.kind = REPLY_MESSAGE, .description = description};
	assert_string_equal(
		text_at(json_array_get(container_of(*state, &reply), 0), "content"), description);
}

static void reply_render_disables_buttons(void **state)
{
	struct reply reply = {.kind = REPLY_UPDATE};
	reply_add_button(&reply, (struct button){.label = "l", .custom_id = "a"});
	reply_add_button(&reply, (struct button){.label = "l", .custom_id = "b", .disabled = true});
	json_t *row = json_array_get(container_of(*state, &reply), 0);
	json_t *buttons = json_object_get(row, "components");
	assert_null(json_object_get(json_array_get(buttons, 0), "disabled"));
	assert_true(json_is_true(json_object_get(json_array_get(buttons, 1), "disabled")));
}

static void reply_render_of_a_button_with_an_emoji_alone_has_no_label(void **state)
{
	struct reply reply = {.kind = REPLY_UPDATE};
	reply_add_button(&reply, (struct button){.emoji = "🔎", .custom_id = "a"});
	json_t *row = json_array_get(container_of(*state, &reply), 0);
	json_t *button = json_array_get(json_object_get(row, "components"), 0);
	assert_null(json_object_get(button, "label"));
	assert_string_equal(text_at(json_object_get(button, "emoji"), "name"), "🔎");
}

static void reply_render_of_choices_has_texts_or_numbers(void **state)
{
	struct reply reply = {.kind = REPLY_CHOICES};
	reply_add_choice(&reply, (struct choice){.name = "dix", .number = 10});
	reply_add_choice(&reply, (struct choice){.name = long_text(*state, 101), .text = "x"});
	json_t *data = json_object_get(render(*state, &reply), "data");
	json_t *choices = json_object_get(data, "choices");
	json_t *first = json_array_get(choices, 0), *second = json_array_get(choices, 1);
	assert_int_equal(json_integer_value(json_object_get(first, "value")), 10);
	assert_string_equal(text_at(second, "value"), "x");
	assert_int_equal(utf8_length(text_at(second, "name")), 100);
}

static void reply_render_of_a_modal_labels_its_inputs(void **state)
{
	struct reply reply = {
		.kind = REPLY_MODAL, .title = long_text(*state, 46), .custom_id = "casino:1"};
	reply_add_input(&reply,
		(struct text_input){.custom_id = "mise", .label = "Mise", .min = 1, .max = 20});
	json_t *data = json_object_get(render(*state, &reply), "data");
	json_t *label = json_array_get(json_object_get(data, "components"), 0);
	json_t *input = json_object_get(label, "component");
	assert_string_equal(text_at(data, "custom_id"), "casino:1");
	assert_int_equal(utf8_length(text_at(data, "title")), 45);
	assert_int_equal(json_integer_value(json_object_get(label, "type")), 18);
	assert_string_equal(text_at(label, "label"), "Mise");
	assert_null(json_object_get(input, "label"));
	assert_int_equal(json_integer_value(json_object_get(input, "type")), 4);
	assert_int_equal(json_integer_value(json_object_get(input, "max_length")), 20);
	assert_true(json_is_true(json_object_get(input, "required")));
}

static void reply_render_gives_the_same_bytes_again(void **state)
{
	struct reply reply = {
		.kind = REPLY_MESSAGE, .title = "t", .description = "d", .footer = "f"};
	reply_add_block(&reply, "n", "v");
	reply_add_button(&reply,
		(struct button){
			.style = BUTTON_PRIMARY, .label = "l", .emoji = "✨", .custom_id = "i"});
	assert_string_equal(reply_render(*state, &reply).bytes, reply_render(*state, &reply).bytes);
}

static void reply_render_escapes_every_character(void **state)
{
	char text[128] = "";
	for (char c = 1; c < 127; c++)
		text[c - 1] = c == UNIT_MARK[0] ? 'x' : c;
	struct reply reply = {.kind = REPLY_MESSAGE, .description = "é«»🌷\x7f"};
	reply_add_text(&reply, text);
	json_t *parts = container_of(*state, &reply);
	assert_string_equal(text_at(json_array_get(parts, 0), "content"), reply.description);
	assert_string_equal(text_at(json_array_get(parts, 1), "content"), text);
}

static void reply_render_puts_the_unit_for_each_mark(void **state)
{
	struct reply reply = {.kind = REPLY_MESSAGE,
		.title = "5 " UNIT_MARK,
		.description = UNIT_MARK UNIT_MARK,
		.footer = "7"};
	reply_add_button(&reply, (struct button){.style = BUTTON_PRIMARY,
					 .label = "Join (" UNIT_MARK ")",
					 .custom_id = "a:1"});
	const char *plain = reply_render(*state, &reply).bytes;
	assert_non_null(strstr(plain, "## 5 LC\\nLCLC\""));
	assert_non_null(strstr(plain, "Join (LC)"));
	reply.unit = unit_of(*state, "écus", "🌰");
	const char *named = reply_render(*state, &reply).bytes;
	assert_non_null(strstr(named, "## 5 écus 🌰\\n"));
	assert_non_null(strstr(named, "Join (écus 🌰)"));
	/* Whoever names a currency does not format what everybody reads. */
	reply.unit = unit_of(*state, "*or* [x](y)", "🌰");
	const char *typed = reply_render(*state, &reply).bytes;
	assert_non_null(strstr(typed, "## 5 \\\\*or\\\\* \\\\[x\\\\]\\\\(y\\\\) 🌰\\n"));
	assert_non_null(strstr(typed, "Join (*or* [x](y) 🌰)"));
	/* An emoji of the guild is not drawn on a button. */
	reply.unit = unit_of(*state, NULL, "<:ecu:12345678901234567>");
	const char *own = reply_render(*state, &reply).bytes;
	assert_non_null(strstr(own, "## 5 LC <:ecu:12345678901234567>\\n"));
	assert_non_null(strstr(own, "Join (LC)"));
}

/* LENGTH quotes, which take two bytes each in JSON. */
static char *quotes(void *ctx, unsigned length)
{
	char *text = talloc_array(ctx, char, length + 1);
	memset(text, '"', length);
	text[length] = '\0';
	return text;
}

static void reply_add_notes_a_defect_beyond_discords_maximum(void **state)
{
	struct defect defect;
	struct reply reply = {.kind = REPLY_MESSAGE, .title = "x"};
	reply_add_button(&reply, (struct button){.label = "x", .custom_id = ""});
	assert_true(defect_take(&defect) && reply.button_count == 0);
	reply_add_button(&reply, (struct button){.label = "x", .custom_id = quotes(*state, 101)});
	assert_true(defect_take(&defect) && reply.button_count == 0);
	reply_add_button(&reply, (struct button){.custom_id = "x"});
	assert_true(defect_take(&defect) && reply.button_count == 0);
	reply_add_text(&reply, " \n");
	assert_true(defect_take(&defect) && reply.part_count == 0);
	reply_add_block(&reply, "x", "");
	assert_true(defect_take(&defect) && reply.part_count == 0);
	reply_add_section(&reply, (struct section){.thumbnail = {"https://x/y", NULL}});
	assert_true(defect_take(&defect) && reply.part_count == 0);
	reply_add_choice(&reply, (struct choice){.name = "x", .text = quotes(*state, 101)});
	assert_true(defect_take(&defect) && reply.choice_count == 0);
	for (int i = 0; i <= REPLY_INPUTS_MAX; i++)
		reply_add_input(&reply, (struct text_input){.custom_id = "x", .label = "x"});
	assert_true(defect_take(&defect) && reply.label_count == REPLY_INPUTS_MAX);
}

/* ---- Components */

/* The types in LIST, as "10 9 1". */
static char *types_of(void *ctx, json_t *list)
{
	char *types = talloc_strdup(ctx, "");
	json_t *item;
	size_t i;
	json_array_foreach (list, i, item)
		types = talloc_asprintf_append(types, "%s%lld", *types ? " " : "",
			json_integer_value(json_object_get(item, "type")));
	return types;
}

#define BUTTON(id) ((struct button){.style = BUTTON_SECONDARY, .label = "l", .custom_id = (id)})

static void reply_render_of_a_message_is_one_container_in_the_order_of_parts(void **state)
{
	static const struct select_option option = {.label = "l", .value = "v", .chosen = true};
	static const struct picture picture = {"https://x/y.png", "what it shows"};
	struct reply reply = {.kind = REPLY_MESSAGE,
		.ephemeral = true,
		.title = "t",
		.description = "d",
		.footer = "f\ng",
		.colour = COLOUR_LEATHER};
	reply_add_separator(&reply);
	reply_add_section(&reply, (struct section){.texts = {"a", "b"}, .button = BUTTON("1")});
	reply_add_section(&reply, (struct section){.texts = {"c"}, .thumbnail = picture});
	reply_add_gallery(&reply, &picture, 1);
	reply_add_select(&reply, (struct select){.type = SELECT_TEXT,
					 .custom_id = "2",
					 .options = &option,
					 .option_count = 1});
	reply_add_button(&reply, BUTTON("3"));
	json_t *parts = container_of(*state, &reply);
	assert_string_equal(types_of(*state, parts), "10 14 9 9 12 1 10 1");
	assert_string_equal(text_at(json_array_get(parts, 0), "content"), "## t\nd");
	assert_string_equal(text_at(json_array_get(parts, 6), "content"), "-# f\n-# g");
	json_t *section = json_array_get(parts, 2);
	assert_int_equal(json_array_size(json_object_get(section, "components")), 2);
	assert_string_equal(text_at(json_object_get(section, "accessory"), "custom_id"), "1");
	section = json_array_get(parts, 3);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(section, "accessory"), "type")),
		11);
	json_t *data = json_object_get(rendered, "data");
	assert_int_equal(json_integer_value(json_object_get(data, "flags")), 32768 | 64);
}

static void reply_render_flags_updates_and_no_deferral(void **state)
{
	struct reply update = {.kind = REPLY_UPDATE, .ephemeral = true};
	reply_add_text(&update, "x");
	container_of(*state, &update);
	json_t *data = json_object_get(rendered, "data");
	assert_int_equal(json_integer_value(json_object_get(data, "flags")), 32768);
	json_t *edit = message(*state, &update, false);
	assert_int_equal(json_integer_value(json_object_get(edit, "flags")), 32768);
	json_decref(edit);
	struct reply deferred = {.kind = REPLY_DEFERRED, .ephemeral = true};
	assert_string_equal(
		reply_render(*state, &deferred).bytes, "{\"type\":5,\"data\":{\"flags\":64}}");
}

static void reply_render_fills_rows_of_five_buttons(void **state)
{
	struct reply reply = {.kind = REPLY_MESSAGE};
	for (int i = 0; i < 6; i++)
		reply_add_button(&reply, BUTTON("id"));
	reply_add_text(&reply, "x");
	reply_add_button(&reply, BUTTON("id"));
	json_t *parts = container_of(*state, &reply);
	assert_string_equal(types_of(*state, parts), "1 1 10 1");
	json_t *row = json_object_get(json_array_get(parts, 0), "components");
	assert_int_equal(json_array_size(row), 5);
	row = json_object_get(json_array_get(parts, 1), "components");
	assert_int_equal(json_array_size(row), 1);
}

static void reply_render_shares_4000_characters(void **state)
{
	const char *endless = long_text(*state, 3000);
	struct reply reply = {.kind = REPLY_MESSAGE};
	for (int i = 0; i < 3; i++)
		reply_add_text(&reply, endless);
	json_t *parts = container_of(*state, &reply);
	size_t shown = 0;
	for (size_t i = 0; i < 3; i++) {
		size_t length = utf8_length(text_at(json_array_get(parts, i), "content"));
		assert_true(length > 0);
		shown += length;
	}
	assert_int_equal(shown, 4000);
}

static void reply_render_of_a_link_button_has_an_address_and_no_id(void **state)
{
	struct reply reply = {.kind = REPLY_MESSAGE};
	reply_add_button(
		&reply, (struct button){.style = BUTTON_LINK, .label = "l", .url = "https://x/"});
	json_t *row = json_array_get(container_of(*state, &reply), 0);
	json_t *button = json_array_get(json_object_get(row, "components"), 0);
	assert_string_equal(text_at(button, "url"), "https://x/");
	assert_null(json_object_get(button, "custom_id"));
}

static void reply_render_of_a_select_names_types_and_what_is_chosen(void **state)
{
	struct snowflake chosen;
	assert_true(snowflake_parse("60", &chosen));
	struct reply reply = {.kind = REPLY_UPDATE};
	reply_add_select(&reply, (struct select){.type = SELECT_CHANNEL,
					 .custom_id = "c",
					 .max = 10,
					 .chosen = &chosen,
					 .chosen_count = 1,
					 .channel_types = CHANNEL_BIT(0) | CHANNEL_BIT(15)});
	json_t *row = json_array_get(container_of(*state, &reply), 0);
	json_t *select = json_array_get(json_object_get(row, "components"), 0);
	char *text = json_dumps(select, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, "{\"channel_types\":[0,15],\"custom_id\":\"c\","
				  "\"default_values\":[{\"id\":\"60\",\"type\":\"channel\"}],"
				  "\"max_values\":10,\"min_values\":0,\"type\":8}");
	free(text);
}

static void reply_render_of_a_modal_holds_every_kind_of_input(void **state)
{
	static const struct select_option options[] = {
		{"a", "a", NULL, NULL, false}, {"b", "b", "why", "✨", true}};
	struct reply reply = {.kind = REPLY_MODAL, .title = "t", .custom_id = "m"};
	const struct select chosen = {.type = SELECT_TEXT,
		.custom_id = "s",
		.options = options,
		.option_count = ARRAY_LEN(options)};
	reply_add_label(&reply,
		(struct label){
			.type = INPUT_SELECT, .label = "l", .optional = true, .select = chosen});
	reply_add_label(
		&reply, (struct label){.type = INPUT_RADIO, .label = "l", .select = chosen});
	reply_add_label(&reply, (struct label){.type = INPUT_CHECKBOXES,
					.label = "l",
					.optional = true,
					.select = chosen});
	reply_add_label(&reply, (struct label){.type = INPUT_CHECKBOX,
					.label = "l",
					.select = {.custom_id = "c"},
					.checked = true});
	reply_add_label(&reply, (struct label){.type = INPUT_FILES,
					.label = "l",
					.select = {.custom_id = "f", .min = 1, .max = 2}});
	json_t *labels =
		json_object_get(json_object_get(render(*state, &reply), "data"), "components");
	char *types = talloc_strdup(*state, "");
	json_t *label;
	size_t i;
	json_array_foreach (labels, i, label)
		types = talloc_asprintf_append(types, "%lld ",
			json_integer_value(
				json_object_get(json_object_get(label, "component"), "type")));
	assert_string_equal(types, "3 21 22 23 19 ");
	json_t *select = json_object_get(json_array_get(labels, 0), "component");
	assert_true(json_is_false(json_object_get(select, "required")));
	assert_int_equal(json_integer_value(json_object_get(select, "min_values")), 0);
}

static void reply_add_notes_a_defect_beyond_the_most_components(void **state)
{
	struct defect defect;
	struct reply reply = {.kind = REPLY_MESSAGE}, other = {.kind = REPLY_MESSAGE};
	for (int i = 0; i < REPLY_COMPONENTS_MAX - 1; i++)
		reply_add_text(&reply, "x");
	assert_false(defect_take(&defect));
	reply_add_text(&reply, "x");
	assert_true(defect_take(&defect) && reply.part_count == REPLY_COMPONENTS_MAX - 1);
	reply_add_button(&reply, BUTTON("id"));
	assert_true(defect_take(&defect) && reply.button_count == 0);
	reply_add_select(&reply, (struct select){.type = SELECT_TEXT, .custom_id = "c"});
	assert_true(defect_take(&defect) && reply.select_count == 0);
	reply.footer = "one more";
	reply_render(*state, &reply);
	assert_true(defect_take(&defect));
	reply_render(*state, &other);
	assert_true(defect_take(&defect)); /* it shows nothing */
}

static int forget(void **state)
{
	(void)state;
	json_decref(rendered);
	rendered = NULL;
	return 0;
}

static void reply_render_notifies_one_member_only(void **state)
{
	struct reply reply = {.kind = REPLY_MESSAGE, .description = "<@42>", .notified = "42"};
	const char *text = reply_render(*state, &reply).bytes;
	assert_non_null(strstr(text, "\"allowed_mentions\":{\"parse\":[],\"users\":[\"42\"]}"));
	reply.notified = NULL;
	text = reply_render(*state, &reply).bytes;
	assert_non_null(strstr(text, "\"allowed_mentions\":{\"parse\":[]}"));
}

static void reply_notification_says_the_mention_only(void **state)
{
	struct content content = reply_notification(*state, "42");
	assert_string_equal(content.bytes,
		"{\"components\":[{\"type\":10,\"content\":\"<@42>\"}],\"allowed_mentions\":"
		"{\"parse\":[],\"users\":[\"42\"]},\"flags\":32768}");
	assert_int_equal(content.length, strlen(content.bytes));
}

static const struct CMUnitTest tests[] = {
	UNIT(reply_render_of_bare_kinds_is_the_type_alone),
	UNIT(reply_render_suppresses_all_mentions),
	UNIT(reply_render_makes_only_new_private_messages_ephemeral),
	UNIT(reply_message_is_not_ephemeral_in_an_edit),
	UNIT(reply_render_cuts_long_labels_with_an_ellipsis),
	UNIT(reply_render_keeps_texts_at_their_limit),
	UNIT(reply_render_disables_buttons),
	UNIT(reply_render_of_a_button_with_an_emoji_alone_has_no_label),
	UNIT(reply_render_of_choices_has_texts_or_numbers),
	UNIT(reply_render_of_a_modal_labels_its_inputs),
	UNIT(reply_render_gives_the_same_bytes_again),
	UNIT(reply_render_escapes_every_character),
	UNIT(reply_render_puts_the_unit_for_each_mark),
	UNIT(reply_add_notes_a_defect_beyond_discords_maximum),
	UNIT(reply_render_of_a_message_is_one_container_in_the_order_of_parts),
	UNIT(reply_render_flags_updates_and_no_deferral),
	UNIT(reply_render_fills_rows_of_five_buttons),
	UNIT(reply_render_shares_4000_characters),
	UNIT(reply_render_of_a_link_button_has_an_address_and_no_id),
	UNIT(reply_render_of_a_select_names_types_and_what_is_chosen),
	UNIT(reply_render_of_a_modal_holds_every_kind_of_input),
	UNIT(reply_add_notes_a_defect_beyond_the_most_components),
	UNIT(reply_render_notifies_one_member_only),
	UNIT(reply_notification_says_the_mention_only),
};

int main(void)
{
	return cmocka_run_group_tests_name(__FILE__, tests, NULL, forget);
}
