/* Member text made safe to show inside ours. */
#pragma once

#include "besace/base/unit.h"

/*
 * TEXT as it shall appear in a message, on CTX: Markdown, mentions and links are escaped, line
 * breaks and control characters become spaces, bidirectional controls are dropped (one could turn
 * our own text around) and right-to-left names are isolated, and a pile of combining marks is cut
 * at a height that does not reach the next line. Text that would show nothing becomes FALLBACK.
 */
char *markdown_escape(void *ctx, const char *text, const char *fallback);

/* What markdown_escape made, for labels, which are no Markdown: without its backslashes. On CTX. */
char *markdown_plain(void *ctx, const char *escaped);

/* UNIT where Markdown is read: its name escaped, its symbol as it is drawn. On CTX, or static. */
const char *markdown_unit(void *ctx, const struct unit *unit);
