/* Takes an import back: besacectl undo import NUMBER. */
#include "undo_import.h"

#include <inttypes.h>
#include <stdio.h>

#include "interrupt.h"
#include "progress.h"
#include "store_session.h"
#include "subcommands.h"

static void got_progress(void *arg, enum import_phase phase, int64_t done, int64_t total)
{
	(void)phase; /* there is one */
	progress_say(arg, "members", done, total);
}

static void got_refused(void *arg, const struct undo_refusal *refusal)
{
	progress_end(arg);
	ctl_say("%s (%s) keeps it: %s", refusal->username, refusal->user, refusal->why);
}

static int say_end(const struct undo_options *options, const struct undo_result *result)
{
	const char *number = options->number;
	if (options->dry_run) {
		printf("import %s (%s): %" PRId64 " members would lose what it brought, %" PRId64
		       " no longer have it; nothing was changed\n",
			number, result->source, result->members, result->refused);
		return CTL_DONE;
	}
	printf("import %s (%s) is taken back from %" PRId64 " member%s\n", number, result->source,
		result->members, result->members == 1 ? "" : "s");
	if (result->refused == 0)
		return CTL_DONE;
	ctl_say("%" PRId64 " member%s no longer %s what it brought, and %s left as they are; the "
		"same call tries again",
		result->refused, result->refused == 1 ? "" : "s",
		result->refused == 1 ? "has" : "have", result->refused == 1 ? "is" : "are");
	return CTL_FAILED;
}

int undo_import(void *ctx, PGconn *conn, struct undo_options *options)
{
	struct progress_line progress;
	struct undo_result result = {0};
	const struct undo_listener listener = {got_progress, got_refused, &progress};
	char *why = NULL;
	if (store_session_enter(ctx, conn, &why)) {
		ctl_say("cannot undo: %s", why);
		return CTL_FAILED;
	}
	options->interrupted = interrupt_watch();
	progress_begin(&progress, false);
	enum status status = import_undo(ctx, conn, options, &listener, &result);
	progress_end(&progress);
	if (status == STATUS_OK)
		return say_end(options, &result);
	ctl_say("import %s cannot be taken back: %s%s", options->number, result.why,
		status == STATUS_UNKNOWN ? "; the same call goes on where it was" : "");
	return CTL_FAILED;
}
