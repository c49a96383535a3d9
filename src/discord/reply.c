/* Renders replies as Discord wants them. */
#include "besace/discord/reply.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "component.h"
#include "message.h"
#include "writer.h"

/* Discord's limits in characters. */
enum { MAX_CHOICE = 100, MAX_MODAL_TITLE = 45, MAX_LINK = 512 };

static bool is_custom_id(const char *text)
{
	return *text && utf8_length(text) <= CUSTOM_ID_MAX_CHARS;
}

static bool shows_something(const char *text)
{
	return text && text[strspn(text, " \t\r\n")] != '\0';
}

/* Whether BUTTON shows something, and a press on it leads somewhere. */
static bool is_usable(const struct button *button)
{
	if (!button->emoji && !shows_something(button->label))
		return false;
	if (button->style == BUTTON_LINK)
		return !button->custom_id && button->url && *button->url &&
		       utf8_length(button->url) <= MAX_LINK;
	return !button->url && button->custom_id && is_custom_id(button->custom_id);
}

static bool add_to_pool(struct reply *reply, struct button button)
{
	if (reply->button_count == ARRAY_LEN(reply->buttons)) {
		DEFECT("a reply has too many buttons");
		return false;
	}
	if (!is_usable(&button)) {
		DEFECT("a button without a label, or whose custom id or address is empty or too "
		       "long");
		return false;
	}
	reply->buttons[reply->button_count++] = button;
	return true;
}

static bool add_part(struct reply *reply, struct part part)
{
	if (reply->part_count < ARRAY_LEN(reply->parts)) {
		reply->parts[reply->part_count++] = part;
		if (count_components(reply) <= REPLY_COMPONENTS_MAX)
			return true;
		reply->part_count--;
	}
	DEFECT("a reply has too many components");
	return false;
}

/* The row at the end of a message in which BUTTON has room, or NULL. */
static struct part *last_row(struct reply *reply, const struct button *button)
{
	struct part *last = reply->part_count ? &reply->parts[reply->part_count - 1] : NULL;
	return last && last->type == PART_ROW && !starts_row(button, last->count) ? last : NULL;
}

/* Puts the button that was added last into a row. */
static bool put_into_row(struct reply *reply, const struct button *button)
{
	struct part *row = last_row(reply, button);
	if (!row)
		return add_part(reply,
			(struct part){
				.type = PART_ROW, .first = reply->button_count - 1, .count = 1});
	row->count++;
	if (count_components(reply) <= REPLY_COMPONENTS_MAX)
		return true;
	DEFECT("a reply has too many components");
	row->count--;
	return false;
}

void reply_add_button(struct reply *reply, struct button button)
{
	if (add_to_pool(reply, button) && !put_into_row(reply, &button))
		reply->button_count--;
}

void reply_add_text(struct reply *reply, const char *text)
{
	if (!shows_something(text))
		DEFECT("a text that shows nothing");
	else
		add_part(reply, (struct part){.type = PART_TEXT, .texts = {text}});
}

void reply_add_block(struct reply *reply, const char *heading, const char *text)
{
	if (!shows_something(heading) || !shows_something(text))
		DEFECT("a text that shows nothing");
	else
		add_part(reply, (struct part){.type = PART_BLOCK, .texts = {heading, text}});
}

void reply_add_section(struct reply *reply, struct section section)
{
	struct part part = {.type = PART_SECTION, .thumbnail = section.thumbnail};
	if (!shows_something(section.texts[0])) {
		DEFECT("a text that shows nothing");
		return;
	}
	memcpy(part.texts, section.texts, sizeof(part.texts));
	if (!section.thumbnail.url) {
		part.first = reply->button_count;
		part.count = 1;
		if (!add_to_pool(reply, section.button))
			return;
	}
	if (!add_part(reply, part))
		reply->button_count -= part.count;
}

void reply_add_separator(struct reply *reply)
{
	add_part(reply, (struct part){.type = PART_SEPARATOR});
}

void reply_add_gallery(struct reply *reply, const struct picture *pictures, size_t count)
{
	if (count == 0 || count > REPLY_PICTURES_MAX) {
		DEFECT("a gallery has no picture, or too many");
		return;
	}
	add_part(reply,
		(struct part){.type = PART_GALLERY, .pictures = pictures, .picture_count = count});
}

/* Whether Discord would take SELECT. */
static bool is_possible(const struct select *select, size_t max_options)
{
	unsigned max = select->max ? select->max : 1;
	if (!select->custom_id || !is_custom_id(select->custom_id) || select->min > max ||
		select->option_count > max_options || select->chosen_count > max)
		return false;
	for (size_t i = 0; i < select->option_count; i++)
		if (!*select->options[i].value ||
			utf8_length(select->options[i].value) > MAX_CHOICE)
			return false;
	return true;
}

