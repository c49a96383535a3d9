/* Writes the components of messages and modals. */
#include "component.h"

/* Discord's limits in characters. */
enum {
	MAX_BUTTON_LABEL = 80,
	MAX_URL = 512,
	MAX_OPTION = 100,
	MAX_PLACEHOLDER = 150,
	MAX_INPUT_LABEL = 45,
	MAX_INPUT_DESCRIPTION = 100,
	MAX_INPUT_VALUE = 4000
};

/* Styles of a text input. */
enum { INPUT_SHORT = 1, INPUT_PARAGRAPH = 2 };

void open_component(struct writer *writer, const char *key, int type)
{
	if (key) {
		put_key(writer, key);
		put(writer, "{");
	} else {
		put_item(writer);
	}
	put_number(writer, "type", type);
}

void open_row(struct writer *writer)
{
	open_component(writer, NULL, COMPONENT_ROW);
	put_key(writer, "components");
	put(writer, "[");
}

static void put_emoji(struct writer *writer, const char *emoji)
{
	if (!emoji)
		return;
	put_key(writer, "emoji");
	put(writer, "{");
	put_text(writer, "name", emoji, SIZE_MAX);
	put(writer, "}");
}

void put_button(struct writer *writer, const char *key, const struct button *button)
{
	open_component(writer, key, COMPONENT_BUTTON);
	put_number(writer, "style", button->style);
	put_optional_text(writer, "label", button->label, MAX_BUTTON_LABEL);
	put_emoji(writer, button->emoji);
	if (button->style == BUTTON_LINK)
		put_text(writer, "url", button->url, MAX_URL);
	else
		put_text(writer, "custom_id", button->custom_id, CUSTOM_ID_MAX_CHARS);
	if (button->disabled)
		put_flag(writer, "disabled", true);
	put(writer, "}");
}

static void put_options(struct writer *writer, const struct select *select)
{
	put_key(writer, "options");
	put(writer, "[");
	for (size_t i = 0; i < select->option_count; i++) {
		const struct select_option *option = &select->options[i];
		put_item(writer);
		put_text(writer, "label", option->label, MAX_OPTION);
		put_text(writer, "value", option->value, MAX_OPTION);
		put_optional_text(writer, "description", option->description, MAX_OPTION);
		put_emoji(writer, option->emoji);
		if (option->chosen)
			put_flag(writer, "default", true);
		put(writer, "}");
	}
	put(writer, "]");
}

/* What is chosen at first in a select of users, roles or channels. */
static void put_chosen(struct writer *writer, const struct select *select)
{
	const char *type = select->type == SELECT_USER   ? "user"
			   : select->type == SELECT_ROLE ? "role"
							 : "channel";
	if (select->chosen_count == 0)
		return;
	put_key(writer, "default_values");
	put(writer, "[");
	for (size_t i = 0; i < select->chosen_count; i++) {
		put_item(writer);
		put_text(writer, "id", select->chosen[i].text, SIZE_MAX);
		put_text(writer, "type", type, SIZE_MAX);
		put(writer, "}");
	}
	put(writer, "]");
}

static void put_channel_types(struct writer *writer, uint32_t types)
{
	const char *comma = "";
	if (!types)
		return;
	put_key(writer, "channel_types");
	put(writer, "[");
	for (int type = 0; type < 32; type++) {
		char digits[] = {(char)('0' + type / 10), (char)('0' + type % 10), '\0'};
		if (!(types & CHANNEL_BIT(type)))
			continue;
		put(writer, comma);
		put(writer, type < 10 ? digits + 1 : digits);
		comma = ",";
	}
	put(writer, "]");
}

static void put_counts(struct writer *writer, const struct select *select)
{
	put_number(writer, "min_values", select->min);
	put_number(writer, "max_values", select->max ? select->max : 1);
}

void put_select(struct writer *writer, const char *key, const struct select *select, bool is_input,
	bool optional)
{
	open_component(writer, key, (int)select->type);
	put_text(writer, "custom_id", select->custom_id, CUSTOM_ID_MAX_CHARS);
	put_optional_text(writer, "placeholder", select->placeholder, MAX_PLACEHOLDER);
	put_counts(writer, select);
	if (select->type == SELECT_TEXT)
		put_options(writer, select);
	else
		put_chosen(writer, select);
	if (select->type == SELECT_CHANNEL)
		put_channel_types(writer, select->channel_types);
	if (is_input)
		put_flag(writer, "required", !optional);
	else if (select->disabled)
		put_flag(writer, "disabled", true);
	put(writer, "}");
}

/* ---- Modals */

static void put_text_input(
	struct writer *writer, const char *key, const struct text_input *input, bool optional)
{
	unsigned max = input->max ? input->max : MAX_INPUT_VALUE;
	open_component(writer, key, INPUT_TEXT);
	put_text(writer, "custom_id", input->custom_id, CUSTOM_ID_MAX_CHARS);
	put_number(writer, "style", input->paragraph ? INPUT_PARAGRAPH : INPUT_SHORT);
	put_number(writer, "min_length", input->min);
	put_number(writer, "max_length", max);
	put_flag(writer, "required", !optional);
	put_optional_text(writer, "value", input->value, max);
	put_optional_text(writer, "placeholder", input->placeholder, MAX_INPUT_DESCRIPTION);
	put(writer, "}");
}

/* A radio group, checkboxes, one checkbox, or an upload of files. */
static void put_other_input(struct writer *writer, const char *key, const struct label *label)
{
	const struct select *select = &label->select;
	open_component(writer, key, (int)label->type);
	put_text(writer, "custom_id", select->custom_id, CUSTOM_ID_MAX_CHARS);
	if (label->type == INPUT_RADIO || label->type == INPUT_CHECKBOXES)
		put_options(writer, select);
	if (label->type == INPUT_CHECKBOXES || label->type == INPUT_FILES)
		put_counts(writer, select);
	if (label->type == INPUT_CHECKBOX)
		put_flag(writer, "default", label->checked);
	else
		put_flag(writer, "required", !label->optional);
	put(writer, "}");
}

void put_label(struct writer *writer, const struct label *label)
{
	open_component(writer, NULL, COMPONENT_LABEL);
	put_text(writer, "label", label->label, MAX_INPUT_LABEL);
	put_optional_text(writer, "description", label->description, MAX_INPUT_DESCRIPTION);
	if (label->type == INPUT_TEXT)
		put_text_input(writer, "component", &label->text, label->optional);
	else if (label->type == INPUT_SELECT)
		put_select(writer, "component", &label->select, true, label->optional);
	else
		put_other_input(writer, "component", label);
	put(writer, "}");
}
