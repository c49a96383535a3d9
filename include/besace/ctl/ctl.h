/*
 * besacectl, the operator's tool: one file and one row of the table for each subcommand.
 *
 * To add one: a file in src/ctl that exports a `const struct subcommand`, a row in
 * src/ctl/table.c, its tests in tests/integration/test_ctl.py. A subcommand reads no setting that
 * it does not use, and reports every fault of its usage and settings at once, a line each.
 */
#pragma once

#include <stddef.h>

/* Exit statuses of the public contract. */
enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

struct subcommand {
	const char *name;
	const char *description; /* a line of --help */
	/* ARGV[0] is the subcommand's name. Returns an exit status; what went wrong has been said
	 * on standard error. */
	int (*run)(int argc, char **argv);
};

/* All subcommands, in the order of --help; ends with NULL. */
extern const struct subcommand *const subcommands[];

/* The subcommand called NAME, or NULL. */
const struct subcommand *subcommand_find(const char *name);