void reply_add_select(struct reply *reply, struct select select)
{
	if (reply->select_count == ARRAY_LEN(reply->selects) ||
		!is_possible(&select, REPLY_OPTIONS_MAX) ||
		(select.type == SELECT_TEXT) != (select.option_count > 0)) {
		DEFECT("a select that Discord would refuse, or too many");
		return;
	}
	reply->selects[reply->select_count] = select;
	if (add_part(reply, (struct part){.type = PART_SELECT, .first = reply->select_count}))
		reply->select_count++;
}

void reply_add_choice(struct reply *reply, struct choice choice)
{
	if (reply->choice_count == REPLY_CHOICES_MAX ||
		(choice.text && utf8_length(choice.text) > MAX_CHOICE)) {
		DEFECT("autocomplete suggests too many values, or one that is too long");
		return;
	}
	reply->choices[reply->choice_count++] = choice;
}

/* Whether LABEL's input has what its type needs. */
static bool is_fillable(const struct label *label)
{
	switch (label->type) {
	case INPUT_TEXT:
		return is_custom_id(label->text.custom_id);
	case INPUT_SELECT:
		return is_possible(&label->select, REPLY_OPTIONS_MAX) &&
		       (label->optional || label->select.min > 0);
	case INPUT_RADIO:
	case INPUT_CHECKBOXES:
		return is_possible(&label->select, 10) && label->select.option_count > 0;
	case INPUT_CHECKBOX:
	case INPUT_FILES:
		break;
	}
	return is_custom_id(label->select.custom_id);
}

void reply_add_label(struct reply *reply, struct label label)
{
	if (reply->label_count == REPLY_INPUTS_MAX || !is_fillable(&label)) {
		DEFECT("a form has too many inputs, or one that Discord would refuse");
		return;
	}
	reply->labels[reply->label_count++] = label;
}

void reply_add_input(struct reply *reply, struct text_input input)
{
	reply_add_label(reply, (struct label){.type = INPUT_TEXT,
				       .label = input.label,
				       .description = input.description,
				       .optional = input.optional,
				       .text = input});
}

/* ---- JSON */

/* Ends the text. */
static struct content finish(struct writer *writer)
{
	size_t length = writer->length;
	put_bytes(writer, "", 1);
	return (struct content){writer->text, length, CONTENT_JSON};
}

struct content reply_message(void *ctx, const struct reply *reply, bool is_new)
{
	struct writer writer = writer_create(ctx, &reply->unit);
	put_message(&writer, reply, is_new);
	return finish(&writer);
}

/* ---- What is no message */

static void put_choices(struct writer *writer, const struct reply *reply)
{
	put(writer, "{\"choices\":[");
	for (size_t i = 0; i < reply->choice_count; i++) {
		const struct choice *choice = &reply->choices[i];
		put_item(writer);
		put_text(writer, "name", choice->name, MAX_CHOICE);
		if (choice->text)
			put_text(writer, "value", choice->text, MAX_CHOICE);
		else
			put_number(writer, "value", choice->number);
		put(writer, "}");
	}
	put(writer, "]}");
}

static void put_modal(struct writer *writer, const struct reply *reply)
{
	if (!is_custom_id(reply->custom_id))
		DEFECT("the custom id of a form is empty or too long");
	put(writer, "{");
	put_text(writer, "custom_id", reply->custom_id, CUSTOM_ID_MAX_CHARS);
	put_text(writer, "title", reply->title, MAX_MODAL_TITLE);
	put_key(writer, "components");
	put(writer, "[");
	for (size_t i = 0; i < reply->label_count; i++)
		put_label(writer, &reply->labels[i]);
	put(writer, "]}");
}

static void put_data(struct writer *writer, const struct reply *reply)
{
	switch (reply->kind) {
	case REPLY_PONG:
	case REPLY_DEFERRED_UPDATE:
		break;
	case REPLY_DEFERRED:
		if (reply->ephemeral) {
			put_key(writer, "data");
			put(writer, "{");
			put_number(writer, "flags", MESSAGE_EPHEMERAL);
			put(writer, "}");
		}
		break;
	case REPLY_MESSAGE:
	case REPLY_UPDATE:
		put_key(writer, "data");
		put_message(writer, reply, reply->kind == REPLY_MESSAGE);
		break;
	case REPLY_CHOICES:
		put_key(writer, "data");
		put_choices(writer, reply);
		break;
	case REPLY_MODAL:
		put_key(writer, "data");
		put_modal(writer, reply);
		break;
	}
}

struct content reply_render(void *ctx, const struct reply *reply)
{
	struct writer writer = writer_create(ctx, &reply->unit);
	put(&writer, "{");
	put_number(&writer, "type", reply->kind);
	put_data(&writer, reply);
	put(&writer, "}");
	return finish(&writer);
}

struct content reply_notification(void *ctx, const char *user_id)
{
	const struct unit none = {NULL, NULL, NULL};
	struct writer writer = writer_create(ctx, &none);
	put_notification(&writer, user_id);
	return finish(&writer);
}
