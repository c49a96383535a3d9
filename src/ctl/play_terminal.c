/* The line of a local play: typed with libedit, or read from a pipe. */
#include "play_terminal.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/base/utf8.h"

/* Lines that the arrow keys bring back. */
#define HISTORY_SIZE 200

/* Where the second column of a list of candidates begins. */
#define LIST_COLUMN 26

/* Taken when the terminal does not say how wide it is. */
#define DEFAULT_COLUMNS 80

struct play_terminal {
	play_complete_fn *complete;
	void *arg;
	EditLine *line; /* NULL: a pipe */
	History *history;
	const char *prompt;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static char *prompt_of(EditLine *line)
{
	struct play_terminal *terminal;
	el_get(line, EL_CLIENTDATA, &terminal);
	char *prompt;
	memcpy(&prompt, &terminal->prompt, sizeof(prompt)); /* libedit does not write to it */
	return prompt;
}

static size_t columns(void)
{
	struct winsize size;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
									       : DEFAULT_COLUMNS;
}

/* A line for each candidate, cut at the edge of the terminal. */
static void print_candidates(const struct play_candidates *candidates)
{
	size_t width = columns();
	putchar('\n');
	for (size_t i = 0; i < candidates->count; i++) {
		const struct play_candidate *item = &candidates->items[i];
		size_t used = utf8_length(item->text),
		       left = used + 4 < width ? width - used - 4 : 0;
		printf("  %s", item->text);
		if (item->description && left > 0) {
			size_t gap = used < LIST_COLUMN ? LIST_COLUMN - used : 1;
			gap = gap < left ? gap : left;
			printf("%*s%.*s", (int)gap, "",
				(int)utf8_prefix(item->description, left - gap), item->description);
		}
		putchar('\n');
	}
}

/* Bytes with which all candidates begin. */
static size_t common_prefix(const struct play_candidates *candidates)
{
	const char *first = candidates->items[0].text;
	size_t length = strlen(first);
	for (size_t i = 1; i < candidates->count; i++) {
		size_t same = 0;
		while (same < length && first[same] == candidates->items[i].text[same])
			same++;
		length = same;
	}
	while (length > 0 && (first[length] & 0xC0) == 0x80)
		length--; /* not within a character */
	return length;
}

/* Puts what all candidates have in common; lists them when that is nothing new. */
static unsigned char put_completion(EditLine *line, const struct play_candidates *candidates)
{
	if (candidates->count == 0)
		return CC_REFRESH_BEEP;
	size_t common = common_prefix(candidates);
	if (common > candidates->typed) {
		char *more = must(strndup(
			candidates->items[0].text + candidates->typed, common - candidates->typed));
		el_insertstr(line, more);
		free(more);
		return CC_REFRESH;
	}
	print_candidates(candidates);
	return CC_REDISPLAY;
}

static unsigned char complete(EditLine *line)
{
	struct play_terminal *terminal;
	el_get(line, EL_CLIENTDATA, &terminal);
	const LineInfo *info = el_line(line);
	void *ctx = must(talloc_new(NULL));
	char *typed =
		must(talloc_strndup(ctx, info->buffer, (size_t)(info->cursor - info->buffer)));
	struct play_candidates *candidates = must(talloc_zero(ctx, struct play_candidates));
	terminal->complete(terminal->arg, ctx, typed, candidates);
	unsigned char result = put_completion(line, candidates);
	talloc_free(ctx);
	return result;
}

static unsigned char on_tab(EditLine *line, int key)
{
	(void)key;
	return complete(line);
}

/* A slash at the beginning shows the commands, as Discord does. */
static unsigned char on_slash(EditLine *line, int key)
{
	(void)key;
	const LineInfo *info = el_line(line);
	bool first = info->lastchar == info->buffer;
	el_insertstr(line, "/");
	return first ? complete(line) : CC_REFRESH;
}

static void open_editor(struct play_terminal *terminal)
{
	HistEvent event;
	setlocale(LC_CTYPE, "C.UTF-8");
	terminal->line = must(el_init("besacectl", stdin, stdout, stderr));
	terminal->history = must(history_init());
	history(terminal->history, &event, H_SETSIZE, HISTORY_SIZE);
	history(terminal->history, &event, H_SETUNIQUE, 1);
	el_set(terminal->line, EL_CLIENTDATA, terminal);
	el_set(terminal->line, EL_PROMPT, prompt_of);
	el_set(terminal->line, EL_EDITOR, "emacs");
	el_set(terminal->line, EL_HIST, history, terminal->history);
	/* In wide characters: of others it would make copies that it never frees. */
	el_wset(terminal->line, EL_ADDFN, L"besace-complete", L"How the line may go on", on_tab);
	el_wset(terminal->line, EL_ADDFN, L"besace-slash", L"Shows the commands", on_slash);
	el_set(terminal->line, EL_BIND, "^I", "besace-complete", NULL);
	el_set(terminal->line, EL_BIND, "/", "besace-slash", NULL);
	/* Without SA_RESTART, so that Ctrl-C ends the reading. */
	sigaction(SIGINT, &(struct sigaction){.sa_handler = on_interrupt}, NULL);
}

struct play_terminal *play_terminal_open(play_complete_fn *complete_line, void *arg)
{
	struct play_terminal *terminal = must(talloc_zero(NULL, struct play_terminal));
	terminal->complete = complete_line;
	terminal->arg = arg;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		open_editor(terminal);
	return terminal;
}

void play_terminal_close(struct play_terminal **terminal)
{
	if (!*terminal)
		return;
	if ((*terminal)->line) {
		el_end((*terminal)->line);
		history_end((*terminal)->history);
		signal(SIGINT, SIG_DFL);
	}
	talloc_free(*terminal);
	*terminal = NULL;
}

bool play_terminal_is_interactive(const struct play_terminal *terminal)
{
	return terminal->line != NULL;
}

static char *read_pipe(void *ctx)
{
	char *line = NULL, *out = NULL;
	size_t room = 0;
	ssize_t length = getline(&line, &room, stdin);
	if (length >= 0)
		out = must(talloc_strndup(ctx, line, strcspn(line, "\r\n")));
	free(line);
	return out;
}

char *play_terminal_read(
	struct play_terminal *terminal, void *ctx, const char *prompt, bool *out_interrupted)
{
	HistEvent event;
	int length = 0;
	*out_interrupted = false;
	if (!terminal->line)
		return read_pipe(ctx);
	terminal->prompt = prompt;
	interrupted = 0;
	fflush(stdout);
	const char *typed = el_gets(terminal->line, &length);
	if (!typed || length <= 0) {
		*out_interrupted = interrupted;
		putchar('\n');
		return NULL;
	}
	char *line = must(talloc_strndup(ctx, typed, strcspn(typed, "\r\n")));
	if (*line)
		history(terminal->history, &event, H_ENTER, line);
	return line;
}
