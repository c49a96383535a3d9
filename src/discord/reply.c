/* Renders replies as Discord wants them. */
#include "besace/discord/reply.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/limits.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Message flag EPHEMERAL. */
#define FLAG_EPHEMERAL 64

/* Discord's limits in characters. */
enum {
	MOST_TITLE = 256,
	MOST_DESCRIPTION = 4096,
	MOST_FIELD_NAME = 256,
	MOST_FIELD_VALUE = 1024,
	MOST_FOOTER = 2048,
	MOST_LABEL = 80,
	MOST_CHOICE = 100,
	MOST_MODAL_TITLE = 45,
	MOST_INPUT_LABEL = 45,
	MOST_INPUT_ABOUT = 100,
	MOST_INPUT_VALUE = 4000
};

/* Component types. */
enum { ACTION_ROW = 1, BUTTON = 2, TEXT_INPUT = 4, LABEL = 18 };

/* Styles of a text input. */
enum { INPUT_SHORT = 1, INPUT_PARAGRAPH = 2 };

void reply_add_field(struct reply *reply, const char *name, const char *value, bool beside)
{
	if (reply->field_count == REPLY_FIELDS_MOST)
		abort(); /* a command's defect: what it shows is bounded by its rules */
	reply->fields[reply->field_count++] = (struct field){name, value, beside};
}

static bool is_custom_id(const char *text)
{
	return *text && utf8_length(text) <= LIMIT_CUSTOM_ID;
}

/* Whether the button after the first COUNT, of which IN_ROW stand in the last row, starts a row. */
static bool starts_row(const struct button *button, size_t in_row)
{
	return button->new_row || in_row == REPLY_ROW_BUTTONS_MOST;
}

static size_t count_rows(const struct reply *reply)
{
	size_t rows = 0, in_row = REPLY_ROW_BUTTONS_MOST;
	for (size_t i = 0; i < reply->button_count; i++) {
		if (starts_row(&reply->buttons[i], in_row)) {
			rows++;
			in_row = 0;
		}
		in_row++;
	}
	return rows;
}

void reply_add_button(struct reply *reply, struct button button)
{
	if (reply->button_count == REPLY_BUTTONS_MOST || !is_custom_id(button.custom_id))
		abort();
	reply->buttons[reply->button_count++] = button;
	if (count_rows(reply) > REPLY_ROWS_MOST)
		abort();
}

void reply_add_choice(struct reply *reply, struct choice choice)
{
	if (reply->choice_count == REPLY_CHOICES_MOST ||
		(choice.text && utf8_length(choice.text) > MOST_CHOICE))
		abort();
	reply->choices[reply->choice_count++] = choice;
}

void reply_add_input(struct reply *reply, struct text_input input)
{
	if (reply->input_count == REPLY_INPUTS_MOST || !is_custom_id(input.custom_id))
		abort();
	reply->inputs[reply->input_count++] = input;
}

/* TEXT as JSON, cut at MOST characters. */
static json_t *text_cut(const char *text, size_t most)
{
	size_t length = strlen(text);
	if (length <= most || utf8_length(text) <= most)
		return must(json_stringn(text, length));
	size_t keep = utf8_prefix(text, most - 1);
	char *cut = must(talloc_asprintf(NULL, "%.*s…", (int)keep, text));
	json_t *value = must(json_string(cut));
	talloc_free(cut);
	return value;
}

static json_t *embed_json(const struct reply *reply)
{
	json_t *embed = must(json_object());
	if (reply->title)
		json_object_set_new_nocheck(embed, "title", text_cut(reply->title, MOST_TITLE));
	if (reply->description)
		json_object_set_new_nocheck(
			embed, "description", text_cut(reply->description, MOST_DESCRIPTION));
	json_object_set_new_nocheck(embed, "color", json_integer(reply->colour));
	if (reply->field_count > 0) {
		json_t *fields = must(json_array());
		for (size_t i = 0; i < reply->field_count; i++) {
			const struct field *field = &reply->fields[i];
			json_t *object = must(json_object());
			json_object_set_new_nocheck(
				object, "name", text_cut(field->name, MOST_FIELD_NAME));
			json_object_set_new_nocheck(
				object, "value", text_cut(field->value, MOST_FIELD_VALUE));
			json_object_set_new_nocheck(object, "inline", json_boolean(field->beside));
			json_array_append_new(fields, object);
		}
		json_object_set_new_nocheck(embed, "fields", fields);
	}
	if (reply->footer) {
		json_t *footer = must(json_object());
		json_object_set_new_nocheck(footer, "text", text_cut(reply->footer, MOST_FOOTER));
		json_object_set_new_nocheck(embed, "footer", footer);
	}
	return embed;
}

static json_t *button_json(const struct button *button)
{
	json_t *object = must(json_object());
	json_object_set_new_nocheck(object, "type", json_integer(BUTTON));
	json_object_set_new_nocheck(object, "style", json_integer(button->style));
	json_object_set_new_nocheck(object, "label", text_cut(button->label, MOST_LABEL));
	if (button->emoji) {
		json_t *emoji = must(json_object());
		json_object_set_new_nocheck(emoji, "name", json_string(button->emoji));
		json_object_set_new_nocheck(object, "emoji", emoji);
	}
	json_object_set_new_nocheck(object, "custom_id", json_string(button->custom_id));
	if (button->disabled)
		json_object_set_new_nocheck(object, "disabled", json_true());
	return object;
}

