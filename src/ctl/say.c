/* Speaking to the operator on standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "subcommands.h"

/* What is said may repeat a file or an answer: a terminal must not take it for commands, also not
 * those that are one character above ASCII (U+0080 to U+009F). */
static void blank_controls(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++)
		if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0)
			c[0] = c[1] = '?';
}

void ctl_say(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = must(talloc_vasprintf(NULL, format, args));
	va_end(args);
	blank_controls(text);
	fflush(stdout);
	fprintf(stderr, "besacectl: %s\n", text);
	talloc_free(text);
}

void ctl_say_lines(const char *lines)
{
	for (const char *end; (end = strchr(lines, '\n')); lines = end + 1)
		ctl_say("%.*s", (int)(end - lines), lines);
}
