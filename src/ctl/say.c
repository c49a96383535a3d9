/* Speaking to the operator on standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "subcommands.h"

void ctl_say(const char *format, ...)
{
	va_list args;
	fflush(stdout);
	fputs("besacectl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void ctl_say_lines(const char *lines)
{
	for (const char *end; (end = strchr(lines, '\n')); lines = end + 1)
		ctl_say("%.*s", (int)(end - lines), lines);
}
