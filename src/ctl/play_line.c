/* Reads what is typed in a local play: a command with its options, as Discord's client does. */
#include "play_line.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

/* Integers and numbers are doubles on Discord's side. */
#define MAX_INTEGER 9007199254740991

struct line_reading {
	void *ctx;
	struct play_names *names;
	enum language language;
	const char *at; /* what was not read yet */
	struct play_line *out;
	char *why; /* NULL: nothing is wrong so far */
};

/* ---- Names */

/* Bytes of NAME at TEXT, as a whole word; 0: it is not there. */
static size_t word_length(const char *text, const char *name)
{
	size_t length = strlen(name);
	bool there = strncmp(text, name, length) == 0;
	return there && (text[length] == ' ' || text[length] == '\0') ? length : 0;
}

/* The same for a text in the language of LANGUAGE, or in the one that Discord sends. */
static size_t text_length(enum language language, const char *at, enum text name)
{
	size_t length = word_length(at, text_get(language, name));
	return length ? length : word_length(at, text_get(LANGUAGE_DEFAULT, name));
}

/* The command of LIST that stands at the reading's place; its name is read. */
static const struct command *read_name(
	struct line_reading *reading, const struct command *const *list)
{
	const struct command *found = NULL;
	size_t longest = 0;
	for (size_t i = 0; list[i]; i++) {
		size_t length = text_length(reading->language, reading->at, list[i]->name);
		if (length > longest) {
			longest = length;
			found = list[i];
		}
	}
	if (!found)
		return NULL;
	reading->at += longest;
	reading->at += strspn(reading->at, " ");
	const char *name = text_get(LANGUAGE_DEFAULT, found->name);
	struct play_line *out = reading->out;
	out->path =
		out->path ? must(talloc_asprintf(reading->ctx, "%s %s", out->path, name)) : name;
	return found;
}

static void read_command(struct line_reading *reading)
{
	struct play_line *out = reading->out;
	out->top = out->command = read_name(reading, commands);
	while (out->command && out->command->subcommands) {
		const struct command *below = read_name(reading, out->command->subcommands);
		if (!below) {
			reading->why = must(talloc_asprintf(reading->ctx,
				*reading->at ? "/%s has no \"%s\"" : "/%s goes on: Tab shows how",
				out->path, reading->at));
			return;
		}
		out->command = below;
	}
	out->rest = out->command ? reading->at : NULL;
	if (!out->command)
		reading->why = must(
			talloc_asprintf(reading->ctx, "there is no command \"/%s\"", reading->at));
}

/* ---- Values */

static enum status read_number(void *ctx, const char *text, struct play_option *out, char **out_why)
{
	char *end, *dotted = must(talloc_strdup(ctx, text)), *comma = strchr(dotted, ',');
	if (comma)
		*comma = '.';
	errno = 0;
	out->number = strtod(dotted, &end);
	out->integer = (int64_t)(fabs(out->number) <= MAX_INTEGER ? out->number : 0);
	bool whole = (double)out->integer == out->number;
	if (*text && *end == '\0' && errno == 0 && (whole || out->type == OPTION_NUMBER))
		return STATUS_OK;
	*out_why = must(talloc_asprintf(ctx, "must be a %snumber, not \"%s\"",
		out->type == OPTION_INTEGER ? "whole " : "", text));
	return STATUS_INVALID;
}

static enum status read_boolean(
	void *ctx, const char *text, struct play_option *out, char **out_why)
{
	static const char *const words[] = {"non", "oui", "no", "yes", "false", "true", "0", "1"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0) {
			out->integer = i % 2;
			return STATUS_OK;
		}
	*out_why = must(talloc_asprintf(ctx, "must be oui or non, not \"%s\"", text));
	return STATUS_INVALID;
}

/* A name with or without its sign. */
static enum status read_named(void *ctx, struct play_names *names, const char *text,
	struct play_option *out, char **out_why)
{
	static const struct {
		enum option_type type;
		enum name_kind kind;
		char sign;
	} kinds[] = {
		{OPTION_USER, NAME_MEMBER, '@'},
		{OPTION_ROLE, NAME_ROLE, '&'},
		{OPTION_CHANNEL, NAME_CHANNEL, '#'},
	};
	struct play_name name;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].type != out->type)
			continue;
		if (!play_names_find(
			    names, kinds[i].kind, text + (*text == kinds[i].sign), &name)) {
			*out_why =
				must(talloc_asprintf(ctx, "must be %cNAME or %cID:NAME, not \"%s\"",
					kinds[i].sign, kinds[i].sign, text));
			return STATUS_INVALID;
		}
		out->user = (struct play_user){name.id, name.name};
		out->thing = (struct play_thing){name.id, name.name};
		return STATUS_OK;
	}
	*out_why = must(talloc_strdup(ctx, "cannot be given from here"));
	return STATUS_INVALID;
}

