/*
 * A subcommand's arguments: a table that is both what getopt_long reads and what --help prints.
 *
 *	struct arguments arguments = {.ctx = ctx, .description = …, .rows = rows, .count = …};
 *	int status;
 *	if (!arguments_read(&arguments, argc, argv))
 *		return CTL_DONE;
 *	if (!file)
 *		arguments_fault(&arguments, "--key: is required");
 *	if (arguments_are_bad(&arguments))
 *		return CTL_USAGE;
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"

/* Values of one option that may be given several times: more than Discord's options of a command.
 */
#define ARGUMENT_LIST_MAX 32

struct argument_list {
	size_t count;
	const char *items[ARGUMENT_LIST_MAX];
};

/* One option; exactly one of on, text and list says where it goes. The values are borrowed from
 * argv and hold well-formed UTF-8. */
struct argument {
	const char *name; /* without the dashes */
	const char *value; /* what --help calls its value; NULL: a switch */
	const char *description; /* for --help; a line break in it starts a new line there */
	bool *on;
	const char **text;
	struct argument_list *list;
};

struct arguments {
	void *ctx;
	const char *synopsis; /* what follows the name in the first line of --help */
	const char *description; /* sentences after it */
	const struct argument *rows;
	size_t count;
	size_t operands_max;

	/* Filled in by arguments_read. */
	const char *name;
	char *const *operands;
	size_t operand_count;
	char *faults; /* NULL: none so far */
};

/* Reads ARGV, putting its faults aside. False when --help was asked for and printed. */
MUST_CHECK bool arguments_read(struct arguments *arguments, int argc, char **argv);

/* Adds a fault: "--key: is required". */
void arguments_fault(struct arguments *arguments, const char *format, ...) PRINTF_LIKE(2, 3);

/* Reads TEXT, the value of the option called NAME, as a Discord id into *out: a fault when it is
 * none. NULL is none given: a fault when it is required. */
void arguments_id(struct arguments *arguments, const char *name, const char *text, bool required,
	struct snowflake *out);

/* Whether there are faults; prints them, a line each, and how to get help. */
MUST_CHECK bool arguments_are_bad(const struct arguments *arguments);

/* Whether TEXT is well-formed UTF-8, as everything must be that goes into JSON. */
bool arguments_is_text(const char *text);
