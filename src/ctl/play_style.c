/* Shows Discord's Markdown in a terminal. */
#include "play_style.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>

#include "besace/base/memory.h"

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define PLAIN "\x1b[0m"

/* Where a line of a box begins. */
#define EDGE "│ "

struct styling {
	const struct play_names *names;
	int64_t now_s;
	bool is_terminal;
	char *out;
};

static void put(struct styling *styling, const char *text, size_t length)
{
	styling->out = must(talloc_strndup_append_buffer(styling->out, text, length));
}

static void put_text(struct styling *styling, const char *text)
{
	put(styling, text, strlen(text));
}

/* A mark of the terminal, where there is one. */
static void put_mark(struct styling *styling, const char *mark)
{
	if (styling->is_terminal)
		put_text(styling, mark);
}

static void put_relative(struct styling *styling, int64_t at_s)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	int64_t away = at_s - styling->now_s, distance = away < 0 ? -away : away;
	size_t unit = 0;
	while (unit + 1 < ARRAY_LEN(units) && distance < units[unit].seconds)
		unit++;
	char *text = must(talloc_asprintf(styling->out, "%s%" PRId64 " %s%s", away < 0 ? "" : "in ",
		distance / units[unit].seconds, units[unit].unit, away < 0 ? " ago" : ""));
	put_text(styling, text);
}

/* "<t:SECONDS:R>" and the forms with a date. */
static void put_time(struct styling *styling, const char *inside)
{
	char *end, date[40];
	int64_t at_s = strtoll(inside, &end, 10);
	struct tm local;
	time_t at = (time_t)at_s;
	if (end[0] == ':' && end[1] == 'R') {
		put_relative(styling, at_s);
		return;
	}
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M", localtime_r(&at, &local));
	put_text(styling, date);
}

/* What stands in <…>: a mention, a clickable command, a time. False: none of them. */
static bool put_mention(struct styling *styling, const char *inside, size_t length)
{
	char *text = must(talloc_strndup(styling->out, inside, length));
	const char *id = text + strcspn(text, "0123456789"), *colon = strrchr(text, ':');
	const char *name = play_names_of(styling->names, id);
	if (strncmp(text, "t:", 2) == 0)
		put_time(styling, text + 2);
	else if (*text == '/' && colon)
		put(styling, text, (size_t)(colon - text));
	else if (*text == '@' || *text == '#')
		put_text(styling,
			must(talloc_asprintf(styling->out, "%c%s%s", *text,
				strncmp(text, "@&", 2) == 0 ? "&" : "", name ? name : id)));
	else
		return false;
	return true;
}

/* One line, without its end. */
static void put_line(struct styling *styling, const char *line, size_t length)
{
	const char *end = line + length;
	bool is_bold = false;
	if (strncmp(line, EDGE, strlen(EDGE)) == 0) {
		put_text(styling, EDGE);
		line += strlen(EDGE);
	}
	size_t title = strspn(line, "#");
	bool is_small = strncmp(line, "-# ", 3) == 0;
	if (styling->is_terminal && title >= 1 && title <= 3 && line[title] == ' ') {
		put_mark(styling, BOLD);
		line += title + 1;
	} else if (styling->is_terminal && is_small) {
		put_mark(styling, DIM);
		line += 3;
	}
	for (const char *close; line < end; line++) {
		if (styling->is_terminal && strncmp(line, "**", 2) == 0) {
			is_bold = !is_bold;
			put_mark(styling, is_bold ? BOLD : PLAIN);
			line++;
		} else if (*line != '<' || !(close = memchr(line, '>', (size_t)(end - line))) ||
			   !put_mention(styling, line + 1, (size_t)(close - line - 1))) {
			put(styling, line, 1);
		} else {
			line = close;
		}
	}
	put_mark(styling, PLAIN);
}

char *play_style(void *ctx, const struct play_names *names, const char *text, int64_t now_ms,
	bool is_terminal)
{
	void *work = must(talloc_new(ctx));
	struct styling styling = {names, now_ms / 1000, is_terminal, must(talloc_strdup(work, ""))};
	while (*text) {
		size_t length = strcspn(text, "\n");
		put_line(&styling, text, length);
		text += length;
		if (*text == '\n')
			put(&styling, text++, 1);
	}
	char *shown = must(talloc_strdup(ctx, styling.out));
	talloc_free(work);
	return shown;
}
