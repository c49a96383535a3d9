/* Renders replies as Discord wants them. */
#include "besace/discord/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/defect.h"
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
	MOST_EMBEDS = 6000, /* all texts of all embeds of a message together */
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
	if (reply->field_count == REPLY_FIELDS_MOST) {
		DEFECT("a reply has too many fields");
		return;
	}
	reply->fields[reply->field_count++] = (struct field){name, value, beside};
}

static bool is_custom_id(const char *text)
{
	return *text && utf8_length(text) <= LIMIT_CUSTOM_ID;
}

/* Whether BUTTON starts a row when IN_ROW stand in the one before. */
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
	if (reply->button_count == REPLY_BUTTONS_MOST) {
		DEFECT("a reply has too many buttons");
		return;
	}
	if (!is_custom_id(button.custom_id)) {
		DEFECT("the custom id of a button is empty or too long");
		return;
	}
	reply->buttons[reply->button_count++] = button;
	if (count_rows(reply) > REPLY_ROWS_MOST) {
		DEFECT("a reply has too many rows of buttons");
		reply->button_count--;
	}
}

void reply_add_choice(struct reply *reply, struct choice choice)
{
	if (reply->choice_count == REPLY_CHOICES_MOST ||
		(choice.text && utf8_length(choice.text) > MOST_CHOICE)) {
		DEFECT("autocomplete suggests too many values, or one that is too long");
		return;
	}
	reply->choices[reply->choice_count++] = choice;
}

void reply_add_input(struct reply *reply, struct text_input input)
{
	if (reply->input_count == REPLY_INPUTS_MOST || !is_custom_id(input.custom_id)) {
		DEFECT("a form has too many inputs, or a custom id that is empty or too long");
		return;
	}
	reply->inputs[reply->input_count++] = input;
}

/* ---- JSON text, written straight away: a tree of it would cost more than all the rest of a reply.
 * Every text is UTF-8: the database's and the parser's are, and so are ours. */

struct writer {
	char *text; /* on the context of the caller, with its length and size */
	size_t length, size;
};

/* Most replies fit. */
#define WRITER_FIRST_BYTES 1024

static struct writer writer_create(void *ctx)
{
	return (struct writer){
		.text = must(talloc_size(ctx, WRITER_FIRST_BYTES)), .size = WRITER_FIRST_BYTES};
}

static void put_bytes(struct writer *writer, const char *bytes, size_t count)
{
	if (writer->size - writer->length < count) {
		writer->size = 2 * writer->size + count;
		writer->text = must(talloc_realloc_size(NULL, writer->text, writer->size));
	}
	memcpy(writer->text + writer->length, bytes, count);
	writer->length += count;
}

static void put(struct writer *writer, const char *text)
{
	put_bytes(writer, text, strlen(text));
}

/* What JSON wants escaped: quotes, backslashes, control characters. */
static void put_escaped(struct writer *writer, unsigned char c)
{
	char escape[] = {'\\', c == '\n' ? 'n' : (char)c, '\0', '\0', '\0', '\0', '\0'};
	if (c < 0x20 && c != '\n')
		snprintf(escape + 1, sizeof(escape) - 1, "u%04x", c);
	put(writer, escape);
}

static void put_content(struct writer *writer, const char *text, size_t length)
{
	size_t start = 0;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		put_bytes(writer, text + start, i - start);
		put_escaped(writer, c);
		start = i + 1;
	}
	put_bytes(writer, text + start, length - start);
}

/* The next member of the object that is open; the value follows. */
static void put_key(struct writer *writer, const char *key)
{
	if (writer->text[writer->length - 1] != '{')
		put(writer, ",");
	put(writer, "\"");
	put(writer, key);
	put(writer, "\":");
}

/* The next item of the list that is open: an object, left open. */
static void put_item(struct writer *writer)
{
	put(writer, writer->text[writer->length - 1] == '[' ? "{" : ",{");
}

static void put_number(struct writer *writer, const char *key, int64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRId64, value);
	put_key(writer, key);
	put_bytes(writer, digits, (size_t)length);
}

static void put_flag(struct writer *writer, const char *key, bool value)
{
	put_key(writer, key);
	put(writer, value ? "true" : "false");
}

