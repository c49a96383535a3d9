/* Discord's Markdown as a terminal shows it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "play_names.h"

/*
 * TEXT, as show_keyed draws it, on CTX, with mentions as names, clickable commands as they are
 * typed, and times said from NOW_MS (1970 UTC) on. IS_TERMINAL: titles and what is **strong** are
 * bold, small print is dim; else the marks stay.
 */
char *play_style(void *ctx, const struct play_names *names, const char *text, int64_t now_ms,
	bool is_terminal);
