/* Draws an answer with its texts, pictures and buttons. */
#include "show.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/reply.h"

#define FLAG_EPHEMERAL 64

/* Discord's numbers of the components that are drawn each in its own way; all others are selects.
 */
enum {
	ACTION_ROW = 1,
	BUTTON = 2,
	SECTION = 9,
	TEXT_DISPLAY = 10,
	THUMBNAIL = 11,
	MEDIA_GALLERY = 12,
	SEPARATOR = 14,
	CONTAINER = 17,
};

#define REPLACEMENT "\xEF\xBF\xBD"

static const struct {
	enum colour colour;
	const char *word;
} colours[] = {
	{COLOUR_NEUTRAL, "neutral"},
	{COLOUR_SUCCESS, "success"},
	{COLOUR_FAILURE, "failure"},
	{COLOUR_WAITING, "waiting"},
	{COLOUR_GOLD, "gold"},
	{COLOUR_MONEY, "money"},
	{COLOUR_LEATHER, "leather"},
};

PRINTF_LIKE(2, 3)
static void put(char **out, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*out = must(talloc_vasprintf_append_buffer(*out, format, args));
	va_end(args);
}

static bool is_control(uint32_t point)
{
	return (point < 0x20 && point != '\n') || (point >= 0x7F && point < 0xA0);
}

char *show_clean(void *ctx, const char *text)
{
	char *out = must(talloc_strdup(ctx, ""));
	for (const char *at = text, *next = at; utf8_next(&next); at = next) {
		const char *end = at;
		if (is_control(utf8_next(&end)))
			put(&out, "%s", REPLACEMENT);
		else
			put(&out, "%.*s", (int)(next - at), at);
	}
	return out;
}

