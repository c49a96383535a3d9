/* Asks somebody at a terminal. */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <termios.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "interrupt.h"
#include "setup.h"

/* Longer than any answer: a URL, a token, some hundred ids. */
#define MAX_LINE 8192

bool setup_is_terminal(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

/* The line that was read, without its end and the spaces around it. */
static char *trim(void *ctx, const char *line, size_t length)
{
	while (length > 0 && isspace((unsigned char)line[length - 1]))
		length--;
	while (length > 0 && isspace((unsigned char)*line)) {
		line++;
		length--;
	}
	return must(talloc_strndup(ctx, line, length));
}

/* Reads up to the end of the line. Not by stdio: an interrupted read must end, and what it holds
 * must not stay in a buffer. */
static char *read_line(void *ctx, const atomic_int *interrupted)
{
	char line[MAX_LINE];
	size_t length = 0;
	char *answer = NULL;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	sigset_t ending, before;
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	/* A signal comes while it is waited, or before: never between a look at it and the wait. */
	sigprocmask(SIG_BLOCK, &ending, &before);
	while (length < sizeof(line) && !*interrupted) {
		if (ppoll(&input, 1, NULL, &before) < 0 && errno == EINTR)
			continue;
		ssize_t got = read(STDIN_FILENO, line + length, 1);
		if (got <= 0)
			break;
		if (line[length] == '\n') {
			answer = trim(ctx, line, length);
			break;
		}
		length++;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	sodium_memzero(line, sizeof(line));
	return answer;
}

char *setup_read(void *ctx, const char *prompt, bool secret)
{
	const atomic_int *interrupted = interrupt_watch();
	struct termios before, silent;
	bool hides = secret && tcgetattr(STDIN_FILENO, &before) == 0;
	/* Before it is asked for: what is typed at once must not be seen, nor be thrown away. */
	if (hides) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSANOW, &silent);
	}
	printf("%s ", prompt);
	fflush(stdout);
	char *answer = read_line(ctx, interrupted);
	if (hides)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	if (hides || !answer)
		putchar('\n');
	return answer;
}