/* A text cut at MOST characters. */
static void put_text(struct writer *writer, const char *key, const char *text, size_t most)
{
	size_t length = strlen(text);
	bool whole = length <= most || utf8_length(text) <= most;
	put_key(writer, key);
	put(writer, "\"");
	put_content(writer, text, whole ? length : utf8_prefix(text, most - 1));
	put(writer, whole ? "\"" : "…\"");
}

/* ---- The parts of a message */

static void put_fields(struct writer *writer, const struct reply *reply)
{
	put_key(writer, "fields");
	put(writer, "[");
	for (size_t i = 0; i < reply->field_count; i++) {
		const struct field *field = &reply->fields[i];
		put_item(writer);
		put_text(writer, "name", field->name, MOST_FIELD_NAME);
		put_text(writer, "value", field->value, MOST_FIELD_VALUE);
		put_flag(writer, "inline", field->beside);
		put(writer, "}");
	}
	put(writer, "]");
}

/* Characters of TEXT once it is cut at MOST. */
static size_t shown_length(const char *text, size_t most)
{
	size_t length = text ? utf8_length(text) : 0;
	return length < most ? length : most;
}

/* What the other texts of the embed leave to its description; 0 when they are too long already. */
static size_t description_room(const struct reply *reply)
{
	size_t others =
		shown_length(reply->title, MOST_TITLE) + shown_length(reply->footer, MOST_FOOTER);
	for (size_t i = 0; i < reply->field_count; i++)
		others += shown_length(reply->fields[i].name, MOST_FIELD_NAME) +
			  shown_length(reply->fields[i].value, MOST_FIELD_VALUE);
	if (others > MOST_EMBEDS)
		DEFECT("the embed of a reply is too long");
	size_t room = others < MOST_EMBEDS ? MOST_EMBEDS - others : 0;
	return room < MOST_DESCRIPTION ? room : MOST_DESCRIPTION;
}

static void put_embed(struct writer *writer, const struct reply *reply)
{
	size_t room = description_room(reply);
	put_item(writer);
	if (reply->title)
		put_text(writer, "title", reply->title, MOST_TITLE);
	if (reply->description && room > 0)
		put_text(writer, "description", reply->description, room);
	put_number(writer, "color", reply->colour);
	if (reply->field_count > 0)
		put_fields(writer, reply);
	if (reply->footer) {
		put_key(writer, "footer");
		put(writer, "{");
		put_text(writer, "text", reply->footer, MOST_FOOTER);
		put(writer, "}");
	}
	put(writer, "}");
}

static void put_button(struct writer *writer, const struct button *button)
{
	put_item(writer);
	put_number(writer, "type", BUTTON);
	put_number(writer, "style", button->style);
	put_text(writer, "label", button->label, MOST_LABEL);
	if (button->emoji) {
		put_key(writer, "emoji");
		put(writer, "{");
		put_text(writer, "name", button->emoji, SIZE_MAX);
		put(writer, "}");
	}
	put_text(writer, "custom_id", button->custom_id, LIMIT_CUSTOM_ID);
	if (button->disabled)
		put_flag(writer, "disabled", true);
	put(writer, "}");
}

/* An action row, left open in its list of buttons. */
static void open_row(struct writer *writer)
{
	put_item(writer);
	put_number(writer, "type", ACTION_ROW);
	put_key(writer, "components");
	put(writer, "[");
}

/* The rows of buttons; an empty list is said as well, so that an edit removes old buttons. */
static void put_components(struct writer *writer, const struct reply *reply)
{
	size_t in_row = 0;
	put_key(writer, "components");
	put(writer, "[");
	for (size_t i = 0; i < reply->button_count; i++) {
		if (i == 0 || starts_row(&reply->buttons[i], in_row)) {
			if (i > 0)
				put(writer, "]}");
			open_row(writer);
			in_row = 0;
		}
		put_button(writer, &reply->buttons[i]);
		in_row++;
	}
	put(writer, reply->button_count > 0 ? "]}]" : "]");
}

/* Suppresses all mentions but that of NOTIFIED, which may be NULL. */
static void put_mentions(struct writer *writer, const char *notified)
{
	put_key(writer, "allowed_mentions");
	put(writer, "{\"parse\":[]");
	if (notified) {
		put(writer, ",\"users\":[\"");
		put(writer, notified);
		put(writer, "\"]");
	}
	put(writer, "}");
}

