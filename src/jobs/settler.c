/* Takes voice through its settling. */
#include "besace/jobs/settler.h"

#include <talloc.h>

#include "besace/base/memory.h"

/* Passes of settling that the answer to a batch waits for; the rest is done in the background. */
#define SETTLE_MAX_PASSES 8

static enum settle_step load(struct settler *settler, struct db_call *out)
{
	talloc_free(settler->pass_ctx);
	settler->pass_ctx = must(talloc_new(settler->ctx));
	settler->tasks = NULL;
	if (settler->passes++ >= SETTLE_MAX_PASSES)
		return SETTLE_LATER;
	voice_load_call(settler->pass_ctx, settler->source, out);
	return SETTLE_CALL;
}

void settler_start(struct settler *settler, void *ctx, const char *source, struct db_call *out)
{
	*settler = (struct settler){.ctx = ctx, .source = source};
	(void)load(settler, out);
}

enum settle_step settler_resume(
	struct settler *settler, const struct db_rows *rows, struct db_call *out)
{
	/* Written, or somebody else was first: both lead to another load. */
	if (settler->tasks)
		return load(settler, out);
	if (voice_load_read(settler->pass_ctx, rows, &settler->tasks))
		return SETTLE_BROKEN;
	if (settler->tasks->count == 0)
		return SETTLE_DONE;
	for (size_t i = 0; i < settler->tasks->count; i++) {
		struct voice_task *task = &settler->tasks->tasks[i];
		voice_settle(&task->voice, &task->log, &task->settlement);
	}
	voice_settle_call(settler->pass_ctx, settler->tasks, out);
	return SETTLE_CALL;
}
