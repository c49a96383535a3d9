/* What the programs that run in the foreground begin with: their options, their settings, the log.
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/runtime/config.h"

/* The exit codes of the contract. */
enum { PROGRAM_DONE = 0, PROGRAM_FAILED = 1, PROGRAM_MISUSED = 2 };

/* Handles the command line of the program called NAME: --help prints HELP, --version the version,
 * anything else is misuse. Returns the exit code, or -1 to go on. */
MUST_CHECK int program_read_options(int argc, char **argv, const char *name, const char *help);

/* Prints "NAME: " and each line of FAULTS, which it takes apart, on standard error. */
void program_print_faults(const char *name, char *faults);

/* Sets the log up as CONFIG says, and warns of variables that no program knows. */
void program_begin_log(void *ctx, const struct config *config);