static void put_message(struct writer *writer, const struct reply *reply, bool with_flags)
{
	put(writer, "{");
	if (reply->notified) {
		put(writer, "\"content\":\"<@");
		put(writer, reply->notified);
		put(writer, ">\",");
	}
	put(writer, "\"embeds\":[");
	put_embed(writer, reply);
	put(writer, "]");
	put_components(writer, reply);
	put_mentions(writer, reply->notified);
	if (with_flags && reply->is_private)
		put_number(writer, "flags", FLAG_EPHEMERAL);
	put(writer, "}");
}

json_t *reply_message(const struct reply *reply, bool with_flags)
{
	struct writer writer = writer_create(NULL);
	put_message(&writer, reply, with_flags);
	json_t *message = must(json_loadb(writer.text, writer.length, 0, NULL));
	talloc_free(writer.text);
	return message;
}

/* ---- What is no message */

static void put_choices(struct writer *writer, const struct reply *reply)
{
	put(writer, "{\"choices\":[");
	for (size_t i = 0; i < reply->choice_count; i++) {
		const struct choice *choice = &reply->choices[i];
		put_item(writer);
		put_text(writer, "name", choice->name, MOST_CHOICE);
		if (choice->text)
			put_text(writer, "value", choice->text, MOST_CHOICE);
		else
			put_number(writer, "value", choice->number);
		put(writer, "}");
	}
	put(writer, "]}");
}

static void put_optional_text(struct writer *writer, const char *key, const char *text, size_t most)
{
	if (text)
		put_text(writer, key, text, most);
}

/* A text input in a label of its own. */
static void put_input(struct writer *writer, const struct text_input *input)
{
	unsigned most = input->most ? input->most : MOST_INPUT_VALUE;
	put_item(writer);
	put_number(writer, "type", LABEL);
	put_text(writer, "label", input->label, MOST_INPUT_LABEL);
	put_optional_text(writer, "description", input->about, MOST_INPUT_ABOUT);
	put_key(writer, "component");
	put(writer, "{");
	put_number(writer, "type", TEXT_INPUT);
	put_text(writer, "custom_id", input->custom_id, LIMIT_CUSTOM_ID);
	put_number(writer, "style", input->paragraph ? INPUT_PARAGRAPH : INPUT_SHORT);
	put_number(writer, "min_length", input->least);
	put_number(writer, "max_length", most);
	put_flag(writer, "required", !input->optional);
	put_optional_text(writer, "value", input->value, most);
	put_optional_text(writer, "placeholder", input->placeholder, MOST_INPUT_ABOUT);
	put(writer, "}}");
}

static void put_modal(struct writer *writer, const struct reply *reply)
{
	if (!is_custom_id(reply->custom_id))
		DEFECT("the custom id of a form is empty or too long");
	put(writer, "{");
	put_text(writer, "custom_id", reply->custom_id, LIMIT_CUSTOM_ID);
	put_text(writer, "title", reply->title, MOST_MODAL_TITLE);
	put_key(writer, "components");
	put(writer, "[");
	for (size_t i = 0; i < reply->input_count; i++)
		put_input(writer, &reply->inputs[i]);
	put(writer, "]}");
}

static void put_data(struct writer *writer, const struct reply *reply)
{
	switch (reply->kind) {
	case REPLY_PONG:
	case REPLY_DEFERRED_UPDATE:
		break;
	case REPLY_DEFERRED:
		if (reply->is_private) {
			put_key(writer, "data");
			put(writer, "{");
			put_number(writer, "flags", FLAG_EPHEMERAL);
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

char *reply_render(void *ctx, const struct reply *reply)
{
	struct writer writer = writer_create(ctx);
	put(&writer, "{");
	put_number(&writer, "type", reply->kind);
	put_data(&writer, reply);
	put_bytes(&writer, "}", sizeof("}"));
	return writer.text;
}

json_t *reply_notification(const char *user_id)
{
	return must(json_pack("{s:s++, s:{s:[], s:[s]}}", "content", "<@", user_id, ">",
		"allowed_mentions", "parse", "users", user_id));
}
