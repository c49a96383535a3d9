/* Writes messages: an embed with its rows of buttons, or Components V2. */
#include "message.h"

#include <stdarg.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "component.h"

/* Discord's bit of a message of Components V2. */
#define MESSAGE_V2 32768

/* Discord's limits in characters. */
enum {
	MAX_TITLE = 256,
	MAX_DESCRIPTION = 4096,
	MAX_FIELD_NAME = 256,
	MAX_FIELD_VALUE = 1024,
	MAX_FOOTER = 2048,
	MAX_EMBEDS = 6000, /* all texts of all embeds of a message together */
	MAX_PICTURE_DESCRIPTION = 1024
};

/* ---- Embeds */

static void put_fields(struct writer *writer, const struct reply *reply)
{
	put_key(writer, "fields");
	put(writer, "[");
	for (size_t i = 0; i < reply->field_count; i++) {
		const struct field *field = &reply->fields[i];
		put_item(writer);
		put_text(writer, "name", writer_rich(writer, field->name), MAX_FIELD_NAME);
		put_text(writer, "value", writer_rich(writer, field->value), MAX_FIELD_VALUE);
		put_flag(writer, "inline", field->is_inline);
		put(writer, "}");
	}
	put(writer, "]");
}

/* Characters of TEXT once it is cut at MAX. */
static size_t shown_length(const struct writer *writer, const char *text, size_t max)
{
	size_t length = text ? utf8_length(writer_rich(writer, text)) : 0;
	return length < max ? length : max;
}

/* What the other texts of the embed leave to its description; 0 when they are too long already. */
static size_t description_room(const struct writer *writer, const struct reply *reply)
{
	size_t others = shown_length(writer, reply->title, MAX_TITLE) +
			shown_length(writer, reply->footer, MAX_FOOTER);
	for (size_t i = 0; i < reply->field_count; i++)
		others += shown_length(writer, reply->fields[i].name, MAX_FIELD_NAME) +
			  shown_length(writer, reply->fields[i].value, MAX_FIELD_VALUE);
	if (others > MAX_EMBEDS)
		DEFECT("the embed of a reply is too long");
	size_t room = others < MAX_EMBEDS ? MAX_EMBEDS - others : 0;
	return room < MAX_DESCRIPTION ? room : MAX_DESCRIPTION;
}

static void put_embed(struct writer *writer, const struct reply *reply)
{
	size_t room = description_room(writer, reply);
	put_item(writer);
	put_optional_text(writer, "title", reply->title, MAX_TITLE);
	if (reply->description && room > 0)
		put_text(writer, "description", writer_rich(writer, reply->description), room);
	put_number(writer, "color", reply->colour);
	if (reply->field_count > 0)
		put_fields(writer, reply);
	if (reply->footer) {
		put_key(writer, "footer");
		put(writer, "{");
		put_text(writer, "text", reply->footer, MAX_FOOTER);
		put(writer, "}");
	}
	put(writer, "}");
}

bool starts_row(const struct button *button, size_t in_row)
{
	return button->new_row || in_row == REPLY_ROW_BUTTONS_MAX;
}

/* The rows of buttons; an empty list is said as well, so that an edit removes old buttons. */
static void put_rows(struct writer *writer, const struct reply *reply)
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
		put_button(writer, NULL, &reply->buttons[i]);
		in_row++;
	}
	put(writer, reply->button_count > 0 ? "]}]" : "]");
}

static void put_legacy(struct writer *writer, const struct reply *reply)
{
	if (reply->notified) {
		put(writer, "\"content\":\"<@");
		put(writer, reply->notified);
		put(writer, ">\",");
	}
	put(writer, "\"embeds\":[");
	put_embed(writer, reply);
	put(writer, "]");
	put_rows(writer, reply);
}

/* ---- Components V2 */

/* How many characters may still be shown, and how many texts are still to come: each keeps room for
 * a character of its own. */
struct shown {
	size_t left, texts;
};

static void put_shown(struct writer *writer, struct shown *shown, const char *text)
{
	text = writer_rich(writer, text);
	size_t max = shown->left - --shown->texts, length = utf8_length(text);
	open_component(writer, NULL, COMPONENT_TEXT);
	put_text(writer, "content", text, max);
	put(writer, "}");
	shown->left -= length < max ? length : max;
}

static size_t section_texts(const struct part *part)
{
	size_t count = 0;
	while (count < REPLY_SECTION_TEXTS_MAX && part->texts[count])
		count++;
	return count;
}

static bool has_head(const struct reply *reply)
{
	return reply->title || reply->description;
}

static size_t count_texts(const struct reply *reply)
{
	size_t count = reply->field_count;
	count += reply->notified != NULL;
	count += has_head(reply);
	count += reply->footer != NULL;
	for (size_t i = 0; i < reply->part_count; i++)
		count += section_texts(&reply->parts[i]);
	return count;
}