/* Appends a row to ROWS; returns its list of buttons, which ROWS owns. */
static json_t *add_row(json_t *rows)
{
	json_t *row = must(json_object()), *buttons = must(json_array());
	json_object_set_new_nocheck(row, "type", json_integer(ACTION_ROW));
	json_object_set_new_nocheck(row, "components", buttons);
	json_array_append_new(rows, row);
	return buttons;
}

/* The rows of buttons; an empty list is said as well, so that an edit removes old buttons. */
static json_t *components_json(const struct reply *reply)
{
	json_t *rows = must(json_array()), *buttons = NULL;
	for (size_t i = 0; i < reply->button_count; i++) {
		const struct button *button = &reply->buttons[i];
		if (!buttons || starts_row(button, json_array_size(buttons)))
			buttons = add_row(rows);
		json_array_append_new(buttons, button_json(button));
	}
	return rows;
}

/* `{"parse":[]}`: nobody is pinged by what we say. */
static json_t *no_mentions(void)
{
	json_t *mentions = must(json_object());
	json_object_set_new_nocheck(mentions, "parse", json_array());
	return mentions;
}

json_t *reply_message(const struct reply *reply, bool with_flags)
{
	json_t *data = must(json_object());
	json_t *embeds = must(json_array());
	json_array_append_new(embeds, embed_json(reply));
	json_object_set_new_nocheck(data, "embeds", embeds);
	json_object_set_new_nocheck(data, "components", components_json(reply));
	json_object_set_new_nocheck(data, "allowed_mentions", no_mentions());
	if (with_flags && reply->is_private)
		json_object_set_new_nocheck(data, "flags", json_integer(FLAG_EPHEMERAL));
	return data;
}

static json_t *choice_json(const struct choice *choice)
{
	json_t *object = must(json_object());
	json_object_set_new_nocheck(object, "name", text_cut(choice->name, MOST_CHOICE));
	json_object_set_new_nocheck(object, "value",
		choice->text ? must(json_string(choice->text))
			     : must(json_integer(choice->number)));
	return object;
}

static json_t *choices_json(const struct reply *reply)
{
	json_t *data = must(json_object()), *choices = must(json_array());
	for (size_t i = 0; i < reply->choice_count; i++)
		json_array_append_new(choices, choice_json(&reply->choices[i]));
	json_object_set_new_nocheck(data, "choices", choices);
	return data;
}

static void put_cut(json_t *object, const char *key, const char *text, size_t most)
{
	if (text)
		json_object_set_new_nocheck(object, key, text_cut(text, most));
}

static json_t *input_json(const struct text_input *input)
{
	json_t *field = must(json_object()), *label = must(json_object());
	unsigned most = input->most ? input->most : MOST_INPUT_VALUE;
	json_object_set_new_nocheck(field, "type", json_integer(TEXT_INPUT));
	json_object_set_new_nocheck(field, "custom_id", must(json_string(input->custom_id)));
	json_object_set_new_nocheck(
		field, "style", json_integer(input->paragraph ? INPUT_PARAGRAPH : INPUT_SHORT));
	json_object_set_new_nocheck(field, "min_length", json_integer(input->least));
	json_object_set_new_nocheck(field, "max_length", json_integer(most));
	json_object_set_new_nocheck(field, "required", json_boolean(!input->optional));
	put_cut(field, "value", input->value, most);
	put_cut(field, "placeholder", input->placeholder, MOST_INPUT_ABOUT);

	json_object_set_new_nocheck(label, "type", json_integer(LABEL));
	put_cut(label, "label", input->label, MOST_INPUT_LABEL);
	put_cut(label, "description", input->about, MOST_INPUT_ABOUT);
	json_object_set_new_nocheck(label, "component", field);
	return label;
}

static json_t *modal_json(const struct reply *reply)
{
	if (!is_custom_id(reply->custom_id))
		abort();
	json_t *data = must(json_object()), *labels = must(json_array());
	for (size_t i = 0; i < reply->input_count; i++)
		json_array_append_new(labels, input_json(&reply->inputs[i]));
	json_object_set_new_nocheck(data, "custom_id", must(json_string(reply->custom_id)));
	put_cut(data, "title", reply->title, MOST_MODAL_TITLE);
	json_object_set_new_nocheck(data, "components", labels);
	return data;
}

static json_t *reply_data(const struct reply *reply)
{
	json_t *data = NULL;
	switch (reply->kind) {
	case REPLY_PONG:
	case REPLY_DEFERRED_UPDATE:
		break;
	case REPLY_DEFERRED:
		if (reply->is_private) {
			data = must(json_object());
			json_object_set_new_nocheck(data, "flags", json_integer(FLAG_EPHEMERAL));
		}
		break;
	case REPLY_MESSAGE:
		data = reply_message(reply, true);
		break;
	case REPLY_UPDATE:
		data = reply_message(reply, false);
		break;
	case REPLY_CHOICES:
		data = choices_json(reply);
		break;
	case REPLY_MODAL:
		data = modal_json(reply);
		break;
	}
	return data;
}

char *reply_render(void *ctx, const struct reply *reply)
{
	json_t *root = must(json_object());
	json_object_set_new_nocheck(root, "type", json_integer(reply->kind));
	json_t *data = reply_data(reply);
	if (data)
		json_object_set_new_nocheck(root, "data", data);
	char *text = must(json_dumps(root, JSON_COMPACT));
	json_decref(root);
	char *owned = must(talloc_strdup(ctx, text));
	free(text);
	return owned;
}