enum status play_value_read(void *ctx, struct play_names *names, enum option_type type,
	const char *text, struct play_option *out, char **out_why)
{
	out->type = type;
	out->text = text;
	switch (type) {
	case OPTION_STRING:
		return STATUS_OK;
	case OPTION_INTEGER:
	case OPTION_NUMBER:
		return read_number(ctx, text, out, out_why);
	case OPTION_BOOLEAN:
		return read_boolean(ctx, text, out, out_why);
	default:
		return read_named(ctx, names, text, out, out_why);
	}
}

/* ---- Options */

/* The option whose name and colon stand at AT, or NULL; *out_length is how long both are. */
static const struct command_option *option_at(
	const struct line_reading *reading, const char *at, size_t *out_length)
{
	const struct command *command = reading->out->command;
	size_t length = strcspn(at, ": ");
	if (at[length] != ':')
		return NULL;
	char *name = must(talloc_strndup(reading->ctx, at, length));
	*out_length = length + 1;
	for (size_t i = 0; i < command->option_count; i++)
		if (text_length(reading->language, name, command->options[i].name) == length)
			return &command->options[i];
	return NULL;
}

/* Where the value at AT ends: at the next option's name, or with the line. */
static size_t value_length(const struct line_reading *reading, const char *at)
{
	size_t ignored;
	for (const char *space = strchr(at, ' '); space; space = strchr(space + 1, ' '))
		if (option_at(reading, space + 1, &ignored))
			return (size_t)(space - at);
	return strlen(at);
}

/* VALUE as one of the only values that OPTION takes: as it is shown, or as it is sent. */
static bool read_choice(const struct line_reading *reading, const struct command_option *option,
	const char *value, struct play_option *out)
{
	for (size_t i = 0; i < option->choice_count; i++) {
		const struct command_choice *choice = &option->choices[i];
		if (strcmp(value, choice->value) != 0 &&
			strcmp(value, text_get(reading->language, choice->name)) != 0)
			continue;
		out->type = OPTION_STRING;
		out->text = choice->value;
		return true;
	}
	return false;
}

/* Reads the value of OPTION; what is wrong becomes the reading's sentence. */
static void read_value(
	struct line_reading *reading, const struct command_option *option, char *value)
{
	struct play_option *out = &reading->out->options[reading->out->option_count];
	char *why = NULL;
	*out = (struct play_option){.name = text_get(LANGUAGE_DEFAULT, option->name)};
	if (option->choice_count > 0 && !read_choice(reading, option, value, out))
		why = must(talloc_asprintf(reading->ctx, "\"%s\" is none of its values", value));
	else if (option->choice_count == 0 &&
		 play_value_read(reading->ctx, reading->names, option->type, value, out, &why))
		why = must(talloc_steal(reading->ctx, why));
	if (why)
		reading->why = must(talloc_asprintf(
			reading->ctx, "%s: %s", text_get(reading->language, option->name), why));
	else
		reading->out->option_count++;
}

static void read_options(struct line_reading *reading)
{
	struct play_line *out = reading->out;
	while (*reading->at && !reading->why) {
		size_t length = 0;
		const struct command_option *option = option_at(reading, reading->at, &length);
		if (!option || out->option_count == INTERACTION_MAX_OPTIONS) {
			reading->why = must(talloc_asprintf(reading->ctx,
				"\"%s\" is no option of /%s: they are written NAME:VALUE",
				reading->at, out->path));
			return;
		}
		reading->at += length;
		length = value_length(reading, reading->at);
		char *value = must(talloc_strndup(reading->ctx, reading->at, length));
		reading->at += length;
		if (*reading->at == '\0') {
			out->open = option;
			out->word = value;
		}
		reading->at += strspn(reading->at, " ");
		read_value(reading, option, value);
	}
}

/* Says which option must be there and is not. */
static void judge_required(struct line_reading *reading)
{
	const struct play_line *out = reading->out;
	for (size_t i = 0; i < out->command->option_count && !reading->why; i++) {
		const struct command_option *option = &out->command->options[i];
		const char *name = text_get(LANGUAGE_DEFAULT, option->name);
		bool given = !option->required;
		for (size_t j = 0; j < out->option_count; j++)
			given = given || strcmp(out->options[j].name, name) == 0;
		if (!given)
			reading->why = must(talloc_asprintf(reading->ctx, "%s: is missing (%s)",
				text_get(reading->language, option->name),
				text_get(reading->language, option->description)));
	}
}

static void read_target(struct line_reading *reading)
{
	struct play_option target;
	reading->out->word = reading->at;
	if (play_value_read(
		    reading->ctx, reading->names, OPTION_USER, reading->at, &target, &reading->why))
		return;
	reading->out->target = target.user;
}

enum status play_line_read(void *ctx, struct play_names *names, enum language language,
	const char *line, struct play_line *out, char **out_why)
{
	struct line_reading reading = {ctx, names, language, line + 1, out, NULL};
	*out = (struct play_line){0};
	read_command(&reading);
	if (!reading.why && out->command->type == COMMAND_USER)
		read_target(&reading);
	else if (!reading.why) {
		read_options(&reading);
		judge_required(&reading);
	}
	*out_why = reading.why;
	return reading.why ? STATUS_INVALID : STATUS_OK;
}
