/* Writes messages of Components V2. */
#include "message.h"

#include <stdarg.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "component.h"

/* Discord's limit in characters. */
#define MAX_PICTURE_DESCRIPTION 1024

bool starts_row(const struct button *button, size_t in_row)
{
	return button->new_row || in_row == REPLY_ROW_BUTTONS_MAX;
}

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
	size_t count = has_head(reply);
	count += reply->footer != NULL;
	for (size_t i = 0; i < reply->part_count; i++) {
		const struct part *part = &reply->parts[i];
		if (part->type == PART_TEXT || part->type == PART_BLOCK)
			count++;
		else if (part->type == PART_SECTION)
			count += section_texts(part);
	}
	return count;
}

size_t count_components(const struct reply *reply)
{
	size_t count = 1 + count_texts(reply) + (reply->file.content.bytes ? 1 : 0);
	for (size_t i = 0; i < reply->part_count; i++) {
		const struct part *part = &reply->parts[i];
		switch (part->type) {
		case PART_TEXT:
		case PART_BLOCK:
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
	case PART_BLOCK:
		put_made(writer, shown, "**%s**\n%s", part->texts[0], part->texts[1]);
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

static void put_head(struct writer *writer, struct shown *shown, const struct reply *reply)
{
	const char *title = reply->title ? reply->title : "", *text = reply->description;
	if (has_head(reply))
		put_made(writer, shown, "%s%s%s%s", *title ? "## " : "", title,
			*title && text ? "\n" : "", text ? text : "");
}

/* Every line of TEXT is small. */
static void put_footer(struct writer *writer, struct shown *shown, const char *text)
{
	char *small = must(talloc_strdup(NULL, ""));
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		small = must(talloc_asprintf_append_buffer(
			small, "%s-# %.*s", *small ? "\n" : "", (int)strcspn(line, "\n"), line));
	}
	put_shown(writer, shown, small);
	talloc_free(small);
}

/* Shows the file that goes along: a message of Components V2 shows none by itself. */
static void put_file(struct writer *writer, const struct attachment *file)
{
	open_component(writer, NULL, COMPONENT_FILE);
	put_key(writer, "file");
	put(writer, "{\"url\":\"attachment://");
	put(writer, file->name);
	put(writer, "\"}}");
}

/* The parts before the rows that stand at the end. */
static size_t count_upper(const struct reply *reply)
{
	size_t count = reply->part_count;
	while (count > 0 && reply->parts[count - 1].type == PART_ROW)
		count--;
	return count;
}

static void put_container(struct writer *writer, const struct reply *reply)
{
	struct shown shown = {.left = REPLY_TEXT_MAX, .texts = count_texts(reply)};
	size_t upper = count_upper(reply);
	open_component(writer, NULL, COMPONENT_CONTAINER);
	put_number(writer, "accent_color", reply->colour);
	put_key(writer, "components");
	put(writer, "[");
	put_head(writer, &shown, reply);
	for (size_t i = 0; i < upper; i++)
		put_part(writer, &shown, reply, &reply->parts[i]);
	if (reply->file.content.bytes)
		put_file(writer, &reply->file);
	if (reply->footer)
		put_footer(writer, &shown, reply->footer);
	for (size_t i = upper; i < reply->part_count; i++)
		put_part(writer, &shown, reply, &reply->parts[i]);
	put(writer, "]}");
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

/* Title, description and footer are not added, so that they are counted here. */
static void check(const struct reply *reply)
{
	if (count_components(reply) > REPLY_COMPONENTS_MAX)
		DEFECT("a reply has too many components");
	if (!has_head(reply) && reply->part_count == 0)
		DEFECT("a message that shows nothing");
}

void put_message(struct writer *writer, const struct reply *reply, bool is_new)
{
	check(reply);
	put(writer, "{\"components\":[");
	put_container(writer, reply);
	put(writer, "]");
	if (reply->file.content.bytes) {
		put(writer, ",\"attachments\":[{\"id\":\"0\"");
		put_text(writer, "filename", reply->file.name, SIZE_MAX);
		put(writer, "}]");
	}
	put_mentions(writer, reply->notified);
	put_number(writer, "flags",
		REPLY_FLAG_V2 | (is_new && reply->ephemeral ? MESSAGE_EPHEMERAL : 0));
	put(writer, "}");
}

void put_notification(struct writer *writer, const char *user_id)
{
	struct shown shown = {.left = REPLY_TEXT_MAX, .texts = 1};
	put(writer, "{\"components\":[");
	put_made(writer, &shown, "<@%s>", user_id);
	put(writer, "]");
	put_mentions(writer, user_id);
	put_number(writer, "flags", REPLY_FLAG_V2);
	put(writer, "}");
}
