/* Takes voice through its settling. */
#include "settler.h"

#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

/* Passes of settling that the answer to a batch waits for; the rest is done in the background. */
#define SETTLE_MAX_PASSES 8

static enum settle_step load(struct settler *settler, struct db_call *out)
{
	talloc_free(settler->pass_ctx);
	settler->pass_ctx = must(talloc_new(settler->ctx));
	settler->tasks = NULL;
	if (settler->passes++ >= SETTLE_MAX_PASSES)
		return SETTLE_LATER;
	voice_load_call(settler->pass_ctx, settler->source, settler->alone, out);
	return SETTLE_CALL;
}

enum settle_step settler_failed(
	struct settler *settler, enum status status, const char *why, struct db_call *out)
{
	if (settler->aside)
		return SETTLE_DONE;
	if (!settler->alone) {
		settler->alone = true;
		settler->pay_later = status == STATUS_UNAVAILABLE;
		return load(settler, out);
	}
	const struct voice_tasks *tasks = settler->tasks;
	settler->aside = true;
	settler->why = why ? must(talloc_strdup(settler->ctx, why)) : NULL;
	voice_set_aside_call(settler->pass_ctx, tasks ? tasks->source : settler->source,
		tasks ? tasks->tasks[0].guild.text : NULL, out);
	return SETTLE_CALL;
}

/* The guild that is named here is looked at again later, the others now. */
static enum settle_step set_aside(
	struct settler *settler, const struct db_rows *rows, struct db_call *out)
{
	struct voice_aside aside;
	settler->aside = false;
	if (voice_set_aside_read(settler->pass_ctx, rows, &aside))
		return SETTLE_BROKEN;
	if (!aside.guild.text[0])
		return SETTLE_DONE;
	metrics_add(METRIC_VOICE_SET_ASIDE, 0, 1);
	log_error(LOG_TEXT("the voice of a server cannot be settled and is set aside"),
		LOG_STR("guild", aside.guild.text), LOG_STR("source", aside.source),
		LOG_INT("failures", aside.failures), LOG_STR("why", settler->why));
	return load(settler, out);
}

void settler_start(struct settler *settler, void *ctx, const char *source, struct db_call *out)
{
	*settler = (struct settler){.ctx = ctx, .source = source};
	(void)load(settler, out);
}

enum settle_step settler_resume(
	struct settler *settler, const struct db_rows *rows, struct db_call *out)
{
	if (settler->aside)
		return set_aside(settler, rows, out);
	/* Written, or somebody else was first: both lead to another load. */
	if (settler->tasks)
		return load(settler, out);
	if (voice_load_read(settler->pass_ctx, rows, &settler->tasks))
		return settler_failed(settler, STATUS_FAILED, "the rows make no sense", out);
	if (settler->tasks->count == 0)
		return SETTLE_DONE;
	for (size_t i = 0; i < settler->tasks->count; i++) {
		struct voice_task *task = &settler->tasks->tasks[i];
		voice_settle(&task->voice, &task->log, &task->settlement);
	}
	voice_settle_call(settler->pass_ctx, settler->tasks, settler->pay_later, out);
	return SETTLE_CALL;
}
