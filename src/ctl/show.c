/* Draws an answer with its embeds and buttons. */
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

/* Component types. */
enum { ACTION_ROW = 1, BUTTON = 2 };

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

static void put_colour(char **out, const json_t *embed)
{
	const json_t *colour = json_object_get(embed, "color");
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
	bool first = true, beside = false;
	put(out, "┌─");
	put_colour(out, embed);
	put(out, "\n");
	put_piece(out, text_of(embed, "title"), &first);
	put_piece(out, text_of(embed, "description"), &first);
	size_t i;
	json_t *field;
	json_array_foreach (json_object_get(embed, "fields"), i, field) {
		bool is_beside = json_is_true(json_object_get(field, "inline"));
		if (!first && !(beside && is_beside))
			put(out, "│\n");
		put_field(out, field);
		first = false;
		beside = is_beside;
	}
	put_piece(out, text_of(json_object_get(embed, "footer"), "text"), &first);
	put(out, "└─\n");
}

static void put_component(char **out, const json_t *component)
{
	const char *emoji = text_of(json_object_get(component, "emoji"), "name"),
		   *label = text_of(component, "label"), *does = text_of(component, "custom_id");
	if (!label)
		label = text_of(component, "placeholder");
	if (!does)
		does = text_of(component, "url");
	char *shown = must(talloc_asprintf(*out, "[ %s%s%s ]%s  %s", emoji ? emoji : "",
		emoji && label ? " " : "", label ? label : "",
		json_is_true(json_object_get(component, "disabled")) ? " (disabled)" : "",
		does ? does : ""));
	put(out, "  %s\n", show_clean(*out, shown));
}

static void put_components(char **out, const json_t *components)
{
	size_t i;
	json_t *component;
	json_array_foreach (components, i, component) {
		if (json_integer_value(json_object_get(component, "type")) == ACTION_ROW)
			put_components(out, json_object_get(component, "components"));
		else
			put_component(out, component);
	}
}

static void put_message(char **out, const json_t *data)
{
	const char *content = text_of(data, "content");
	if (content)
		put(out, "%s\n", plain(*out, content));
	size_t i;
	json_t *embed;
	json_array_foreach (json_object_get(data, "embeds"), i, embed)
		put_embed(out, embed);
	put_components(out, json_object_get(data, "components"));
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

static void put_answer(char **out, const json_t *answer)
{
	const json_t *data = json_object_get(answer, "data");
	switch (json_integer_value(json_object_get(answer, "type"))) {
	case REPLY_PONG:
		put(out, "PONG\n");
		return;
	case REPLY_UPDATE:
		put(out, "(the message changes to)\n");
		put_message(out, data);
		break;
	case REPLY_MESSAGE:
		put_message(out, data);
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

char *show_answer(void *ctx, const json_t *answer)
{
	void *work = must(talloc_new(ctx));
	char *out = must(talloc_strdup(work, ""));
	put_answer(&out, answer);
	char *shown = must(talloc_strdup(ctx, out));
	talloc_free(work);
	return shown;
}

static const char *first_of(const json_t *components)
{
	size_t i;
	json_t *component;
	json_array_foreach (components, i, component) {
		json_int_t type = json_integer_value(json_object_get(component, "type"));
		const char *found = NULL;
		if (type == ACTION_ROW)
			found = first_of(json_object_get(component, "components"));
		else if (type == BUTTON && !json_is_true(json_object_get(component, "disabled")))
			found = text_of(component, "custom_id");
		if (found)
			return found;
	}
	return NULL;
}

const char *show_first_button(const json_t *answer)
{
	return first_of(json_object_get(json_object_get(answer, "data"), "components"));
}
