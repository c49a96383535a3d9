/* Choosing in selects and filling in forms, line by line. */
#include "play_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "show.h"

/* Typed where a field is to be left empty. */
#define NOTHING "-"

/* Discord's numbers of what is not told apart by enum select_type and enum input_type. */
enum { SELECT_MENTIONABLE = 7, LABEL = 18 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static json_int_t type_of(const json_t *component)
{
	return json_integer_value(json_object_get(component, "type"));
}

/* ---- Choosing */

/* The values of an option list: by number, by what it shows, or by what it sends. */
static const json_t *option_of(const json_t *component, const char *word)
{
	size_t i;
	json_t *option;
	json_array_foreach (json_object_get(component, "options"), i, option) {
		char number[24];
		snprintf(number, sizeof(number), "%zu", i + 1);
		if (strcmp(word, number) == 0 || strcmp(word, text_of(option, "value")) == 0 ||
			strcmp(word, text_of(option, "label")) == 0)
			return option;
	}
	return NULL;
}

static enum status choose_one(void *ctx, struct play_names *names, const json_t *component,
	const char *word, struct play_option *out, char **out_why)
{
	switch (type_of(component)) {
	case SELECT_USER:
		return play_value_read(ctx, names, OPTION_USER, word, out, out_why);
	case SELECT_ROLE:
		return play_value_read(ctx, names, OPTION_ROLE, word, out, out_why);
	case SELECT_CHANNEL:
		return play_value_read(ctx, names, OPTION_CHANNEL, word, out, out_why);
	case SELECT_MENTIONABLE:
		return play_value_read(
			ctx, names, *word == '&' ? OPTION_ROLE : OPTION_USER, word, out, out_why);
	default:
		break;
	}
	const json_t *option = option_of(component, word);
	if (!option) {
		*out_why = must(talloc_asprintf(ctx, "\"%s\" is none of the values", word));
		return STATUS_INVALID;
	}
	*out = (struct play_option){.type = OPTION_STRING, .text = text_of(option, "value")};
	return STATUS_OK;
}

static void add_value(struct play_choice *out, struct play_option value)
{
	if (out->count < REPLY_OPTIONS_MAX)
		out->values[out->count++] = value;
}

/* What stands in COMPONENT at first. */
static void choose_default(const json_t *component, struct play_choice *out)
{
	size_t i;
	json_t *item;
	json_array_foreach (json_object_get(component, "options"), i, item)
		if (json_is_true(json_object_get(item, "default")))
			add_value(out, (struct play_option){.type = OPTION_STRING,
					       .text = text_of(item, "value")});
	json_array_foreach (json_object_get(component, "default_values"), i, item)
		add_value(out,
			(struct play_option){.type = OPTION_STRING, .text = text_of(item, "id")});
}

/* Whether as many were chosen as COMPONENT wants. */
static enum status judge_count(
	void *ctx, const json_t *component, const struct play_choice *choice, char **out_why)
{
	const json_t *given_min = json_object_get(component, "min_values"),
		     *given_max = json_object_get(component, "max_values");
	size_t min = given_min ? (size_t)json_integer_value(given_min) : 1,
	       max = given_max ? (size_t)json_integer_value(given_max) : 1;
	if (json_is_false(json_object_get(component, "required")))
		min = 0;
	if (choice->count >= min && choice->count <= max)
		return STATUS_OK;
	*out_why = must(talloc_asprintf(ctx, "choose %zu to %zu", min, max));
	return STATUS_INVALID;
}

enum status play_choose(void *ctx, struct play_names *names, const json_t *component,
	const char *text, struct play_choice *out, char **out_why)
{
	*out = (struct play_choice){0};
	if (*text == '\0')
		choose_default(component, out);
	char *words = must(talloc_strdup(ctx, strcmp(text, NOTHING) == 0 ? "" : text)), *next;
	for (char *word = strtok_r(words, " ", &next); word; word = strtok_r(NULL, " ", &next)) {
		struct play_option value = {0};
		enum status status = choose_one(ctx, names, component, word, &value, out_why);
		if (status)
			return status;
		add_value(out, value);
	}
	return judge_count(ctx, component, out, out_why);
}

/* ---- Forms */

struct filling {
	void *ctx;
	struct play_names *names;
	struct play_terminal *terminal;
};

/* The value of a text input; its lines are typed with \n between them. */
static enum status read_text(void *ctx, const json_t *component, const char *typed,
	struct play_input *out, char **out_why)
{
	const char *given = *typed == '\0'                ? text_of(component, "value")
			    : strcmp(typed, NOTHING) == 0 ? ""
							  : typed;
	char *value = must(talloc_strdup(ctx, given)), *to = value;
	for (const char *from = given; *from; from++)
		if (strncmp(from, "\\n", 2) == 0) {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	*to = '\0';
	json_int_t min = json_integer_value(json_object_get(component, "min_length")),
		   max = json_integer_value(json_object_get(component, "max_length")),
		   length = (json_int_t)utf8_length(value);
	bool required = !json_is_false(json_object_get(component, "required"));
	out->text = value;
	if ((length == 0 && !required) || (length > 0 && length >= min && (!max || length <= max)))
		return STATUS_OK;
	*out_why = must(talloc_asprintf(ctx, "must have %lld to %lld characters",
		(long long)(min > 0 ? min : 1), (long long)max));
	return STATUS_INVALID;
}

static enum status read_field(
	struct filling *filling, const char *typed, struct play_input *out, char **out_why)
{
	const json_t *component = out->component;
	struct play_option ticked = {0};
	struct play_choice *choice;
	enum status status;
	switch (type_of(component)) {
	case INPUT_TEXT:
		return read_text(filling->ctx, component, typed, out, out_why);
	case INPUT_FILES:
		return STATUS_OK; /* none: only Discord's own client can upload one */
	case INPUT_CHECKBOX:
		out->checked = json_is_true(json_object_get(component, "default"));
		if (*typed == '\0')
			return STATUS_OK;
		status = play_value_read(
			filling->ctx, filling->names, OPTION_BOOLEAN, typed, &ticked, out_why);
		out->checked = ticked.integer;
		return status;
	default:
		choice = must(talloc(filling->ctx, struct play_choice));
		status = play_choose(
			filling->ctx, filling->names, component, typed, choice, out_why);
		out->values = choice->values;
		out->count = choice->count;
		if (!status && type_of(component) == INPUT_RADIO)
			out->text = choice->count ? choice->values[0].text : "";
		return status;
	}
}

/* Says what FIELD, a label with its input, asks for. */
static void show_field(struct filling *filling, const json_t *field)
{
	const json_t *component = json_object_get(field, "component");
	const char *description = text_of(field, "description"),
		   *value = text_of(component, "value");
	size_t i;
	json_t *option;
	printf("  %s%s%s\n", show_clean(filling->ctx, text_of(field, "label")),
		*description ? " · " : "", show_clean(filling->ctx, description));
	json_array_foreach (json_object_get(component, "options"), i, option)
		printf("    %zu %s%s\n", i + 1, show_clean(filling->ctx, text_of(option, "label")),
			json_is_true(json_object_get(option, "default")) ? " ✓" : "");
	if (*value)
		printf("    now: %s (Enter keeps it, " NOTHING " leaves it empty)\n",
			show_clean(filling->ctx, value));
	if (type_of(component) == INPUT_FILES)
		printf("    (a file can be sent by Discord's own client only; Enter goes on)\n");
}

/* False: the form was closed. */
static bool fill_field(struct filling *filling, const json_t *field, struct play_input *out)
{
	char *why = NULL;
	bool interrupted;
	out->component = json_object_get(field, "component");
	show_field(filling, field);
	for (;;) {
		char *typed =
			play_terminal_read(filling->terminal, filling->ctx, "  > ", &interrupted);
		if (!typed)
			return false;
		if (read_field(filling, typed, out, &why) == STATUS_OK)
			return true;
		printf("    %s\n", why);
	}
}

bool play_fill(void *ctx, struct play_names *names, struct play_terminal *terminal,
	const json_t *form, struct play_input **out, size_t *out_count)
{
	struct filling filling = {ctx, names, terminal};
	const json_t *fields = json_object_get(form, "components");
	*out = must(
		talloc_zero_array(ctx, struct play_input, (unsigned)json_array_size(fields) + 1));
	*out_count = 0;
	printf("[ %s ]\n", show_clean(ctx, text_of(form, "title")));
	size_t i;
	json_t *field;
	json_array_foreach (fields, i, field) {
		if (type_of(field) != LABEL)
			continue;
		if (!fill_field(&filling, field, &(*out)[*out_count]))
			return false;
		++*out_count;
	}
	return true;
}
