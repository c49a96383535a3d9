/* Writes lines of progress. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "besace/runtime/clock.h"

#define TERMINAL_US INT64_C(200000)
#define PLAIN_US INT64_C(5000000)

void progress_begin(struct progress_line *progress, bool quiet)
{
	*progress = (struct progress_line){.quiet = quiet, .is_terminal = isatty(STDERR_FILENO)};
}

static void print(const struct progress_line *progress, int64_t done, int64_t total)
{
	int64_t took_us = progress->said_us - progress->began_us;
	int64_t more = done - progress->began_at;
	int64_t rate = took_us > 0 ? more * 1000000 / took_us : 0;
	fprintf(stderr, "%s%s: %" PRId64,
		progress->is_terminal ? "\r\033[K" : "besacectl: ", progress->what, done);
	if (total > 0)
		fprintf(stderr, " of %" PRId64 " (%" PRId64 " %%)", total, done * 100 / total);
	if (rate > 0)
		fprintf(stderr, ", %" PRId64 "/s", rate);
	if (rate > 0 && total > done)
		fprintf(stderr, ", %" PRId64 " s left", (total - done + rate - 1) / rate);
	if (!progress->is_terminal)
		fputc('\n', stderr);
	fflush(stderr);
}

void progress_say(struct progress_line *progress, const char *what, int64_t done, int64_t total)
{
	int64_t now_us = clock_mono_us();
	if (progress->quiet)
		return;
	if (progress->what != what) {
		progress_end(progress);
		progress->what = what;
		progress->began_us = progress->said_us = now_us;
		progress->began_at = done;
		return;
	}
	if (now_us - progress->said_us < (progress->is_terminal ? TERMINAL_US : PLAIN_US))
		return;
	progress->said_us = now_us;
	print(progress, done, total);
}

void progress_end(struct progress_line *progress)
{
	if (progress->what && progress->is_terminal)
		fputs("\r\033[K", stderr);
	progress->what = NULL;
}
