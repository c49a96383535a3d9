/* Reads a subcommand's arguments by its table. */
#include "arguments.h"

#include <getopt.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "subcommands.h"

/* getopt's values: a row's place is counted from here, beyond every character. */
enum { HELP = 256, FIRST_ROW };

/* Where --help starts the second column. */
#define HELP_COLUMN 28

bool arguments_is_text(const char *text)
{
	json_t *value = json_string(text);
	json_decref(value);
	return value != NULL;
}

void arguments_fault(struct arguments *arguments, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *fault = must(talloc_vasprintf(arguments->ctx, format, args));
	va_end(args);
	if (!arguments->faults)
		arguments->faults = must(talloc_strdup(arguments->ctx, ""));
	arguments->faults = must(talloc_asprintf_append_buffer(arguments->faults, "%s\n", fault));
}

void arguments_id(struct arguments *arguments, const char *name, const char *text, bool required,
	struct snowflake *out)
{
	if (!text && required)
		arguments_fault(arguments, "--%s: is required", name);
	else if (text && !snowflake_parse(text, out))
		arguments_fault(arguments, "--%s: must be a Discord id, got \"%s\"", name, text);
}

bool arguments_are_bad(const struct arguments *arguments)
{
	if (!arguments->faults)
		return false;
	ctl_say_lines(arguments->faults);
	ctl_say("%s --help says how it is used", arguments->name);
	return true;
}

static void print_row(const char *name, const char *value, const char *description)
{
	int used = printf("  --%s%s%s", name, value ? " " : "", value ? value : "");
	const char *line = description;
	for (;;) {
		size_t length = strcspn(line, "\n");
		printf("%*s%.*s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 2, "", (int)length,
			line);
		if (line[length] == '\0')
			return;
		line += length + 1;
		used = 0;
	}
}

static void print_help(const struct arguments *arguments)
{
	printf("Usage: besacectl %s%s%s\n\n%s\n\n", arguments->name,
		*arguments->synopsis ? " " : "", arguments->synopsis, arguments->description);
	for (size_t i = 0; i < arguments->count; i++)
		print_row(arguments->rows[i].name, arguments->rows[i].value,
			arguments->rows[i].description);
	print_row("help", NULL, "print this");
}

static struct option *make_options(const struct arguments *arguments)
{
	struct option *options = must(
		talloc_zero_array(arguments->ctx, struct option, (unsigned)arguments->count + 2));
	for (size_t i = 0; i < arguments->count; i++)
		options[i] = (struct option){arguments->rows[i].name,
			arguments->rows[i].value ? required_argument : no_argument, NULL,
			FIRST_ROW + (int)i};
	options[arguments->count] = (struct option){"help", no_argument, NULL, HELP};
	return options;
}

static void take(struct arguments *arguments, const struct argument *row, const char *value)
{
	if (value && !arguments_is_text(value))
		arguments_fault(arguments, "--%s: is not UTF-8", row->name);
	else if (row->on)
		*row->on = true;
	else if (row->list && row->list->count == ARGUMENT_LIST_MAX)
		arguments_fault(arguments, "--%s: can be given %d times at most", row->name,
			ARGUMENT_LIST_MAX);
	else if (row->list)
		row->list->items[row->list->count++] = value;
	else if (*row->text)
		arguments_fault(arguments, "--%s: is given twice", row->name);
	else
		*row->text = value;
}

/* What getopt did not understand stands right before the place where it goes on, unless it was a
 * letter among others. */
static void refuse(struct arguments *arguments, int letter, const char *before)
{
	if (letter && letter < HELP)
		arguments_fault(arguments, "-%c: is no option", letter);
	else if (letter == HELP)
		arguments_fault(arguments, "--help: takes no value");
	else if (letter)
		arguments_fault(arguments, "--%s: takes no value",
			arguments->rows[letter - FIRST_ROW].name);
	else
		arguments_fault(arguments, "%.*s: is no option, or stands for several",
			(int)strcspn(before, "="), before);
}

bool arguments_read(struct arguments *arguments, int argc, char **argv)
{
	struct option *options = make_options(arguments);
	arguments->name = argv[0];
	optind = 0; /* glibc: start afresh */
	for (int got; (got = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
		if (got == HELP) {
			print_help(arguments);
			return false;
		}
		if (got >= FIRST_ROW)
			take(arguments, &arguments->rows[got - FIRST_ROW], optarg);
		else if (got == ':')
			arguments_fault(arguments, "--%s: needs a value",
				arguments->rows[optopt - FIRST_ROW].name);
		else
			refuse(arguments, optopt, argv[optind - 1]);
	}
	arguments->operands = argv + optind;
	arguments->operand_count = (size_t)(argc - optind);
	if (arguments->operand_count > arguments->operands_max)
		arguments_fault(arguments, "%s: is one argument too many",
			arguments->operands[arguments->operands_max]);
	return true;
}