size_t count_components(const struct reply *reply)
{
	size_t count = 1 + count_texts(reply);
	for (size_t i = 0; i < reply->part_count; i++) {
		const struct part *part = &reply->parts[i];
		switch (part->type) {
		case PART_TEXT:
			break;
		case PART_SECTION:
		case PART_SELECT:
			count += 2; /* with its accessory, its row */
			break;
		case PART_SEPARATOR:
		case PART_GALLERY:
			count++;
			break;
		case PART_ROW:
			count += 1 + part->count;
			break;
		}
	}
	return count;
}

static void put_picture(struct writer *writer, const struct picture *picture)
{
	put_key(writer, "media");
	put(writer, "{");
	put_text(writer, "url", picture->url, SIZE_MAX);
	put(writer, "}");
	put_optional_text(writer, "description", picture->description, MAX_PICTURE_DESCRIPTION);
}

static void put_section(struct writer *writer, struct shown *shown, const struct reply *reply,
	const struct part *part)
{
	open_component(writer, NULL, COMPONENT_SECTION);
	put_key(writer, "components");
	put(writer, "[");
	for (size_t i = 0; i < section_texts(part); i++)
		put_shown(writer, shown, part->texts[i]);
	put(writer, "]");
	if (part->thumbnail.url) {
		open_component(writer, "accessory", COMPONENT_THUMBNAIL);
		put_picture(writer, &part->thumbnail);
		put(writer, "}");
	} else {
		put_button(writer, "accessory", &reply->buttons[part->first]);
	}
	put(writer, "}");
}

static void put_gallery(struct writer *writer, const struct part *part)
{
	open_component(writer, NULL, COMPONENT_GALLERY);
	put_key(writer, "items");
	put(writer, "[");
	for (size_t i = 0; i < part->picture_count; i++) {
		put(writer, i ? ",{" : "{");
		put_picture(writer, &part->pictures[i]);
		put(writer, "}");
	}
	put(writer, "]}");
}

static void put_part(struct writer *writer, struct shown *shown, const struct reply *reply,
	const struct part *part)
{
	switch (part->type) {
	case PART_TEXT:
		put_shown(writer, shown, part->texts[0]);
		break;
	case PART_SECTION:
		put_section(writer, shown, reply, part);
		break;
	case PART_SEPARATOR:
		open_component(writer, NULL, COMPONENT_SEPARATOR);
		put(writer, "}");
		break;
	case PART_GALLERY:
		put_gallery(writer, part);
		break;
	case PART_ROW:
		open_row(writer);
		for (size_t i = 0; i < part->count; i++)
			put_button(writer, NULL, &reply->buttons[part->first + i]);
		put(writer, "]}");
		break;
	case PART_SELECT:
		open_row(writer);
		put_select(writer, NULL, &reply->selects[part->first], false, false);
		put(writer, "]}");
		break;
	}
}

/* FORMAT of one or two texts, shown. */
PRINTF_LIKE(3, 4)
static void put_made(struct writer *writer, struct shown *shown, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = must(talloc_vasprintf(NULL, format, args));
	va_end(args);
	put_shown(writer, shown, text);
	talloc_free(text);
}

static void put_head(struct writer *writer, struct shown *shown, const struct reply *reply)
{
	const char *title = reply->title ? reply->title : "", *text = reply->description;
	if (has_head(reply))
		put_made(writer, shown, "%s%s%s%s", *title ? "## " : "", title,
			*title && text ? "\n" : "", text ? text : "");
	for (size_t i = 0; i < reply->field_count; i++)
		put_made(
			writer, shown, "**%s**\n%s", reply->fields[i].name, reply->fields[i].value);
}

/* The parts before the rows that stand at the end. */
static size_t count_upper(const struct reply *reply)
{
	size_t count = reply->part_count;
	while (count > 0 && reply->parts[count - 1].type == PART_ROW)
		count--;
	return count;
}

static void put_v2(struct writer *writer, const struct reply *reply)
{
	struct shown shown = {.left = REPLY_TEXT_MAX, .texts = count_texts(reply)};
	size_t upper = count_upper(reply);
	put(writer, "\"components\":[");
	if (reply->notified)
		put_made(writer, &shown, "<@%s>", reply->notified);
	open_component(writer, NULL, COMPONENT_CONTAINER);
	put_number(writer, "accent_color", reply->colour);
	put_key(writer, "components");
	put(writer, "[");
	put_head(writer, &shown, reply);
	for (size_t i = 0; i < upper; i++)
		put_part(writer, &shown, reply, &reply->parts[i]);
	if (reply->footer)
		put_made(writer, &shown, "-# %s", reply->footer);
	for (size_t i = upper; i < reply->part_count; i++)
		put_part(writer, &shown, reply, &reply->parts[i]);
	put(writer, "]}]");
}

/* ---- Both */

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

void put_message(struct writer *writer, const struct reply *reply, bool with_flags)
{
	int flags = (with_flags && reply->ephemeral ? MESSAGE_EPHEMERAL : 0) |
		    (reply->is_v2 ? MESSAGE_V2 : 0);
	put(writer, "{");
	if (reply->is_v2)
		put_v2(writer, reply);
	else
		put_legacy(writer, reply);
	put_mentions(writer, reply->notified);
	if (flags)
		put_number(writer, "flags", flags);
	put(writer, "}");
}