static bool is_punctuation(char c)
{
	return c > ' ' && c < 0x7F && !strchr("0123456789", c) &&
	       !((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* As show_clean, and backslashes that escape something are gone. */
static char *plain(void *ctx, const char *text)
{
	char *out = show_clean(ctx, text), *to = out;
	for (const char *from = out; *from; *to++ = *from++)
		if (*from == '\\' && is_punctuation(from[1]))
			from++;
	*to = '\0';
	return out;
}

/* TEXT line by line, each behind the edge of the box. */
static void put_lines(char **out, const char *text)
{
	char *shown = plain(*out, text);
	for (const char *line = shown;; line++) {
		size_t length = strcspn(line, "\n");
		put(out, "│%s%.*s\n", length ? " " : "", (int)length, line);
		line += length;
		if (*line == '\0')
			return;
	}
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text && *text ? text : NULL;
}

static void put_field(char **out, const json_t *field)
{
	const char *name = text_of(field, "name"), *value = text_of(field, "value");
	char *line = must(talloc_asprintf(*out, "%s%s%s", name ? name : "",
		json_is_true(json_object_get(field, "inline")) ? ": " : "\n", value ? value : ""));
	put_lines(out, line);
}

static void put_colour(char **out, const json_t *colour)
{
	if (!colour)
		return;
	json_int_t number = json_integer_value(colour);
	for (size_t i = 0; i < ARRAY_LEN(colours); i++)
		if ((json_int_t)colours[i].colour == number) {
			put(out, " %s", colours[i].word);
			return;
		}
	put(out, " #%06llX", (unsigned long long)number);
}

/* A piece of an embed, an empty line before it unless it is the first. */
static void put_piece(char **out, const char *text, bool *first)
{
	if (!text)
		return;
	if (!*first)
		put(out, "│\n");
	put_lines(out, text);
	*first = false;
}

static void put_embed(char **out, const json_t *embed)
{
	bool first = true, in_row = false;
	put(out, "┌─");
	put_colour(out, json_object_get(embed, "color"));
	put(out, "\n");
	put_piece(out, text_of(embed, "title"), &first);
	put_piece(out, text_of(embed, "description"), &first);
	size_t i;
	json_t *field;
	json_array_foreach (json_object_get(embed, "fields"), i, field) {
		bool is_inline = json_is_true(json_object_get(field, "inline"));
		if (!first && !(in_row && is_inline))
			put(out, "│\n");
		put_field(out, field);
		first = false;
		in_row = is_inline;
	}
	put_piece(out, text_of(json_object_get(embed, "footer"), "text"), &first);
	put(out, "└─\n");
}

/* What a message is drawn with. */
struct drawing {
	char **out;
	bool in_box; /* behind the edge of a container */
	struct show_pressables *pressables; /* NULL: custom ids are shown instead of keys */
};

static void put_edge(const struct drawing *drawing)
{
	put(drawing->out, drawing->in_box ? "│ " : "  ");
}

/* What stands behind a button: its key, which it gets here, or else its custom id or address. */
static const char *sign_of(const struct drawing *drawing, const json_t *component)
{
	struct show_pressables *keys = drawing->pressables;
	const char *does = text_of(component, "custom_id");
	bool dead = json_is_true(json_object_get(component, "disabled"));
	if (!does || !keys)
		return does ? does : text_of(component, "url");
	if (dead || keys->count == SHOW_MAX_PRESSABLES)
		return NULL;
	keys->items[keys->count++] = component;
	return talloc_asprintf(*drawing->out, "%s%zu", keys->letter, keys->count);
}

/* The values of a text select, numbered for who types. */
static void put_options(const struct drawing *drawing, const json_t *select)
{
	size_t i;
	json_t *option;
	json_array_foreach (json_object_get(select, "options"), i, option) {
		const char *label = text_of(option, "label"),
			   *description = text_of(option, "description");
		char *shown = must(
			talloc_asprintf(*drawing->out, "%zu %s%s%s%s", i + 1, label ? label : "",
				description ? " · " : "", description ? description : "",
				json_is_true(json_object_get(option, "default")) ? " ✓" : ""));
		put_edge(drawing);
		put(drawing->out, "     %s\n", show_clean(*drawing->out, shown));
	}
}

static void put_component(const struct drawing *drawing, const json_t *component)
{
	const char *emoji = text_of(json_object_get(component, "emoji"), "name"),
		   *label = text_of(component, "label"), *sign = sign_of(drawing, component);
	bool is_button = json_integer_value(json_object_get(component, "type")) == BUTTON;
	if (!label)
		label = text_of(component, "placeholder");
	char *shown = must(talloc_asprintf(*drawing->out, "[ %s%s%s%s ]%s%s%s", emoji ? emoji : "",
		emoji && label ? " " : "", label ? label : "", is_button ? "" : " ▾",
		json_is_true(json_object_get(component, "disabled")) ? " (disabled)" : "",
		sign ? "  " : "", sign ? sign : ""));
	put_edge(drawing);
	put(drawing->out, "%s\n", show_clean(*drawing->out, shown));
	if (!is_button && drawing->pressables)
		put_options(drawing, component);
}

static void put_text(const struct drawing *drawing, const char *text)
{
	if (text && drawing->in_box)
		put_lines(drawing->out, text);
	else if (text)
		put(drawing->out, "%s\n", plain(*drawing->out, text));
}

static void put_picture(const struct drawing *drawing, const json_t *picture)
{
	const char *description = text_of(picture, "description"),
		   *url = text_of(json_object_get(picture, "media"), "url");
	const char *shown = description ? description : "";
	put_text(drawing, talloc_asprintf(*drawing->out, "🖼  %s", shown));
	put_text(drawing, talloc_asprintf(*drawing->out, "   %s", url ? url : ""));
}

static void put_parts(const struct drawing *drawing, const json_t *parts);

static void put_container(const struct drawing *drawing, const json_t *container)
{
	struct drawing inside = *drawing;
	inside.in_box = true;
	put(drawing->out, "┌─");
	put_colour(drawing->out, json_object_get(container, "accent_color"));
	put(drawing->out, "\n");
	put_parts(&inside, json_object_get(container, "components"));
	put(drawing->out, "└─\n");
}

static void put_section(const struct drawing *drawing, const json_t *section)
{
	const json_t *accessory = json_object_get(section, "accessory");
	put_parts(drawing, json_object_get(section, "components"));
	if (json_integer_value(json_object_get(accessory, "type")) == THUMBNAIL)
		put_picture(drawing, accessory);
	else if (accessory)
		put_component(drawing, accessory);
}

static void put_part(const struct drawing *drawing, const json_t *part)
{
	size_t i;
	json_t *item;
	switch (json_integer_value(json_object_get(part, "type"))) {
	case ACTION_ROW:
		put_parts(drawing, json_object_get(part, "components"));
		return;
	case SECTION:
		put_section(drawing, part);
		return;
	case TEXT_DISPLAY:
		put_text(drawing, text_of(part, "content"));
		return;
	case MEDIA_GALLERY:
		json_array_foreach (json_object_get(part, "items"), i, item)
			put_picture(drawing, item);
		return;
	case SEPARATOR:
		put_edge(drawing);
		put(drawing->out, "────\n");
		return;
	case CONTAINER:
		put_container(drawing, part);
		return;
	default:
		put_component(drawing, part);
	}
}

static void put_parts(const struct drawing *drawing, const json_t *parts)
{
	size_t i;
	json_t *part;
	json_array_foreach (parts, i, part)
		put_part(drawing, part);
}

static void put_message(const struct drawing *drawing, const json_t *data)
{
	put_text(drawing, text_of(data, "content"));
	size_t i;
	json_t *embed;
	json_array_foreach (json_object_get(data, "embeds"), i, embed)
		put_embed(drawing->out, embed);
	put_parts(drawing, json_object_get(data, "components"));
}

static void put_choices(char **out, const json_t *choices)
{
	size_t i;
	json_t *choice;
	if (json_array_size(choices) == 0)
		put(out, "(no suggestions)\n");
	json_array_foreach (choices, i, choice) {
		const char *name = text_of(choice, "name");
		put(out, "- %s\n", name ? show_clean(*out, name) : "");
	}
}

/* What is shown in no better way. */
static void put_json(char **out, const json_t *answer)
{
	char *text = must(json_dumps(answer, JSON_INDENT(2) | JSON_ENCODE_ANY));
	put(out, "%s\n", show_clean(*out, text));
	free(text);
}

static void put_answer(const struct drawing *drawing, const json_t *answer)
{
	const json_t *data = json_object_get(answer, "data");
	char **out = drawing->out;
	switch (json_integer_value(json_object_get(answer, "type"))) {
	case REPLY_PONG:
		put(out, "PONG\n");
		return;
	case REPLY_UPDATE:
		put(out, "(the message changes to)\n");
		put_message(drawing, data);
		break;
	case REPLY_MESSAGE:
		put_message(drawing, data);
		break;
	case REPLY_DEFERRED:
		put(out, "(thinking… the answer will follow)\n");
		break;
	case REPLY_DEFERRED_UPDATE:
		put(out, "(nothing to see yet: the message will change)\n");
		break;
	case REPLY_CHOICES:
		put_choices(out, json_object_get(data, "choices"));
		break;
	default:
		put_json(out, answer);
		return;
	}
	if (json_integer_value(json_object_get(data, "flags")) & FLAG_EPHEMERAL)
		put(out, "(visible only to you)\n");
}

/* ANSWER as text on CTX; what was needed for it is freed. */
static char *draw(void *ctx, const json_t *answer, struct show_pressables *pressables)
{
	void *work = must(talloc_new(ctx));
	char *out = must(talloc_strdup(work, ""));
	put_answer(&(struct drawing){.out = &out, .pressables = pressables}, answer);
	char *shown = must(talloc_strdup(ctx, out));
	talloc_free(work);
	return shown;
}

char *show_answer(void *ctx, const json_t *answer)
{
	return draw(ctx, answer, NULL);
}

char *show_keyed(void *ctx, const json_t *answer, struct show_pressables *pressables)
{
	pressables->count = 0;
	return draw(ctx, answer, pressables);
}

/* The custom id of the first button in COMPONENT or below it that can be pressed; NULL: none. */
static const char *first_of(const json_t *component)
{
	if (json_integer_value(json_object_get(component, "type")) == BUTTON &&
		!json_is_true(json_object_get(component, "disabled")) &&
		text_of(component, "custom_id"))
		return text_of(component, "custom_id");
	size_t i;
	json_t *below;
	const char *found = NULL;
	json_array_foreach (json_object_get(component, "components"), i, below) {
		found = first_of(below);
		if (found)
			return found;
	}
	const json_t *accessory = json_object_get(component, "accessory");
	return accessory ? first_of(accessory) : NULL;
}

const char *show_first_button(const json_t *answer)
{
	return first_of(json_object_get(answer, "data"));
}
