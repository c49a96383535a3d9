/*
 * Where a local play is typed: a terminal with editing, history and completion by libedit, or lines
 * from a pipe, for scripts.
 */
#pragma once

#include <stdbool.h>

#include "play_line.h"

struct play_terminal;

/* How the line TYPED may go on, into *out, on CTX. */
typedef void play_complete_fn(void *arg, void *ctx, const char *typed, struct play_candidates *out);

/* Reads standard input. COMPLETE is asked for Tab, and for a '/' that begins a line. */
struct play_terminal *play_terminal_open(play_complete_fn *complete, void *arg);

/* NULL is permitted. */
void play_terminal_close(struct play_terminal **terminal);

/* Whether somebody sits there: then what is shown may be styled. */
bool play_terminal_is_interactive(const struct play_terminal *terminal);

/* The next line, without its end, on CTX; PROMPT stands before it on a terminal. NULL: it was the
 * last, or Ctrl-C was pressed; *out_interrupted tells them apart. */
char *play_terminal_read(
	struct play_terminal *terminal, void *ctx, const char *prompt, bool *out_interrupted);
