/* Keeps the first refusals of each kind and writes all of them to a file. */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"

struct report {
	void *ctx;
	const char *path;
	FILE *file; /* NULL: none is wanted */
};

enum status report_open(void *ctx, const char *path, struct report **out, char **out_why)
{
	struct report *report = must(talloc_zero(ctx, struct report));
	*out = report;
	report->ctx = ctx;
	report->path = path;
	if (!path)
		return STATUS_OK;
	report->file = fopen(path, "we");
	if (report->file)
		return STATUS_OK;
	*out_why = must(talloc_asprintf(ctx, "the report %s: %s", path, strerror(errno)));
	return STATUS_FAILED;
}

/* "players.json line 12: member 123: xp is not a whole number (12.5)". */
static char *sentence(void *ctx, const char *file, const struct refusal_note *note)
{
	bool has_user = note->user && *note->user, has_value = note->value && *note->value;
	return must(talloc_asprintf(ctx, "%s line %" PRIu64 ": %s%s%s%s %s%s%s%s",
		file ? file : "database", note->line, has_user ? "member " : "",
		has_user ? note->user : "", has_user ? ": " : "",
		note->what ? note->what : "the row", refusal_text(note->refusal),
		has_value ? " (" : "", has_value ? note->value : "", has_value ? ")" : ""));
}

static char *copy(void *ctx, const char *text)
{
	return text && *text ? must(talloc_strdup(ctx, text)) : NULL;
}

void report_note(struct report *report, struct import_result *result, const char *file,
	const struct refusal_note *note)
{
	int64_t number = result->refusals[note->refusal]++;
	if (number >= REPORT_LINES_KEPT && !report->file)
		return;
	char *text = sentence(report->ctx, file, note);
	if (report->file)
		fprintf(report->file, "%s\n", text);
	if (number >= REPORT_LINES_KEPT) {
		talloc_free(text);
		return;
	}
	result->refused[note->refusal][number] = text;
	result->notes[note->refusal][number] = (struct import_refused){.line = (int64_t)note->line,
		.user = copy(report->ctx, note->user),
		.what = copy(report->ctx, note->what),
		.value = copy(report->ctx, note->value)};
}

enum status report_close(struct report *report, char **out_why)
{
	FILE *file = report->file;
	if (!file)
		return STATUS_OK;
	report->file = NULL;
	bool good = !ferror(file);
	if (fclose(file) == 0 && good)
		return STATUS_OK;
	*out_why = must(
		talloc_asprintf(report->ctx, "the report %s: %s", report->path, strerror(errno)));
	return STATUS_FAILED;
}
